"""What `groundswell evaluate --errors` prints."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.quality.evaluation import ErrorAnalysis, Kind, LabelledArticle, analyse_errors
from pipeline.runtime.cli.evaluation_tables import count_figures, error_figures, print_errors, total_counts

FIRST, SECOND = Path("first.jsonl"), Path("second.jsonl")


def _analysis(events: str, stories: str, title: str = "title") -> ErrorAnalysis:
    articles = [
        LabelledArticle(str(at), f"a{at}", f"{title} {at}", text="", event=event, language="en")
        for at, event in enumerate(events)
    ]
    return analyse_errors(articles, {str(at): story for at, story in enumerate(stories)})


def test_the_kinds_of_each_file_and_of_all_files_are_printed_with_their_counts(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_errors({FIRST: _analysis("a" * 12, "x" * 10 + "yy"), SECOND: _analysis("bb", "xy")})
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["large", "event", "1", "20", "0", "100%"] in lines
    assert ["other", "1", "1", "0", "100%"] in lines
    of_all = lines[lines.index(["all", "files"]) :]
    assert ["large", "event", "1", "20", "0", "95%"] in of_all
    assert ["other", "1", "1", "0", "5%"] in of_all


def test_titles_are_printed_as_they_are_whatever_looks_like_markup(capsys: pytest.CaptureFixture[str]) -> None:
    print_errors({FIRST: _analysis("aa", "xy", title="[bold]Live[/bold] [link")})
    assert "[bold]Live[/bold] [link 0" in capsys.readouterr().out


def test_parts_that_are_not_shown_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    print_errors({FIRST: _analysis("a" * 9, "rstuvwxyz")})
    assert "and 3 more" in capsys.readouterr().out


def test_the_json_of_a_file_has_every_kind_with_counts_of_all_and_the_worst() -> None:
    analysis = _analysis("aabbccdd", "qrstuvwx")
    found = json.loads(json.dumps(error_figures(analysis)))
    assert set(found) == set(Kind)
    other = found["other"]
    assert (other["faults"], other["apart"], other["together"], other["wrong_pairs"]) == (4, 4, 0, 4)
    assert len(other["worst"]) == 3
    assert other["worst"][0]["parts"][0] == {"label": "q", "articles": 1, "titles": ["title 0"]}


def test_totals_are_sums_over_files() -> None:
    totals = count_figures(total_counts({FIRST: _analysis("aa", "xy"), SECOND: _analysis("bbb", "xxy")}))
    assert totals["other"]["faults"] == 2
    assert totals["other"]["wrong_pairs"] == 3
