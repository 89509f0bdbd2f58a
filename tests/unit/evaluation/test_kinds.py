"""Each kind of error, on articles made for it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from pipeline.quality.evaluation import Kind, LabelledArticle, analyse_errors, kinds
from pipeline.quality.evaluation.readings import Reading, Side
from pipeline.quality.evaluation.wording import shingles, title_form, without_passages

CONSENT = (
    "We would like to store small files on your device and read them again, so that this site can count its "
    "visits and show advertising that fits you. You may agree, refuse or choose. You can change your mind later."
)


def _article(
    number: int, event: str, title: str, text: str = "", source: str = "gazette.example", language: str = "en"
) -> LabelledArticle:
    return LabelledArticle(
        id=str(number),
        article_id=f"a{number}",
        title=title,
        text=text,
        event=event,
        language=language,
        source=source,
    )


def _kinds(articles: Sequence[LabelledArticle], stories: str) -> list[Kind]:
    analysis = analyse_errors(articles, {str(at): story for at, story in enumerate(stories)})
    return [each.kind for each in analysis.faults]


def _pair(one: Sequence[str], other: Sequence[str]) -> kinds.Pair:
    sides = [Side(Reading("e", "s", "", language) for language in side) for side in (one, other)]
    return kinds.Pair(sides[0], sides[1], len(one) + len(other))


def test_an_event_whose_stories_speak_different_languages_is_split_along_languages() -> None:
    assert kinds.is_along_languages(_pair(["en", "en"], ["pt"]))
    assert kinds.is_along_languages(_pair(["en"] * 9 + ["pt"], ["pt", "es", "pt"]))
    assert not kinds.is_along_languages(_pair(["en"] * 9 + ["pt"], ["en"]))


def test_an_event_of_ten_articles_in_one_language_is_a_large_event_in_parts() -> None:
    assert kinds.is_large_event(_pair(["en"] * 6, ["en"] * 4))
    assert not kinds.is_large_event(_pair(["en"] * 5, ["en"] * 4))


def test_a_large_event_split_along_languages_counts_under_language_alone() -> None:
    articles = [_article(at, "e", f"Title {at}", language="en" if at < 8 else "pt") for at in range(12)]
    assert _kinds(articles, "x" * 8 + "y" * 4) == [Kind.LANGUAGE]


def test_joined_events_that_have_no_language_in_common_count_under_language() -> None:
    articles = [_article(0, "one", "Ferry aground"), _article(1, "other", "Incêndio no porto", language="pt")]
    assert _kinds(articles, "xx") == [Kind.LANGUAGE]


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("en", "Horoscope for Monday, 2 March", "Horoscope for Tuesday, 3rd March"),
        ("en", "Lottery numbers: 3, 8, 21, 40", "Lottery numbers: 1, 2, 33"),
        ("de", "Wetter am Montag, 2. März", "Wetter am Dienstag, 31. Dezember"),
        ("pt", "Agenda de segunda-feira, 2 de março", "Agenda de terça-feira, 3 de abril"),
        ("ru", "Гороскоп на 2 марта, понедельник", "Гороскоп на 3 апреля, вторник"),
        ("zh", "3月2日星期一天气", "3月3日星期二天气"),
    ],
)
def test_titles_of_a_column_have_one_form_whatever_the_date_and_language(
    language: str, one: str, other: str
) -> None:
    assert title_form(one, language) == title_form(other, language) != ""


def test_titles_that_differ_in_more_than_dates_have_different_forms() -> None:
    assert title_form("Norcross 1-2 Orrell", "en") != title_form("Kingsport 1-2 Orrell", "en")


def test_issues_of_a_column_that_were_joined_are_a_column_fault() -> None:
    articles = [
        _article(0, "monday", "Horoscope for Monday, 2 March", "Aries should rest."),
        _article(1, "tuesday", "Horoscope for Tuesday, 3 March", "Aries should travel."),
    ]
    assert _kinds(articles, "xx") == [Kind.COLUMN]


def test_the_same_form_at_two_outlets_is_no_column_but_a_look_alike() -> None:
    articles = [
        _article(0, "monday", "Horoscope for Monday, 2 March", source="gazette.example"),
        _article(1, "tuesday", "Horoscope for Tuesday, 3 March", source="herald.example"),
    ]
    assert _kinds(articles, "xx") == [Kind.LOOK_ALIKE]


def test_events_joined_by_a_consent_text_that_the_outlet_repeats_are_boilerplate() -> None:
    articles = [
        _article(0, "ferry", "Ferry aground off the point", f"Tugs wait for high tide. {CONSENT}"),
        _article(1, "chess", "Teenager wins the title", f"She is seventeen years old. {CONSENT}"),
        _article(2, "tram", "Tram without a driver starts", f"It has nineteen stops. {CONSENT}"),
    ]
    assert _kinds(articles, "xxy") == [Kind.BOILERPLATE]


def test_a_passage_that_the_outlet_does_not_repeat_elsewhere_is_no_boilerplate() -> None:
    articles = [
        _article(0, "ferry", "Ferry aground off the point", f"Tugs wait for high tide. {CONSENT}"),
        _article(1, "chess", "Teenager wins the title", f"She is seventeen years old. {CONSENT}"),
    ]
    assert _kinds(articles, "xx") == [Kind.OTHER]


def test_the_same_report_of_other_companies_is_a_look_alike() -> None:
    report = "Quarterly profit at {} rose {} percent on strong demand, the firm {} said, and raised its dividend."
    articles = [
        _article(0, "one", "Profit rises on strong demand", report.format("Halden", 14, "Halden")),
        _article(1, "other", "Profit rises on strong demand again", report.format("Gantry", 9, "Gantry")),
    ]
    assert _kinds(articles, "xx") == [Kind.LOOK_ALIKE]


def test_events_told_in_other_words_are_no_look_alikes() -> None:
    articles = [
        _article(0, "one", "Profit rises", "Demand for trucks made by Halden rose by 14 percent last quarter."),
        _article(1, "other", "Storm closes harbour", "Waves broke over the pier in Orrell, where 9 boats sank."),
    ]
    assert _kinds(articles, "xx") == [Kind.OTHER]


def test_the_same_words_about_the_same_names_are_no_look_alikes() -> None:
    report = "Quarterly profit at Halden rose 14 percent on strong demand, the company Halden said today."
    articles = [_article(0, "one", "Profit rises", report), _article(1, "other", "Profit rises again", report)]
    assert _kinds(articles, "xx") == [Kind.OTHER]


def test_look_alikes_in_several_languages_are_compared_within_each() -> None:
    english = "A forest fire near {} destroyed {} hectares of pines before rain stopped it, the mayor of {} said."
    spanish = "Un incendio forestal cerca de {} arrasó {} hectáreas de pinos, dijo el alcalde de {}, según radio."
    articles = [
        _article(at, event, title, form.format(place, hectares, place), language=language)
        for at, (event, title, form, place, hectares, language) in enumerate(
            [
                ("one", "Fire destroys pines", english, "Bramsund", 3500, "en"),
                ("one", "Incendio arrasa pinos", spanish, "Bramsund", 3500, "es"),
                ("other", "Fire destroys a forest of pines", english, "Marovo", 420, "en"),
                ("other", "Incendio arrasa un bosque", spanish, "Marovo", 420, "es"),
            ]
        )
    ]
    assert _kinds(articles, "xxxx") == [Kind.LOOK_ALIKE]


def test_events_without_an_ordinary_word_in_common_are_no_look_alikes() -> None:
    articles = [_article(0, "one", "Halden 2026"), _article(1, "other", "Orrell 1999")]
    assert _kinds(articles, "xx") == [Kind.OTHER]


def test_what_an_outlet_repeats_does_not_make_events_look_alike() -> None:
    start = "The {0} and the {1} met at {2} on Friday. "
    articles = [
        _article(at, str(at), title, start.format(*words) + CONSENT)
        for at, (title, *words) in enumerate(
            [
                ("Ferry aground off the point", "captain", "pilot", "Skerry"),
                ("Teenager wins the title", "champion", "arbiter", "Halden"),
                ("Tram without a driver starts", "engineer", "mayor", "Noordhaven"),
            ]
        )
    ]
    assert _kinds(articles, "xxy") == [Kind.BOILERPLATE]


def test_words_of_repeated_passages_are_cut_and_the_rest_stays_as_it_was() -> None:
    text = f"Tugs wait, he said. {CONSENT} More tomorrow."
    assert without_passages(text, shingles(CONSENT)) == "Tugs wait, he said. . More tomorrow."
    assert without_passages(text, frozenset()) == text
