from __future__ import annotations

import pytest

from pipeline.domain.story.language.figures import figures
from pipeline.domain.story.language.spelled import digits_of
from pipeline.domain.story.language.words import terms


@pytest.mark.parametrize(
    ("text", "language", "kind", "shown"),
    [
        ("At least 12 people were killed.", "en", "dead", "at least 12"),
        ("The death toll rose to 1,200 on Friday.", "en", "dead", "1,200"),
        ("Flash flood kills at least two.", "en", "dead", "at least 2"),
        ("Twenty-one workers are missing.", "en", "missing", "21"),
        ("Two dozen people were injured.", "en", "injured", "24"),
        ("Half a dozen people were injured.", "en", "injured", "6"),
        ("Two hundred and fifty people were killed.", "en", "dead", "250"),
        ("A hundred and twenty people were killed.", "en", "dead", "120"),
        ("Two thousand five hundred people were killed.", "en", "dead", "2,500"),
        ("Two hundred thousand people were evacuated.", "en", "evacuated", "200,000"),
        ("Some 3 million people were evacuated.", "en", "evacuated", "about 3,000,000"),
        ("Dreißig Menschen wurden verletzt.", "de", "injured", "30"),
        ("Zweihundertfünfzig Menschen wurden verletzt.", "de", "injured", "250"),
        ("Ciento veinte personas murieron.", "es", "dead", "120"),
        ("Quatre-vingt-douze personnes ont été blessées.", "fr", "injured", "92"),
        ("Deux cents passagers ont été blessés.", "fr", "injured", "200"),
        ("A magnitude 6.3 earthquake struck.", "en", "magnitude", "6.3"),
        ("They met for two and a half hours.", "en", "talks", "2.5 hours"),
        ("The talks lasted nearly three hours.", "en", "talks", "nearly 3 hours"),
        ("The fire grew to 3,900 acres.", "en", "area", "3,900 acres"),
        ("Police arrested 14 people.", "en", "arrested", "14"),
        ("Mindestens fünfzehn Menschen kamen ums Leben.", "de", "dead", "at least 15"),
        ("Das Gespräch dauerte zweieinhalb Stunden.", "de", "talks", "2.5 hours"),
        ("Ein Beben der Stärke 6,8.", "de", "magnitude", "6.8"),
        ("Una riada deja al menos dos muertos.", "es", "dead", "at least 2"),
        ("La cumbre duró dos horas y media.", "es", "talks", "2.5 hours"),
        ("Quema 2.800 hectáreas.", "es", "area", "2,800 hectares"),
        ("Vingt-sept passagers ont été blessés.", "fr", "injured", "27"),
        ("L'entretien a duré près de trois heures.", "fr", "talks", "nearly 3 hours"),
        ("Не менее 18 человек погибли.", "ru", "dead", "at least 18"),
        ("Переговоры продолжались 2 часа 45 минут.", "ru", "talks", "2.75 hours"),
        ("Они проговорили около двух с половиной часов.", "ru", "talks", "about 2.5 hours"),
    ],
)
def test_reads_figures(text: str, language: str, kind: str, shown: str) -> None:
    assert {figure.kind: figure.shown for figure in figures(text, language)}[kind] == shown


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("No one was hurt in the crash.", "en"),
        ("Seven crew are missing after the blast.", "xx"),
        ("The 2003 quake killed 26,000 people, the worst since 1990.", "en"),
        ("Up to 400 people could be killed, officials warned.", "en"),
        ("The flight takes three hours.", "en"),
        ("Two hours later the talks ended.", "en"),
        ("He paid $15 for the ticket and was killed in a 40-ton truck.", "en"),
        ("Un train déraille, trois blessés graves.", "fr"),
        ("Dozens are feared dead.", "en"),
    ],
)
def test_leaves_alone_what_is_no_figure_of_the_event(text: str, language: str) -> None:
    assert figures(text, language) == ()


def test_those_left_missing_are_not_dead() -> None:
    assert [figure.kind for figure in figures("Explosion leaves seven crew missing", "en")] == ["missing"]


def test_a_sentence_that_points_back_is_read_with_the_one_before() -> None:
    assert figures("It was over in two hours.", "en") == ()
    assert figures("It was over in two hours.", "en", "The summit began at noon.")[0].shown == "2 hours"


def test_number_words_beside_each_other_are_not_made_one_number() -> None:
    assert digits_of("twenty twenty-five", "en") == "twenty twenty-five"


@pytest.mark.parametrize(
    ("word", "language", "number"),
    [
        ("Zweihundertfünfzig", "de", "250"),
        ("twenty-one", "en", "21"),
        ("quince", "es", "15"),
        ("двенадцать", "ru", "12"),
    ],
)
def test_a_number_word_is_the_term_that_its_digits_are(word: str, language: str, number: str) -> None:
    assert terms(word, language) == terms(number, language) == [number]
