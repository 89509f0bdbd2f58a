"""`groundswell demo`, as a newcomer starts it."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from groundswell.record import StoryRecord
from pipeline.runtime.embedded.services import free_port
from pipeline.runtime.embedded.stack import BROKER_PORT
from pipeline.shipped import shipped
from tests.support.roles import ROOT
from tests.support.samples import article_ids, sample_lines
from tests.support.waiting import eventually

pytestmark = pytest.mark.timeout(300)

DEMO = (sys.executable, "-m", "pipeline.runtime.cli.main", "demo")


def children(pid: int) -> set[int]:
    """All descendants of a process, by /proc."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            parents[int(entry.name)] = int(fields[1])
    found: set[int] = set()
    frontier = {pid}
    while frontier:
        frontier = {child for child, parent in parents.items() if parent in frontier} - found
        found |= frontier
    return found


def test_the_records_of_the_demo_hold_exactly_the_valid_articles_each_once(tmp_path: Path) -> None:
    lines = sample_lines()[:80]
    file = tmp_path / "own.jsonl"
    broken = [b"{broken", b'{"url": "https://example.org/x"}']
    file.write_bytes(b"\n".join([*lines[:40], *broken, *lines[40:], lines[0]]))
    port = free_port()
    done = subprocess.run(
        [*DEMO, "--exit", "--json", "--articles", str(file), "--port", str(port)],
        cwd=ROOT, capture_output=True, text=True, timeout=280,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    records = [StoryRecord.model_validate(json.loads(line)) for line in done.stdout.splitlines()]
    members = [member.article_id for record in records for member in record.articles]
    assert sorted(members) == sorted(article_ids(lines))
    assert f"http://127.0.0.1:{port}" in done.stderr


@pytest.mark.parametrize("content", [b"", b"title,url\nOne,https://a.example/1\n", b"[]", b'[{"text": "short"}]'])
def test_a_file_without_an_article_ends_the_demo_before_it_starts_anything(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "own.jsonl"
    file.write_bytes(content)
    done = subprocess.run(
        [*DEMO, "--articles", str(file)], cwd=ROOT, capture_output=True, text=True, timeout=60
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.startswith(f"groundswell: {file} ")
    assert "expected JSON Lines, one article a line, or one JSON array of articles" in done.stderr
    assert "board" not in done.stderr
    assert "Traceback" not in done.stderr


def test_the_lines_that_the_demo_prints_subscribe_to_it(tmp_path: Path) -> None:
    file = tmp_path / "own.json"
    file.write_bytes(b"[" + b",\n".join(sample_lines()[:5]) + b"]")
    wanted = free_port(BROKER_PORT)  # the documented one, unless something else has it
    said = tmp_path / "said.txt"
    with said.open("wb") as out:
        demo = subprocess.Popen(
            [*DEMO, "--articles", str(file), "--port", str(free_port())],
            cwd=ROOT, stdout=subprocess.DEVNULL, stderr=out, start_new_session=True,
        )  # fmt: skip
    try:

        def printed() -> str:
            assert demo.poll() is None, said.read_text()
            _, begin, rest = said.read_text().partition("from groundswell import Subscriber\n")
            program, end, _ = rest.partition("\nlook into it: ")
            return begin + program if end else ""

        program = eventually(printed, timeout_s=200, what="the lines of the subscriber")
        if wanted == BROKER_PORT:
            assert program.rstrip() == shipped("samples", "subscriber.py").read_text("utf-8").rstrip()
        subscriber = tmp_path / "subscriber.py"
        subscriber.write_text(program)
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "client"), "PYTHONUNBUFFERED": "1"}
        with subprocess.Popen(
            [sys.executable, str(subscriber)], cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True
        ) as reading:
            try:
                assert reading.stdout is not None
                first = reading.stdout.readline()
            finally:
                reading.kill()
        assert "articles, " in first, "a story of the demo"
        check_what_looks_into_it(said)
        demo.send_signal(signal.SIGINT)
        assert demo.wait(60) == 0
    finally:
        if demo.poll() is None:
            os.killpg(demo.pid, signal.SIGKILL)


def check_what_looks_into_it(said: Path) -> None:
    """Redis' address, and a line that points other commands at the demo."""
    text = eventually(lambda: (found := said.read_text()).count("board: ") > 1 and found, what="all is said")
    (line,) = re.findall(r"look into it: (.*)\n", text)
    (address,) = re.findall(r"(?m)^redis: (redis://\S+)$", text)
    doctor = line.replace(".venv/bin/groundswell", shlex.join(DEMO[:-1]))
    assert doctor != line
    done = subprocess.run(["sh", "-c", doctor], cwd=ROOT, capture_output=True, text=True, timeout=100)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert "ok       identity" in done.stdout
    (environment,) = re.findall(r"\. (\S+/environment);", line)
    assert f"={address}\n" in Path(environment).read_text()


def test_ctrl_c_stops_everything_that_the_demo_started_and_nothing_else(tmp_path: Path) -> None:
    file = tmp_path / "own.jsonl"
    file.write_bytes(b"\n".join(sample_lines()[:5]))
    port = free_port()
    bystander = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"])
    demo = subprocess.Popen(
        [*DEMO, "--articles", str(file), "--port", str(port)],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:

        def shows_stories() -> bool:
            assert demo.poll() is None
            try:
                return bool(httpx.get(f"http://127.0.0.1:{port}/api/stories", timeout=2).json()["stories"])
            except (httpx.HTTPError, ValueError):
                return False

        eventually(shows_stories, timeout_s=200, what="stories on the board")
        started = children(demo.pid)
        assert len(started) >= 5, "broker, Redis, clusterer, publisher and board"
        demo.send_signal(signal.SIGINT)
        assert demo.wait(60) == 0
        eventually(lambda: not any(Path(f"/proc/{pid}").exists() for pid in started), what="all are gone")
        assert bystander.poll() is None
    finally:
        bystander.kill()
        if demo.poll() is None:
            os.killpg(demo.pid, signal.SIGKILL)
