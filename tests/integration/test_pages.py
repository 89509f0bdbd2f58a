"""Each command that a page shows is run here on one edition that works, or a table has the reason why not.

docs/deployment.md has a test of its own, `tests/unit/deployment/test_guide.py`. What is not run is held to what it
names: commands and options, targets, extras, modules and files.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import typer.main

from pipeline.domain.encoder.protocol import Encoder
from pipeline.runtime.cli.main import app
from pipeline.runtime.embedded import ManagedProcess
from pipeline.shipped import shipped
from tests.support.brokers import BrokerUnderTest
from tests.support.drive import run_through
from tests.support.forked import run_forked
from tests.support.kafka import free_ports
from tests.support.pages import commands, quoted_commands
from tests.support.roles import ROOT
from tests.support.samples import sample_lines
from tests.support.settings import settings_env, unique_settings
from tests.support.waiting import eventually
from tests.support.world import World, open_world
from tests.unit.deployment.test_guide import docker, pip

PAGES = [
    path
    for path in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "client" / "README.md",
                 *sorted((ROOT / "docs").glob("*.md")))
    if path.name != "deployment.md"
]  # fmt: skip
SHOWN = list(dict.fromkeys(line for page in PAGES for line in commands(page)))
QUOTED = sorted({each for page in PAGES for each in quoted_commands(page, "groundswell")})
NOT_RUN = {
    "make": "builds, tests or measures for minutes; tests/integration/test_demo.py runs the demo",
    "docker": "needs a Docker engine",
    "pip": "installs; tests/integration/test_pipeline_wheel.py installs what is built",
    "python": "trains or measures for minutes, on data that is not here",
    ".venv/bin/python": "measures for an hour",
    ".venv/bin/pre-commit": "changes the checkout",
    "npm": "installs from a registry",
    "node": "needs what npm installed",
    "export": "of the shell alone",
    "cp": "of the shell alone",
    "groundswell consume": "runs until it is stopped; other tests run each role",
    "groundswell produce feeds": "runs until it is stopped, and visits the web",
    "groundswell produce http": "runs until it is stopped; the pushes below are sent to one",
    "groundswell produce backfill": "reads gigabytes; tests/integration/test_backfill.py has a small archive",
    "groundswell evaluate": "takes a while; tests/integration/test_command_line.py has fewer articles",
    "groundswell bench": "measures for minutes; `make test-bench` runs each part at its smallest",
    "groundswell --config green.yaml rebuild": "tests/integration/test_rebuild.py has another edition to rebuild",
    "groundswell inspect feed https:": "visits the web",
}
"""Beginning of a command -> why it is not run."""
EMPTY_PROMPTS = {"split", "move", "pin", "hide"}
"""Which ask for a reason where none is given."""


def words_of(line: str) -> list[str]:
    """Of the first command, without variables before it and brackets around what may be left out."""
    words = shlex.split(re.sub(r"\$\([^)]*\)", "X", line))
    while re.match(r"[A-Z_]+=", words[0]):
        words.pop(0)
    ends = (at for at, word in enumerate(words) if word in (">", "|", "&&", "&") or word.endswith(";"))
    return [word.strip("[]") for word in words[: next(ends, None)] or words[:1]]


def why_not_run(words: list[str]) -> str | None:
    """Its reason in the table."""
    line = " ".join(words)
    return next((why for begin, why in NOT_RUN.items() if re.match(rf"{re.escape(begin)}(?![\w-])", line)), None)


@dataclass
class Edition:
    """One that works, with what the commands of the pages name."""

    world: World
    folder: Path
    server: str = ""
    """Where a push is taken."""

    def filled_in(self, words: list[str]) -> list[str]:
        """What stands for something of the reader's own."""
        stories = sorted(self.world.stories.live_ids(), key=lambda each: len(self.articles(each)))
        of_largest = self.articles(stories[-1])
        moving = words[:3] == ["groundswell", "stories", "move"]
        there = {
            "A": stories[0], "B": stories[1], "ID": stories[-1],
            "ARTICLE": self.articles(stories[0])[0] if moving else of_largest[-1], "ARTICLE...": of_largest[-1],
            "FILE...": "articles.jsonl", "0:17": "0:0", "archive.jsonl.gz": "articles.jsonl",
        }  # fmt: skip
        asked = ["--reason", "a test"] if words[1] == "stories" and words[2] in EMPTY_PROMPTS else []
        return [there.get(word, word) for word in words] + asked

    def articles(self, story_id: str) -> list[str]:
        snapshot = self.world.stories.snapshot(story_id)
        assert snapshot is not None
        return [each.article_id for each in snapshot.articles]


@pytest.fixture(scope="module")
def edition(
    embedded_broker: BrokerUnderTest, redis_url: str, encoder: Encoder, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Edition]:
    folder = tmp_path_factory.mktemp("pages")
    lines = sample_lines()[:24]
    (folder / "articles.jsonl").write_bytes(b"\n".join(lines))
    (folder / "feed.xml").write_text(
        "<rss version='2.0'><channel><title>T</title><item><title>Bridge closed</title>"
        "<link>https://www.example.com/bridge</link></item></channel></rss>"
    )
    shutil.copy(str(shipped("groundswell.yaml")), folder / "groundswell.yaml")
    settings = unique_settings(
        embedded_broker, redis_url, publisher={"min_sources": 1, "interval_s": 0.0, "settle_s": 0.0},
        http={"token": "secret"},
    )  # fmt: skip
    with open_world(settings) as world:
        world.send([*lines, b"no article"])
        run_through(settings, world, encoder, len(lines) + 1)
        yield Edition(world, folder)


