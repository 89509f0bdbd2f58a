"""What `bench` and `evaluate` can't measure or write is one sentence and exit code 2, not a traceback."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.runtime.cli.command_errors import USAGE
from tests.support.command_line import groundswell


def assert_told(what: str, *arguments: str) -> None:
    done = groundswell(*arguments)
    assert done.returncode == USAGE, done.stderr
    assert done.stdout == ""
    assert what in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("what", "arguments"), [
    ("/dev/null has 0 articles", ["bench", "pipeline", "--file", "/dev/null"]),
    ("/dev/null has 0 articles", ["bench", "peers", "/dev/null"]),
    ("can't be kept in /proc/nowhere", ["bench", "index", "--stories", "100", "--folder", "/proc/nowhere"]),
    ("/dev/null has no labels", ["evaluate", "/dev/null"]),
])  # fmt: skip
def test_what_can_not_be_measured_is_told(what: str, arguments: list[str]) -> None:
    assert_told(what, *arguments)


def test_assignments_that_can_not_be_written_are_told_before_the_work(tmp_path: Path) -> None:
    file = tmp_path / "set.jsonl"
    file.write_text(json.dumps({"url": "https://news.example/a", "title": "It sank", "text": "", "event": "a"}))
    assert_told("/proc/nowhere", "evaluate", str(file), "--assignments", "/proc/nowhere/out.jsonl")
