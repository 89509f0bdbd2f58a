"""Terms and languages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.clustering.terms import (
    MAX_TERMS,
    NAME,
    NUMBER,
    TITLE,
    WEIGHTS,
    WORD,
    article_terms,
    bucket,
)
from pipeline.domain.language import detect_language
from pipeline.domain.writing import first_words


def _weights(title: str, text: str = "") -> dict[int, float]:
    terms = article_terms(title, text)
    return dict(zip(terms.ids.tolist(), terms.weights.tolist(), strict=True))


def test_a_word_of_the_title_weighs_more_than_one_of_the_body() -> None:
    weights = _weights("quake", "rescue")
    assert weights[bucket("quake")] > weights[bucket("rescue")]


def test_a_term_weighs_by_how_often_it_is_said_and_the_title_counts_twice() -> None:
    weights = _weights("quake hits hits", "quake rescue " + "tents " * 40)
    said = {"quake": 3, "hits": 4, "rescue": 1, "tents": WEIGHTS.size - 1}
    assert weights == {bucket(word): WEIGHTS[count] for word, count in said.items()}


def test_of_too_many_terms_those_of_the_title_and_the_most_frequent_are_kept() -> None:
    letters = "abcdefghijk"
    rare = " ".join(f"{one}{other}word" for one in letters for other in letters)
    kept = _weights("Zebra escapes", f"{rare} often often")
    assert len(kept) == MAX_TERMS
    assert {bucket("zebra"), bucket("escapes"), bucket("often")} <= kept.keys()


def test_names_are_told_in_a_title_where_not_all_its_words_are_written_as_such() -> None:
    names = article_terms("Fire destroys mill near Holmhurst", "").marked(NAME)
    assert names.tolist() == [bucket("holmhur")]
    assert article_terms("Fire Destroys Mill Near Holmhurst", "").marked(NAME).size == 0


def test_inflected_forms_share_a_term() -> None:
    assert _weights("Governor").keys() == _weights("governors").keys()


def test_numbers_are_terms_and_stay_whole() -> None:
    assert bucket("1.250") in _weights("Quake kills 1.250")


def test_a_long_body_never_pushes_out_the_title() -> None:
    body = " ".join(f"common{letter}" for letter in "abcdefghijklmnopqrstuvwxyz") * 40
    assert bucket("volcano") in _weights("Volcano", body)


def test_unspaced_scripts_give_pairs_of_characters() -> None:
    assert {bucket("北海"), bucket("海道")} <= set(_weights("北海道"))
    assert {bucket("quake"), bucket("北海"), bucket("海道"), bucket("hits")} == set(_weights("quake 北海道 hits"))


@given(st.text("aZ9.,北海 \n", max_size=80), st.integers(1, 12))
def test_the_first_words_are_those_of_the_whole_text(text: str, limit: int) -> None:
    assert first_words(WORD, text, limit) == WORD.findall(text)[:limit]


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


def _marked(title: str, text: str, mark: int) -> set[int]:
    return set(article_terms(title, text).marked(mark).tolist())


def test_a_capital_inside_a_sentence_marks_a_name() -> None:
    names = _marked("Profit of Fenlight fell", "Shares in Fenlight fell. Analysts blamed Dana Whitlock.", NAME)
    assert names == {bucket(each) for each in ("fenligh", "dana", "whitloc")}


def test_a_headline_that_capitalises_all_words_has_no_names_of_its_own() -> None:
    assert _marked("Quarterly Profit Of Fenlight Fell", "", NAME) == set()


def test_words_of_the_title_are_marked_whatever_else_they_are() -> None:
    assert _marked("Profit fell 9%", "Profit rose.", TITLE) == {bucket(each) for each in ("profit", "fell", "9")}


def test_numbers_are_marked() -> None:
    assert _marked("Profit fell 9%", "It was 72 million.", NUMBER) == {bucket("9"), bucket("72")}


@pytest.mark.parametrize(("declared", "code"), [("eng", "en"), ("iw", "he"), ("prs", "fa"), ("pt-BR", "pt")])
def test_one_language_has_one_code(declared: str, code: str) -> None:
    assert detect_language("", declared) == code
