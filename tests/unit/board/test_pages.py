"""The pages as a browser without JavaScript gets them."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consumers.board.interface.interface import interface
from consumers.board.rendering import isolated, plain, safe_href
from consumers.board.security import CONTENT_SECURITY_POLICY
from groundswell.record import OutletOfMember, Reason, Status, StoryRecord
from pipeline.testing.articles import START
from pipeline.testing.outlets import OUTLETS
from pipeline.testing.records import member, some_story, story
from tests.browser.samples import sample_records
from tests.support.blast import blast
from tests.unit.board.conftest import Board

STORY = "/stories/st-harbour-blast"
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</title><script>",
    "{{ 7 * 7 }}{% raw %}",
    "javascript:alert(1)",
    "<svg/onload=alert(1)>",
    "<!--",
    "\u202egnp.exe\u202c",
    "]]>",
)


class Page(HTMLParser):
    """What a page is made of."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", "".join(self.words))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def get(board: Board, path: str, status: int = 200, **headers: str) -> Page:
    answer = board.client.get(path, headers=headers)
    assert answer.status_code == status
    assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    return Page(answer.text)


def poisoned(value: Any, text: str) -> Any:
    """The record's plain form with a hostile text in every free field."""
    free = {
        "title",
        "text",
        "outlet",
        "name",
        "owner",
        "about",
        "value",
        "sentence",
        "snippet",
        "url",
        "domain",
        "encoder",
        "language",
        "country",
        "factuality",
        "reprint_of",
    }
    if isinstance(value, dict):
        return {k: text if k in free and isinstance(v, str) else poisoned(v, text) for k, v in value.items()}
    return [poisoned(each, text) for each in value] if isinstance(value, list) else value


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_in_any_field_is_inert(board: Board, text: str) -> None:
    raw = poisoned(blast().model_dump(mode="json"), text)
    raw |= {"keywords": [text], "absorbed": [text], "split_from": text, "related": [text], "story_id": "poisoned"}
    raw["coverage"] |= {
        "ownership": {text: 1},
        "countries": {text: 1},
        "languages": {text: 1},
        "factuality": {text: {"count": 1, "share": 1}},
    }
    board.view.apply(StoryRecord.model_validate(raw))
    for path in ("/", "/stories/poisoned", "/stories/poisoned?show=all&side=left", "/blindspots"):
        page = get(board, path)
        assert [each for each in page.all("script") if not (each.get("src") or "").startswith("/static/")] == []
        for tag, attributes in page.tags:
            assert not any(name.startswith("on") or name == "style" for name in attributes), (tag, attributes)
            for name in ("href", "src", "action"):
                address = attributes.get(name) or "/"
                assert re.match(r"(/(?!/)|[?#]|https?://)", address), (tag, attributes)
    assert text.replace("\u202e", "")[:5] in get(board, "/stories/poisoned").text.replace("\u202e", "")


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=80))
def test_any_title_comes_out_as_it_went_in(title: str) -> None:
    page = Page(str(isolated(title, "en")))
    assert [tag for tag, _ in page.tags] == ["bdi"]
    assert "".join(page.words) == title


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://a.example/x?y=1#z", True),
        ("http://a.example", True),
        ("javascript:alert(1)", False),
        ("JaVaScRiPt:alert(1)", False),
        (" https://a.example", False),
        ("java\tscript:alert(1)", False),
        ("data:text/html,x", False),
        ("//a.example", False),
        ("/local", False),
        ("https://", False),
        (None, False),
        ("http://[bad", False),
        ("vbscript:x", False),
        ("https://a.example/\nx", False),
        ("", False),
    ],
)
def test_only_web_addresses_become_links(url: str | None, safe: bool) -> None:
    assert (safe_href(url) == url and url is not None) is safe


def test_an_address_that_is_not_followed_is_shown_as_text(board: Board) -> None:
    board.view.apply(story("a", [member(OUTLETS[0], "x", START, url="javascript:alert(1)")]))
    page = get(board, "/stories/a")
    assert "javascript:alert(1)" in page.text
    assert all("javascript" not in (each.get("href") or "") for each in page.all("a"))


