"""The board speaks four languages, and each of them whole."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

from consumers.board.differences import difference_of
from consumers.board.interface import wording
from consumers.board.interface.interface import interface
from consumers.board.interface.languages import LANGUAGES, choose_language
from groundswell.media_topics import MEDIA_TOPICS, NARROWER_TOPICS, topic_id, topic_name
from groundswell.record import Contradiction, FigureClaim, Topic
from pipeline.testing.articles import START
from pipeline.testing.records import some_story
from tests.support.blast import blast
from tests.unit.board.conftest import Board

ROOT = Path(__file__).parents[3]
INTERFACE = ROOT / "consumers/board/interface"
TEMPLATES = sorted((ROOT / "consumers/board/templates").glob("*.html"))
FOREIGN = LANGUAGES[1:]
SAME_EVERYWHERE = {"Groundswell", "OpenAPI", "Atom", "JSON", "Feed", "p"}
"""Names, and the p of a p-value."""


def messages() -> set[tuple[str, ...]]:
    """Every message of templates and code."""
    with (INTERFACE / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)
    below = "consumers/board/"
    found = extract_from_dir(
        ROOT / below,
        [(pattern.removeprefix(below), method) for pattern, method in methods],
        {pattern.removeprefix(below): of for pattern, of in options.items()},
        {**DEFAULT_KEYWORDS, "_n": (1, 2)},
    )
    return {texts(each) for _, _, each, _, _ in found}


def texts(said: str | Sequence[str] | None) -> tuple[str, ...]:
    """One, or a singular and its plurals."""
    return (said,) if isinstance(said, str) else tuple(said or ())


def fields(text: str) -> list[str]:
    return sorted(re.findall(r"%\(\w+\)s|\{\w+\}", text))


@pytest.mark.parametrize("language", FOREIGN)
def test_every_message_of_the_board_is_translated_with_all_its_fields_and_no_other_is_kept(language: str) -> None:
    with (INTERFACE / "catalogs" / f"{language}.po").open("rb") as file:
        catalog = read_po(file, locale=language, abort_invalid=True)
    said = {texts(each.id): each for each in catalog if each.id}
    assert set(said) == messages()
    for ids, message in said.items():
        forms = texts(message.string)
        assert not message.fuzzy
        assert forms, ids
        for form in forms:
            assert form.strip(), ids
            assert fields(form) == fields(ids[-1]), ids


class Words(HTMLParser):
    """What a piece of HTML says: its text, and the attributes that are read out or shown."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.said: list[str] = []
        self.feed(html)

    def handle_starttag(self, _tag: str, attrs: list[tuple[str, str | None]]) -> None:
        shown = ("aria-label", "title", "alt", "placeholder")
        self.said += [value or "" for name, value in attrs if name in shown]

    def handle_data(self, data: str) -> None:
        self.said.append(data)


def spoken(template: Path) -> Iterator[str]:
    """Words that stand in a template outside of any message, and texts in its expressions that are none."""
    source = re.sub(r"\{#.*?#\}|\{% trans.*?endtrans %\}", "", template.read_text(), flags=re.DOTALL)
    expressions = re.findall(r"\{[{%].*?[%}]\}", source, flags=re.DOTALL)
    html = re.sub(r"\{[{%].*?[%}]\}", "", source, flags=re.DOTALL)
    for text in Words(re.sub(r' ?data-[a-z]+="[^"]*"', "", html)).said:
        yield from re.findall(r"[^\W\d_]+", text)
    for expression in expressions:
        literals = re.findall(r"""(_\()?("[^"]*"|'[^']*')""", expression)
        yield from (text for marked, text in literals if not marked and re.search(r"[A-Z]|[a-z] [a-z]", text))


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_no_template_says_a_word_that_is_no_message(template: Path) -> None:
    assert set(spoken(template)) <= SAME_EVERYWHERE


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_is_in_one_language(board: Board, language: str) -> None:
    board.view.apply(blast(absorbed=["old"]))
    for number in range(12):
        board.view.apply(some_story(number))
    for path in (
        "/",
        "/?q=nothing-there",
        "/blindspots",
        "/stories/st-harbour-blast",
        "/stories/nope",
        "/?coverage=x",
    ):
        html = board.client.get(path, headers={"Accept-Language": language}).text
        assert f'<html lang="{language}">' in html
        own = re.sub(r"<(bdi|code|option)\b.*?</\1>", "", html[html.index("<body") :], flags=re.DOTALL)
        said = set(re.findall(r"[a-z]+", " ".join(Words(own).said)))
        assert (language == "en") == bool({"the", "of", "from", "rated", "stories"} & said)


@pytest.mark.parametrize(
    ("asked", "before", "accepted", "language"),
    [
        (None, None, "", "en"),
        (None, None, "ja, fr;q=0.4, de-AT;q=0.7", "de"),
        (None, None, "es-419,es;q=0.9", "es"),
        (None, None, "ru", "en"),
        (None, None, "de;q=0", "en"),
        (None, None, "de;q=x, fr", "fr"),
        (None, "fr", "de", "fr"),
        ("es", "fr", "de", "es"),
        ("xx", "yy", "de", "de"),
    ],
)
def test_the_language_is_the_one_asked_for_or_kept_or_accepted(
    asked: str | None, before: str | None, accepted: str, language: str
) -> None:
    assert choose_language(asked, before, accepted) == language


def test_a_switch_keeps_the_page_and_is_remembered(board: Board) -> None:
    board.view.apply(blast())
    answer = board.client.get("/?q=kestrel&lang=de")
    assert 'href="?q=kestrel&amp;lang=fr"' in answer.text
    assert "HttpOnly" in answer.headers["set-cookie"]
    assert answer.headers["content-language"] == "de"
    assert {"Accept-Language", "Cookie"} <= set(answer.headers["vary"].split(", "))
    assert '<html lang="de">' in board.client.get("/", headers={"Accept-Language": "fr"}).text


