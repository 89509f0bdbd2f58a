"""Terms and languages."""

from __future__ import annotations

from pipeline.clustering.language import detect_language
from pipeline.clustering.terms import CAPITAL, IN_TITLE, MAX_TERMS, NUMBER, article_terms, bucket


def _kinds(title: str, text: str = "") -> dict[int, int]:
    terms = article_terms(title, text)
    return dict(zip(terms.ids.tolist(), terms.kinds.tolist(), strict=True))


def test_a_name_inside_a_sentence_is_a_name_and_a_first_word_is_not() -> None:
    kinds = _kinds("flood", "Yesterday the mayor Silva resigned.")
    assert kinds[bucket("silva")] & CAPITAL
    assert not kinds[bucket("yesterd")] & CAPITAL


def test_capitals_of_a_headline_in_title_case_say_nothing() -> None:
    assert not _kinds("Mayor Silva Resigns Over Flood")[bucket("silva")] & CAPITAL


def test_numbers_and_title_words_are_told_apart() -> None:
    kinds = _kinds("Quake kills 250", "Rescue goes on")
    assert kinds[bucket("250")] == NUMBER | IN_TITLE
    assert kinds[bucket("rescue")] == 0


def test_unspaced_scripts_give_pairs_of_characters() -> None:
    assert {bucket("北海"), bucket("海道")} <= set(_kinds("北海道"))


def test_terms_are_bounded() -> None:
    assert article_terms("t", " ".join(f"w{n}x" for n in range(5_000))).ids.size <= MAX_TERMS


def test_a_title_without_words_has_no_terms() -> None:
    assert article_terms("!!!", "").ids.size == 0


def test_a_declared_language_wins_and_is_reduced_to_its_primary_tag() -> None:
    assert detect_language("Der Fluss stieg", "en-GB") == "en"


def test_a_language_is_detected_where_none_is_declared() -> None:
    assert detect_language("El terremoto deja varios muertos en Chile") == "es"


def test_too_little_text_is_undetermined() -> None:
    assert detect_language("ok") == "und"
