"""The index of words behind the board's search."""

from __future__ import annotations

import pytest

from pipeline.domain import search_index
from pipeline.domain.search import searchable
from pipeline.domain.search_index import SearchIndex


def found(index: SearchIndex, query: str) -> set[int]:
    return set(index.find(query) or ())


@pytest.fixture
def index() -> SearchIndex:
    index = SearchIndex()
    texts = {
        1: {"en": "Parliament calls an early election"},
        2: {"en": "Electricity prices rise"},
        3: {"ru": "Встреча с Путиным на Аляске"},
        4: {"en": "Putin in Anchorage"},
        5: {"ja": "東京で地震", "de": "Die Häuser am Fluss"},
    }
    for number, by_language in texts.items():
        index.add(number, {language: searchable(text) for language, text in by_language.items()})
    return index


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("elections", {1}),
        ("elect", {1, 2}),
        ("electoin", {1}),
        ("putin", {3, 4}),
        ("Путин", {3, 4}),
        ("putin anchorage", {4}),
        ("地震", {5}),
        ("Haus", {5}),
        ("los", set()),
        ("qqqqqq", set()),
        ("parliament flood", set()),
    ],
)
def test_words_meet_their_forms_their_sounds_and_their_slips(
    index: SearchIndex, query: str, expected: set[int]
) -> None:
    assert found(index, query) == expected


def test_a_slip_is_only_guessed_at_where_nothing_is_written_like_it(index: SearchIndex) -> None:
    index.add(9, {"en": " prince"})
    assert found(index, "prince") == {9}
    assert found(index, "pricce") == {9}  # `prices` is two letters away


def test_a_word_that_is_repeated_is_looked_up_once(index: SearchIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    looked_up: list[str] = []
    words_of = index._words

    def noted(term: str) -> set[str]:
        looked_up.append(term)
        return words_of(term)

    monkeypatch.setattr(index, "_words", noted)
    assert found(index, "putin Putin anchorage PUTIN") == {4}
    assert looked_up == ["putin", "anchorage"]


def test_a_query_without_words_asks_for_nothing(index: SearchIndex) -> None:
    assert index.find("%_'; --") is None


def test_what_was_dropped_leaves_the_memory_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_index, "SMALL_VOCABULARY", 50)
    index = SearchIndex()
    for number in range(2_000):
        index.add(number, {"en": f" common word{number} других{number}"})
        index.drop(number - 5)
    assert len(found(index, "common")) < 200
    assert len(index._documents) < 200
    assert len(index._stems) < 200
    assert len(index._sounds) < 400
    assert found(index, "word1999") == {1999}
    assert found(index, "common") >= {1995, 1996, 1997, 1998, 1999}