@pytest.mark.parametrize("line", [each for each in SHOWN if words_of(each)[0] == "groundswell"])
def test_a_command_of_ours_that_a_page_shows_works(line: str, request: pytest.FixtureRequest) -> None:
    words = words_of(line)
    check_named(words)
    if why_not_run(words):
        return
    it: Edition = request.getfixturevalue("edition")
    done = run_forked(
        "pipeline.runtime.cli.main", it.filled_in(words)[1:], folder=it.folder,
        env=settings_env(it.world.settings), timeout_s=100,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "line", [each for each in SHOWN if words_of(each)[0] not in ("groundswell", "curl", "jq")]
)
def test_another_command_that_a_page_shows_names_what_is_there(line: str) -> None:
    words = words_of(line)
    assert why_not_run(words), f"nobody runs {line!r}, and no reason is given"
    program = Path(words[0]).name
    if program == "docker":
        docker(words)
    elif program == "pip":
        pip(words)
    elif program == "make":
        for target in re.findall(r"\bmake ([a-z-]+)", line):
            assert re.search(rf"(?m)^{target}:", (ROOT / "Makefile").read_text())
    elif program == "python":
        check_module(words)


def test_each_reason_is_that_of_a_command() -> None:
    told = {why_not_run(words_of(line)) for line in SHOWN}
    assert {begin for begin, why in NOT_RUN.items() if why not in told} == set()


@pytest.mark.parametrize("quoted", QUOTED)
def test_a_command_that_the_text_of_a_page_names_exists(quoted: str) -> None:
    check_named(words_of(quoted))


@pytest.mark.parametrize("line", ["groundswell stories list --oder size", "groundswell topics aply"])
def test_a_command_with_a_slip_would_be_noticed(line: str) -> None:
    with pytest.raises(AssertionError):
        check_named(words_of(line))


@pytest.fixture(scope="module")
def pushed_to(edition: Edition) -> Iterator[str]:
    """`groundswell produce http`, for the pushes that the pages show."""
    (port,) = free_ports(1)
    settings = edition.world.settings
    settings = settings.model_copy(update={"http": settings.http.model_copy(update={"port": port})})
    command = [sys.executable, "-m", "pipeline.runtime.cli.main", "produce", "http"]
    role = ManagedProcess("http", command, log=edition.folder / "http.log", env=settings_env(settings), cwd=ROOT)
    with ExitStack() as stack:
        stack.enter_context(role)
        log = edition.folder / "http.log"
        eventually(lambda: "startup complete" in log.read_text(), timeout_s=60, what="the producer takes pushes")
        yield f"127.0.0.1:{port}"


@pytest.mark.parametrize("line", [each for each in SHOWN if words_of(each)[0] == "curl"])
def test_a_push_that_a_page_shows_is_accepted(line: str, edition: Edition, pushed_to: str) -> None:
    if shutil.which("curl") is None:
        pytest.skip("no curl")
    done = subprocess.run(
        ["sh", "-c", line.replace("127.0.0.1:8090", pushed_to)], cwd=edition.folder,
        env={**os.environ, "TOKEN": "secret"}, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert '"accepted":' in done.stdout, done.stdout + done.stderr
    assert re.search(r'"rejected": ?0', done.stdout)


@pytest.mark.parametrize("line", [each for each in SHOWN if words_of(each)[0] == "jq"])
def test_what_reads_addresses_from_the_logs_finds_them(line: str, tmp_path: Path) -> None:
    if shutil.which("jq") is None:
        pytest.skip("no jq")
    (tmp_path / "clusterer-1.log").write_text(
        'no JSON\n{"event": "metrics served", "role": "clusterer", "address": "http://127.0.0.1:41873"}\n'
    )
    subprocess.run(["sh", "-c", line.replace("/var/log/groundswell/", "")], cwd=tmp_path, check=True, timeout=60)
    assert '"127.0.0.1:41873"' in (tmp_path / "clusterer.json").read_text()


def check_named(words: list[str]) -> None:
    """The words name a command or a group of commands, and options that it has."""
    command = typer.main.get_command(app)
    for word in words[1:]:
        inner: dict[str, Any] = getattr(command, "commands", {})
        if word.startswith("-"):
            option = word.split("=")[0].strip("[]")
            known = {name for each in command.params for name in (*each.opts, *each.secondary_opts)} | {"--help"}
            assert option in known, f"{' '.join(words)}: there is no {option}"
        elif word in inner:
            command = inner[word]
        elif inner and word.islower() and not word.endswith(".yaml"):
            raise AssertionError(f"{' '.join(words)}: there is no {word}")


def check_module(words: list[str]) -> None:
    """`python -m MODULE`: it is there, and its text has the options."""
    module = ROOT / words[words.index("-m") + 1].replace(".", "/")
    files = [*module.glob("*.py")] or [module.with_suffix(".py")]
    text = "".join(each.read_text("utf-8") for each in files)
    for option in (word.strip("[]") for word in words if word.startswith(("--", "[--"))):
        assert f'"{option}"' in text or option[2:].replace("-", "_") in text, f"{option} is no option of {module}"