@pytest.mark.parametrize(
    ("language", "number", "share", "time", "duration", "figure"),
    [
        ("en", "12,345", "53%", "15 Aug 2025, 06:00 UTC", "3 hours", "nearly 3 hours"),
        ("es", "12.345", "53 %", "15 ago 2025, 06:00 UTC", "3 horas", "casi 3 horas"),
        ("de", "12.345", "53 %", "15. Aug. 2025, 06:00 UTC", "3 Stunden", "fast 3 Stunden"),
        ("fr", "12 345", "53 %", "15 août 2025, 06:00 UTC", "3 heures", "près de 3 heures"),
    ],
)
def test_numbers_and_dates_are_written_as_the_language_does(
    language: str, number: str, share: str, time: str, duration: str, figure: str
) -> None:
    ui = interface(language)
    written = ui.format
    moment = START.replace(year=2025, month=8, day=15, hour=6, minute=0)
    found = (
        written.number(12_345),
        written.percent(0.53),
        written.time(moment),
        written.duration(timedelta(hours=3)),
        ui.figure("nearly 3 hours"),
    )
    assert tuple(text.replace("\u00a0", " ").replace("\u202f", " ") for text in found) == (
        number, share, time, duration, figure,
    )  # fmt: skip


@pytest.mark.parametrize(
    "claim", ["19", "at least 19", "60%", "4,100 acres", "2.75 hours", "odd", "", ",", "9" * 400]
)
def test_any_claim_can_be_said_in_any_language(claim: str) -> None:
    for language in LANGUAGES:
        assert interface(language).figure(claim) or not claim


def test_a_value_is_one_line_with_all_outlets_that_stand_by_it() -> None:
    def claim(value: str, outlet: str, group: int) -> FigureClaim:
        return FigureClaim(
            value=value, article_id=outlet, outlet=outlet, published_at=START, sentence=value, group=group
        )

    claims = [
        claim("2.5 hours", "a", 1),
        claim("2.75 hours", "b", 0),
        claim("nearly 3 hours", "c", 0),
        claim("nearly 3 hours", "d", 0),
    ]
    difference = difference_of(Contradiction(about="length of the talks", claims=claims), {"d"})
    assert [(value.shown, [each.outlet for each in value.claims]) for value in difference.values] == [
        ("2.5 hours", ["a"]),
        ("nearly 3 hours", ["b", "c", "d"]),
    ]
    assert difference.values[1].cited.outlet == "d", "its article is in the story's language"


def test_a_topic_of_the_next_level_leads_to_its_stories_and_stays_chosen(board: Board) -> None:
    law = Topic(id="medtop:02000000", name="crime, law and justice", confidence=0.9)
    court = Topic(id="medtop:20000106", name="judiciary", confidence=0.9, broader=law.id)
    record = some_story(1).model_copy(update={"topics": [law, court]})
    board.view.apply(record)
    page = board.client.get(f"/stories/{record.story_id}?lang=es").text
    assert '<a href="/?topic=medtop%3A20000106">Tribunales</a>' in page
    front = board.client.get("/?topic=medtop:20000106&lang=es").text
    choices = re.findall(r'<option value="(medtop:[^"]+)" (selected|)>([^<]+)<', front)
    assert choices == [
        ("medtop:02000000", "", "Delincuencia, derecho y justicia (1)"),
        ("medtop:20000106", "selected", "– Tribunales (1)"),
    ]
    assert f'href="/stories/{record.story_id}"' in front
    assert board.client.get("/api/stories?topic=judiciary").json()["total"] == 1
    assert board.client.get("/api/stories?topic=crime").json()["total"] == 0


def test_the_board_has_a_word_for_each_topic_and_parts_stand_after_what_they_are_part_of(board: Board) -> None:
    codes = [*MEDIA_TOPICS, *NARROWER_TOPICS]
    assert set(wording.TOPICS) == {topic_id(code) for code in codes}
    told = [Topic(id=topic_id(code), name=topic_name(code) or "", confidence=0.9) for code in codes]
    board.view.apply(some_story(1).model_copy(update={"topics": told}))
    front = board.client.get("/?lang=en").text
    shown = re.findall(r'<option value="medtop:([^"]+)" >([^<]+) \(1\)<', front)
    assert [code for code, _ in shown if code in MEDIA_TOPICS] == sorted(
        MEDIA_TOPICS, key=MEDIA_TOPICS.__getitem__
    )
    above = ""
    for code, name in shown:
        assert name.startswith("– ") is (code in NARROWER_TOPICS)
        above = code if code in MEDIA_TOPICS else above
        assert code == above or NARROWER_TOPICS[code][0] == above


def test_topics_are_in_the_readers_language_and_lead_to_all_stories_about_them(board: Board) -> None:
    sport = Topic(id="medtop:15000000", name="sport", confidence=0.9)
    record = some_story(1).model_copy(update={"topics": [sport]})
    board.view.apply(record)
    page = board.client.get(f"/stories/{record.story_id}?lang=es").text
    assert '<a href="/?topic=medtop%3A15000000">Deporte</a>' in page
    front = board.client.get("/?topic=medtop:15000000&lang=fr").text
    assert f'href="/stories/{record.story_id}"' in front
    assert '<option value="medtop:15000000" selected>Sport (1)</option>' in front
    none = board.client.get("/?topic=medtop:17000000&lang=en").text
    assert '<option value="medtop:17000000" selected>Weather (0)</option>' in none
    assert f'href="/stories/{record.story_id}"' not in board.client.get("/?topic=weather").text
