"""Which language an article is in, and when what is declared can't be."""

from __future__ import annotations

import pytest

from pipeline.domain.language import contradicts, detect_language

ENGLISH = "The council approved nine kilometres of cycle lanes on Tuesday, and work starts in May."


@pytest.mark.parametrize("declared", ["de", "de-AT", "ru", "zh_CN", "FR"])
def test_a_text_contradicts_languages_that_it_is_not_in(declared: str) -> None:
    assert contradicts(ENGLISH, declared)


@pytest.mark.parametrize("declared", ["en", "eng", "en-GB", "und", "?", "", "dz", "qaa"])
def test_what_may_be_right_or_is_unknown_to_the_model_is_not_contradicted(declared: str) -> None:
    assert not contradicts(ENGLISH, declared)


@pytest.mark.parametrize("text", ["", "Covid-19: live", "2 : 1", "Bayern München - FC Barcelona"])
def test_too_few_letters_contradict_nothing(text: str) -> None:
    assert not contradicts(text, "ja")


def test_the_declared_language_wins_and_is_one_code() -> None:
    assert [detect_language("x", each) for each in ("en-GB", "eng", "ENG")] == ["en", "en", "en"]
    assert detect_language(ENGLISH, "und") == detect_language(ENGLISH) == "en"


def test_what_comes_after_a_line_of_menu_counts_too_and_nothing_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    menu = "Live Ticker Breaking News Update Sport Video Podcast Newsletter Login Home Search Menu"
    text = (
        "Der Fluss stieg in der Nacht um mehr als zwei Meter, und hunderte Menschen mussten ihre Häuser verlassen."
    )
    with caplog.at_level("DEBUG"):
        assert detect_language(f"{menu}\n{text}") == "de"
    assert caplog.records == []
