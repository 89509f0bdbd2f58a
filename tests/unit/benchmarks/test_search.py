"""The board's search over the sample articles: each step brings what it is there for."""

from __future__ import annotations

from benchmarks.search.samples import queries, scores
from pipeline.domain.search_index import Steps


def share(steps: Steps, kind: str) -> float:
    found = scores(steps)[kind]
    return found.found / found.wanted


def test_there_are_queries_of_each_kind_that_find_something() -> None:
    asked = queries()
    assert len(asked) >= 40
    assert {query.kind for query in asked} == {"plain", "form", "script", "slip"}
    assert all(query.find for query in asked)


def test_words_as_they_stand_are_found_without_any_step() -> None:
    assert share(Steps(stems=False, scripts=False, slips=False), "plain") == 1


def test_stems_find_other_forms_scripts_other_letters_and_slips_what_was_meant() -> None:
    bare = Steps(stems=False, scripts=False, slips=False)
    for kind, least in (("form", 0.9), ("script", 0.95), ("slip", 0.9)):
        assert share(bare, kind) <= 0.2
        assert share(Steps(), kind) >= least


def test_little_is_found_that_nobody_meant() -> None:
    found = scores(Steps()).values()
    assert sum(each.wrong for each in found) / sum(each.queries for each in found) <= 0.15
