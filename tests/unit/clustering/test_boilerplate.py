from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.clustering.boilerplate import HEADLINES, MAX_READ, OF_OUTLET, Boilerplate
from pipeline.domain.clustering.model import read_term_shares

WALL = "We and our partners store cookies on your device."
SHARES = read_term_shares()
HEADLINES_APART = (
    "Ferry runs aground near Tarifa",
    "Parliament adopts budget",
    "Volcano closes Catania airport",
    "Striker breaks ankle",
    "Museum returns bronzes",
    "Wheat harvest fails",
)


@pytest.fixture
def boilerplate() -> Boilerplate:
    return Boilerplate(SHARES)


def test_a_sentence_that_an_outlet_puts_under_unlike_headlines_is_taken_out(boilerplate: Boilerplate) -> None:
    texts = [f"{WALL} Of {title} more is told." for title in HEADLINES_APART]
    read = [boilerplate.strip(t, text, "a.example") for t, text in zip(HEADLINES_APART, texts, strict=True)]
    assert read[: OF_OUTLET - 1] == texts[: OF_OUTLET - 1], "the first ones can't be known"
    assert all(WALL not in each and each.startswith("Of ") for each in read[OF_OUTLET - 1 :])


def test_several_outlets_may_quote_one_sentence_under_some_headlines(boilerplate: Boilerplate) -> None:
    read = [
        boilerplate.strip(title, WALL, f"outlet{number}.example") for number, title in enumerate(HEADLINES_APART)
    ]
    assert [bool(each) for each in read] == [number < HEADLINES - 1 for number in range(len(read))]


def test_headlines_that_share_a_rare_word_tell_of_one_event_and_their_words_stay(boilerplate: Boilerplate) -> None:
    quote = "Nobody was hurt, the captain said."
    titles = [f"{each} ferry Tarifa" for each in ("Aground:", "Rescue", "Captain", "Owners", "Inquiry")]
    assert all(boilerplate.strip(title, quote, "a.example") == quote for title in titles)


def test_a_sentence_with_a_word_of_its_headline_stays(boilerplate: Boilerplate) -> None:
    sentence = "The ferry, the budget, the volcano, the striker and the museum are all we talk about."
    read = [boilerplate.strip(title, sentence, "a.example") for title in HEADLINES_APART[:5]]
    assert read == [sentence] * 5


def test_the_same_article_read_again_teaches_nothing(boilerplate: Boilerplate) -> None:
    for _ in range(10):
        assert boilerplate.strip(HEADLINES_APART[0], WALL, "a.example") == WALL


def test_articles_without_a_headline_teach_nothing(boilerplate: Boilerplate) -> None:
    for _ in range(10):
        assert boilerplate.strip("", WALL, "a.example") == WALL


def test_what_was_met_longest_ago_is_forgotten_first() -> None:
    boilerplate = Boilerplate(SHARES, max_sentences=2)
    boilerplate.strip(HEADLINES_APART[0], WALL, "a.example")
    boilerplate.strip(HEADLINES_APART[1], "Subscribe to our newsletter now. Read it every morning.", "a.example")
    assert boilerplate.strip(HEADLINES_APART[2], WALL, "a.example") == WALL


def test_what_follows_the_sentences_that_are_looked_at_stays(boilerplate: Boilerplate) -> None:
    beginning = " ".join(f"Sentence number {number} of many." for number in range(MAX_READ))
    texts = [boilerplate.strip(title, f"{beginning} {WALL}", "a.example") for title in HEADLINES_APART]
    assert texts[-1] == WALL


@given(texts=st.lists(st.sampled_from([WALL, "Read on. ", "\n\n", "3.5 %", "„So?“ "]) | st.text(), max_size=9))
def test_nothing_is_added_and_the_order_stays(texts: list[str]) -> None:
    boilerplate = Boilerplate(SHARES)
    for title, text in zip(HEADLINES_APART * 2, texts, strict=False):
        left = iter(text)
        assert all(character in left for character in boilerplate.strip(title, text, "a.example"))


@given(title=st.text(), text=st.text(), source=st.none() | st.just("a.example"))
def test_a_text_met_for_the_first_time_stays_as_it_is(title: str, text: str, source: str | None) -> None:
    assert Boilerplate(SHARES).strip(title, text, source) == text.strip()