def test_foreign_text_says_its_language_and_isolates_its_direction(board: Board) -> None:
    title = "\u202eHello"
    board.view.apply(story("a", [member(OUTLETS[7], title, START)]))
    html = board.client.get("/stories/a").text
    assert f'<bdi lang="de">{title}</bdi>' in html
    assert "<title>Hello – Groundswell</title>" in html


def test_links_to_outlets_give_nothing_away(board: Board) -> None:
    board.view.apply(blast())
    outside = [each for each in get(board, STORY).all("a") if (each.get("href") or "").startswith("http")]
    assert len(outside) > 20
    assert all({"noopener", "nofollow"} <= set((each.get("rel") or "").split()) for each in outside)


def test_the_front_page_lists_stories_with_their_counts(board: Board) -> None:
    board.view.apply(blast())
    page = get(board, "/")
    assert "18 articles from 17 sources" in page.text
    assert "of 15 rated sources · 2 unrated" in page.text
    assert any(each.get("href") == STORY for each in page.all("a"))


def test_the_front_page_of_the_demo_shows_a_blindspot(board: Board) -> None:
    for record in sample_records("bridge-marlow-audit"):
        board.view.apply(record)
    page = get(board, "/")
    assert page.text.count("Blindspot for the Left") == 2, "beside the list and on its card"
    assert "91% of the sources lean Right" in get(board, "/stories/bridge-marlow-audit").text


def test_the_id_of_a_merged_story_is_a_link(board: Board) -> None:
    board.view.apply(blast(absorbed=["old-id"]))
    assert "/stories/old-id" in [each.get("href") for each in get(board, STORY).all("a")]
    answer = board.client.get("/stories/old-id")
    assert (answer.status_code, answer.headers["location"]) == (308, STORY)
    assert board.client.get("/api/stories/old-id").json()["location"] == f"/api{STORY}"


def test_pages_lead_on_and_back(board: Board) -> None:
    for number in range(25):
        board.view.apply(some_story(number))
    assert [each["href"] for each in get(board, "/?q=&sort=latest").all("a") if each.get("rel") == "next"] == [
        "?sort=latest&page=2"
    ]
    last = get(board, "/?page=3")
    assert "Page 3 of 3" in last.text
    assert [each["href"] for each in last.all("a") if each.get("rel") == "prev"] == ["?page=2"]


@pytest.mark.parametrize(
    "path",
    [
        "/?page=0",
        "/?page=-1",
        "/?page=x",
        "/?page=99999999999",
        "/?utm_source=x",
        "/?q=&coverage=&language=&country=&sort=",
        f"{STORY}?side=up&sort=x&show=1",
    ],
)
def test_a_strange_address_shows_a_page_all_the_same(board: Board, path: str) -> None:
    board.view.apply(blast())
    get(board, path)


def test_a_wrong_filter_is_an_error_page(board: Board) -> None:
    page = get(board, "/?coverage=up", 400)
    assert "This address is not understood" in page.text
    assert "coverage: " in page.text


def test_an_unknown_story_is_an_error_page_that_leads_on(board: Board) -> None:
    page = get(board, "/stories/nope", 404)
    assert "Story not found" in page.text
    assert any(each.get("href") == "/" for each in page.all("a"))


def test_a_story_whose_articles_were_withdrawn_says_so(board: Board) -> None:
    board.view.apply(story("a", [member(OUTLETS[0], "x", START)], title="", article_count=0, articles=[]))
    assert "withdrew all articles" in get(board, "/stories/a", 410).text


def test_a_story_that_the_editors_took_back_says_so_and_is_related_to_none(board: Board) -> None:
    board.view.apply(
        story("a", [member(OUTLETS[0], "x", START)], title="", article_count=0, articles=[], hidden=True)
    )
    board.view.apply(story("b", [member(OUTLETS[0], "y", START)], related=["a"]))
    assert "editors took this story back" in get(board, "/stories/a", 410).text
    assert "/stories/a" not in get(board, "/stories/b").text


def test_a_merged_story_redirects_to_the_survivor(board: Board) -> None:
    board.view.apply(blast())
    board.view.apply(
        story(
            "old",
            [member(OUTLETS[0], "x", START)],
            revision=2,
            status=Status.MERGED,
            merged_into="st-harbour-blast",
            revision_reasons=[Reason.MERGED],
        )
    )
    answer = board.client.get("/stories/old")
    assert (answer.status_code, answer.headers["location"]) == (308, STORY)


