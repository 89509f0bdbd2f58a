"""Stems of words."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from pipeline.domain.stemming import STEMMERS, stem
from pipeline.domain.story.language.words import terms


@pytest.mark.parametrize("language", STEMMERS)
def test_every_language_that_is_listed_has_a_stemmer(language: str) -> None:
    assert stem("", language) == ""


@pytest.mark.parametrize(
    ("language", "forms"),
    [
        ("en", {"election", "elections"}),
        ("de", {"haus", "hauses", "häuser"}),
        ("es", {"muerto", "muertos"}),
        ("ru", {"выборы", "выборов"}),
    ],
)
def test_forms_of_a_word_have_one_stem(language: str, forms: set[str]) -> None:
    assert len({stem(each, language) for each in forms}) == 1


def test_a_word_of_a_language_without_a_stemmer_stays_as_it_is() -> None:
    assert stem("elections", "ja") == "elections"


def test_threads_that_stem_at_a_time_find_what_one_does() -> None:
    words = [f"{start}{end}" for start in ("elect", "nation", "relat") for end in ("ion", "ional", "ions")] * 500
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(lambda word: stem(word, "en"), words)) == [stem(word, "en") for word in words]


def test_half_a_character_in_a_text_keeps_nothing_from_its_terms() -> None:
    assert terms("Elections\ud800 ended", "en") == terms("Elections ended", "en")
