"""`groundswell-tail`, as far as it needs no broker."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime

import pytest

from groundswell import __version__
from groundswell.record import Reason
from groundswell.tail import line_of, main
from tests.unit.client.helpers import merged, story

AT = datetime(2026, 3, 3, 14, 5, 6, tzinfo=UTC)


def test_a_line_says_when_why_what_and_how_much() -> None:
    grown = story(
        "a", 2, title="A bridge is closed", updated_at=AT, article_count=18, source_count=9,
        revision_reasons=[Reason.COVERAGE, Reason.REPRINT],
    )  # fmt: skip
    line = line_of(grown)
    assert line.startswith("14:05:06 coverage,reprint A bridge is closed (18 articles, 9 sources, ")
    assert line.endswith(" a")


def test_a_line_of_a_merged_story_says_where_it_went() -> None:
    assert line_of(merged("a", 3, "b")).endswith(" a is part of b now")


def test_a_line_of_a_story_of_which_nothing_is_left_says_so() -> None:
    empty = story("a", 3, title="", article_count=0)
    assert line_of(empty).endswith(" a has no articles any more")
    assert line_of(empty.model_copy(update={"hidden": True})).endswith(" a was taken back")


def test_no_broker_is_told_without_a_traceback_and_status_2() -> None:
    code = (
        "import sys, groundswell.tail as tail; tail.CONNECT_TIMEOUT_S = 0.1; sys.exit(tail.main(['127.0.0.1:9']))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines()[-1].startswith("groundswell-tail: no stories from 127.0.0.1:9")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("arguments", [["--client", "x"], ["--min-sources", "many"], ["a", "b"]])
def test_bad_arguments_are_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "usage: groundswell-tail" in capsys.readouterr().err


def test_it_tells_its_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out.strip() == __version__