@pytest.mark.parametrize("targets", [{"a": "b", "b": "a"}, {"a": "never-seen"}])
def test_a_merge_that_leads_nowhere_does_not_redirect(board: Board, targets: dict[str, str]) -> None:
    for story_id, into in targets.items():
        board.view.apply(story(story_id, [member(OUTLETS[0], "x", START)], status=Status.MERGED, merged_into=into))
    assert "became part of another" in get(board, "/stories/a", 404).text


def test_every_number_of_the_coverage_details_is_the_records(board: Board) -> None:
    board.view.apply(blast())
    html = board.client.get(STORY).text
    facts = dict(re.findall(r"<dt>(.*?)</dt><dd[^>]*>(\d[\d,]*)</dd>", html))
    record = blast()
    members = record.articles
    domains = {m.outlet.domain: m.outlet.bias for m in members}
    side = {"lean-left": "left", "lean-right": "right"}
    biases = [side.get(bias or "", bias) for bias in domains.values()]
    assert facts == {
        "Total sources": str(len(domains)),
        "Leaning left": str(biases.count("left")),
        "Center": str(biases.count("center")),
        "Leaning right": str(biases.count("right")),
        "Unrated": str(biases.count(None)),
        "Publishers": str(record.publisher_count),
        "Articles": str(len(members)),
        "Original": str(sum(not m.is_reprint for m in members)),
        "Reprints": str(sum(m.is_reprint for m in members)),
    }


def test_outlets_stand_on_their_side(board: Board) -> None:
    board.view.apply(blast())
    html = board.client.get(STORY).text
    sides = html.partition('class="sides"')[2].partition("</section>")[0]
    left, center, right = (
        sides.partition(f'class="is-{side}"')[2].partition("sides-head")[2] for side in ("left", "center", "right")
    )
    assert "Civic Lantern" in left.partition('class="is-center"')[0]
    assert "National Wire" in center.partition('class="is-right"')[0]
    assert "Patriot Courier" in right


def test_tabs_and_sorting_are_links_that_work_without_a_script(board: Board) -> None:
    board.view.apply(blast())
    left = get(board, f"{STORY}?side=left&sort=oldest")
    assert [each["href"] for each in left.all("a") if each.get("id") == "tab-right"] == [
        "?side=right&sort=oldest#articles"
    ]
    listed = left.text.partition("18 articles")[2]
    assert "Civic Lantern" in listed
    assert "Patriot Courier Right" not in listed


def test_a_fragment_is_the_main_part_alone(board: Board) -> None:
    board.view.apply(blast())
    answer = board.client.get(STORY, headers={"X-Fragment": "1"})
    assert answer.text.lstrip().startswith("<main")
    assert "X-Fragment" in answer.headers["vary"]


def test_sides_without_coverage_and_without_a_view_of_their_own_are_told_apart(board: Board) -> None:
    board.view.apply(blast(perspectives={"left": None, "center": [], "right": None}))
    text = get(board, STORY).text
    assert "No coverage from this side." in text
    assert "Nothing that the other sides don't say too." in text


def test_a_record_of_the_barest_kind_has_a_page(board: Board) -> None:
    unknown = OutletOfMember(domain=None, name=None, bias=None, factuality=None, owner=None, country=None)
    bare = member(OUTLETS[15], "Bare", None, url=None, language="und").model_copy(update={"outlet": unknown})
    board.view.apply(story("bare", [bare], momentum=None, first_article=None))
    text = get(board, "/stories/bare").text
    assert "date unknown" in text
    assert "No source of this story is rated yet" in text


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0, "0%"),
        (0.001, "<1%"),
        (0.39, "39%"),
        (0.996, ">99%"),
        (1, "100%"),
    ],
)
def test_a_share_is_never_rounded_to_nothing_or_all(share: float, text: str) -> None:
    assert interface("en").format.percent(share) == text


def test_a_window_title_has_no_direction_controls() -> None:
    assert plain("a\u202eb\u2066c") == "abc"
    assert len(plain("x" * 5_000)) == 600
