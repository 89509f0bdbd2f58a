"""The board's search over the sample articles: each step brings what it is there for."""

from __future__ import annotations

import pytest

from benchmarks.search.samples import Score, Trial, queries
from pipeline.domain.encoder.made import open_made
from pipeline.domain.encoder.models import MULTILINGUAL
from pipeline.domain.search_index import Steps

BARE = Steps(stems=False, scripts=False, slips=False)


@pytest.fixture(scope="module")
def trial() -> Trial:
    return Trial(open_made(MULTILINGUAL), [])


def share(score: Score) -> float:
    return score.found / score.wanted


def test_there_are_queries_of_each_kind_that_find_something() -> None:
    asked = queries()
    assert len(asked) >= 120
    assert {query.kind for query in asked} == {"plain", "form", "script", "slip", "paraphrase", "language"}
    assert all(query.find for query in asked)


def test_words_as_they_stand_are_found_without_any_step(trial: Trial) -> None:
    assert share(trial.scores(BARE)["plain"]) == 1


def test_stems_find_other_forms_scripts_other_letters_and_slips_what_was_meant(trial: Trial) -> None:
    bare, whole = trial.scores(BARE), trial.scores(Steps())
    for kind, least in (("form", 0.9), ("script", 0.95), ("slip", 0.9)):
        assert share(bare[kind]) <= 0.2
        assert share(whole[kind]) >= least


def test_little_is_found_that_nobody_meant(trial: Trial) -> None:
    found = trial.scores(Steps()).values()
    assert sum(each.wrong for each in found) / sum(each.queries for each in found) <= 0.15


def test_meaning_finds_other_words_and_other_languages_where_words_find_nothing(trial: Trial) -> None:
    words, meaning = trial.scores(Steps()), trial.scores(Steps(), meaning=True)
    for kind, least in (("paraphrase", 0.8), ("language", 0.55)):
        assert share(words[kind]) <= 0.1
        assert share(meaning[kind]) >= least
    assert all(share(meaning[kind]) >= share(words[kind]) for kind in words)
    assert sum(each.wrong for each in meaning.values()) / len(queries()) <= 1.2
