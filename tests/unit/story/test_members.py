from __future__ import annotations

import pytest

from pipeline.domain.story.history import RevisionSummary, summarise
from pipeline.domain.story.members import SNIPPET_CHARS, snippet
from tests.unit.story.made import article, cited, record


def test_members_come_oldest_first() -> None:
    made = record([article("2", minutes=9), article("1", minutes=1), article("3", minutes=30)])
    assert [member.article_id for member in made.articles] == ["1", "2", "3"]


def test_the_cap_keeps_what_is_cited_and_one_of_each_source_and_the_total_stays_true() -> None:
    text = "The ferry sank off Harrow Bay on Friday with 80 people aboard."
    members = [article(f"{n:03}", text=text if n == 7 else "", source=f"s{n % 5}", minutes=n) for n in range(300)]
    made = record(members, max_articles=20)
    listed = {member.article_id for member in made.articles}
    assert (len(listed), made.article_count) == (20, 300)
    assert cited(made) <= listed
    assert {member.outlet.domain for member in made.articles} == {f"s{n}.example" for n in range(5)}
    assert "299" in listed


@pytest.mark.parametrize(
    ("title", "lead", "expected"),
    [
        ("Ferry sinks", "Ferry sinks. It sank at dawn.", "It sank at dawn."),
        ("Ferry sinks", "Ferry sinks off Harrow Bay at dawn.", "Ferry sinks off Harrow Bay at dawn."),
        ("T", "The  ferry\nsank.", "The ferry sank."),
        ("T", "", ""),
    ],
)
def test_the_snippet_is_the_text_without_the_headline(title: str, lead: str, expected: str) -> None:
    assert snippet(title, lead) == expected


@pytest.mark.parametrize("lead", ["word " * 200, "字" * 900])
def test_the_snippet_is_cut_between_words_where_there_are_words(lead: str) -> None:
    cut = snippet("T", lead)
    assert len(cut) <= SNIPPET_CHARS + 1
    assert cut.endswith(("word…", "字…"))


def test_a_revision_is_summed_up() -> None:
    made = record([article("1"), article("2", source="b")])
    line = summarise(made)
    assert (line.revision, line.article_count, line.source_count, line.title) == (1, 2, 2, made.title)
    assert RevisionSummary.model_validate_json(line.model_dump_json()) == line
