"""A story's page in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from groundswell.record import Reason, Status
from pipeline.testing.articles import START
from pipeline.testing.outlets import OUTLETS
from pipeline.testing.records import member, some_story, story
from tests.browser.conftest import LiveBoard, wait_for_text
from tests.support.blast import blast

STORY = "/stories/st-harbour-blast"
OpenPage = Callable[..., Any]


@pytest.fixture(autouse=True)
def _stories(live: LiveBoard) -> None:
    for number in range(5):
        live.view.apply(some_story(number))
    live.view.apply(blast(10))


@pytest.mark.parametrize("script", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_a_story_shows_title_summary_articles_and_bias_bar(
    live: LiveBoard, open_page: OpenPage, script: bool
) -> None:
    live.view.apply(blast())
    page = open_page(STORY, script=script)
    assert page.locator("h1").inner_text() == "Corroded valve caused Port Kestrel blast, preliminary report says"
    assert "corroded valve let fuel escape" in page.locator(".standfirst").inner_text()
    assert page.locator(".articles > li").count() == 18
    assert page.locator("#articles-title").inner_text() == "18 articles"
    widths = [float(each.get_attribute("width")) for each in page.locator("#bias .bar rect").all()]
    assert widths == pytest.approx([100 * n / 15 for n in (6, 5, 4)], abs=0.01)
    shown = [each.bounding_box()["width"] for each in page.locator("#bias .bar rect").all()]
    assert shown == pytest.approx([sum(shown) * n / 15 for n in (6, 5, 4)], rel=0.02)
    assert "6 of 15 (40%)" in page.locator("#bias .bar").get_attribute("aria-label")


def test_live_coverage_grows_the_page_without_moving_the_reader(live: LiveBoard, open_page: OpenPage) -> None:
    page = open_page(STORY)
    assert page.locator("#articles-title").inner_text() == "10 articles"
    article = page.locator(".articles > li").nth(4)
    article.scroll_into_view_if_needed()
    page.evaluate("scrollBy(0, 150)")
    name = article.get_attribute("id")
    before = page.locator(f"#{name}").bounding_box()["y"]
    live.view.apply(blast())
    wait_for_text(page, "#articles-title", "18 articles")
    assert page.locator(f"#{name}").bounding_box()["y"] == pytest.approx(before, abs=2)
    assert page.locator("#source-total").inner_text() == "17"
    assert page.locator("#announcer").inner_text() == "Story updated: 18 articles now."
    assert page.locator(".articles > li.is-new").count() == 8


def test_live_coverage_leaves_focus_and_what_was_folded_open(live: LiveBoard, open_page: OpenPage) -> None:
    page = open_page(STORY)
    page.locator("#timeline-table summary").click()
    page.locator("#tab-left").focus()
    live.view.apply(blast())
    wait_for_text(page, "#articles-title", "18 articles")
    assert page.evaluate("document.activeElement.id") == "tab-left"
    assert page.locator("#timeline-table").get_attribute("open") is not None


def test_sections_that_a_story_gains_appear_and_lost_ones_leave(live: LiveBoard, open_page: OpenPage) -> None:
    live.view.apply(blast(11, contradictions=[], key_points=[], milestones=[]))
    page = open_page(STORY)
    assert page.locator("#contradictions").count() == page.locator("#points").count() == 0
    live.view.apply(blast(12))
    page.locator("#contradictions").wait_for()
    order = page.evaluate("[...document.querySelectorAll('section[id]')].map(each => each.id)")
    assert order[0] == "points"
    assert order.index("perspectives") < order.index("contradictions") < order.index("articles")
    live.view.apply(blast(13, contradictions=[]))
    page.locator("#contradictions").wait_for(state="detached")


def test_an_update_keeps_the_tab_that_the_reader_chose(live: LiveBoard, open_page: OpenPage) -> None:
    page = open_page(STORY)
    page.locator("#tab-left").click()
    page.locator("#tab-left[aria-current=true]").wait_for()
    live.view.apply(blast())
    wait_for_text(page, "#articles-title", "18 articles")
    assert page.locator("#tab-left").get_attribute("aria-current") == "true"
    assert page.locator(".articles > li").count() == 6
    assert page.url.endswith("?side=left")


@pytest.mark.parametrize("script", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_tabs_and_sorting_work(live: LiveBoard, open_page: OpenPage, script: bool) -> None:
    live.view.apply(blast())
    page = open_page(STORY, script=script)
    page.locator("#tab-right").click()
    page.locator("#tab-right[aria-current=true]").wait_for()
    assert page.locator(".articles > li").count() == 4
    page.get_by_role("link", name="Oldest").click()
    page.locator(".sort a[aria-current=true]", has_text="Oldest").wait_for()
    times = [each.get_attribute("datetime") for each in page.locator(".articles time").all()]
    assert times == sorted(times)


def test_a_story_that_is_merged_away_while_it_is_read_turns_into_the_survivor(
    live: LiveBoard, open_page: OpenPage
) -> None:
    live.view.apply(story("small", [member(OUTLETS[5], "Fire at the terminal", START)], revision=1))
    page = open_page("/stories/small")
    live.view.apply(blast(absorbed=["small"]))
    live.view.apply(
        story(
            "small",
            [member(OUTLETS[5], "x", START)],
            revision=2,
            status=Status.MERGED,
            merged_into="st-harbour-blast",
            revision_reasons=[Reason.MERGED],
        )
    )
    wait_for_text(page, "#articles-title", "18 articles")
    assert page.url.endswith(STORY)
    assert "merged into another" in page.locator("#announcer").inner_text()
    assert "Fire at the terminal" in page.locator(".lineage").inner_text()


def test_the_address_of_a_merged_story_leads_to_the_survivor(live: LiveBoard, open_page: OpenPage) -> None:
    live.view.apply(blast(absorbed=["old"]))
    page = open_page("/stories/old")
    assert page.url.endswith(STORY)


HOSTILE = "<script>document.title='owned';alert(1)</script><img src=x onerror=alert(2)>"


def test_a_script_in_a_title_is_text_and_nothing_else(live: LiveBoard, open_page: OpenPage) -> None:
    evil = member(OUTLETS[0], HOSTILE, START, url="javascript:alert(3)", snippet=HOSTILE)
    live.view.apply(story("evil", [evil], revision=1))
    page = open_page("/stories/evil")
    assert page.locator("h1").inner_text() == HOSTILE
    assert page.locator("main script, main img").count() == 0
    live.view.apply(story("evil", [evil, member(OUTLETS[1], HOSTILE + "2", START)], revision=2))
    wait_for_text(page, "#articles-title", "2 articles")
    assert page.locator("main script, main img").count() == 0
    assert "owned" not in page.title().split("<")[0]
    page.goto(live.address + "/")
    assert page.get_by_role("link", name=HOSTILE).count() == 1


def test_a_title_that_turns_direction_does_not_turn_its_surroundings(live: LiveBoard, open_page: OpenPage) -> None:
    title = "\u202eReversed headline"
    live.view.apply(story("bidi", [member(OUTLETS[0], title, START)]))
    page = open_page("/stories/bidi")
    outlet = page.locator(".article-outlet").first
    assert page.evaluate("getComputedStyle(document.querySelector('h1 bdi')).unicodeBidi") == "isolate"
    assert outlet.inner_text().startswith("The Harbour Ledger")


def test_on_a_phone_the_articles_come_before_the_statistics(live: LiveBoard, open_page: OpenPage) -> None:
    live.view.apply(blast())
    page = open_page(STORY, width=390)
    tops = "name => document.getElementById(name).getBoundingClientRect().top"
    articles, *statistics = (
        page.evaluate(tops, name) for name in ("articles", "bias", "details", "timeline", "ownership")
    )
    assert articles < 2_700
    assert min(statistics) > articles
    page.locator("#article-total").click()
    assert page.evaluate(tops, "articles") < 100


def test_the_id_of_a_merged_story_leads_to_where_it_lives_now(live: LiveBoard, open_page: OpenPage) -> None:
    live.view.apply(blast(absorbed=["old-id"]))
    page = open_page(STORY)
    page.get_by_role("link", name="old-id").click()
    page.locator(".lineage").wait_for()
    assert page.url.endswith(STORY)


@pytest.mark.parametrize("width", [320, 360, 768, 1280])
def test_no_page_scrolls_sideways(live: LiveBoard, open_page: OpenPage, width: int) -> None:
    live.view.apply(blast(title="Donaudampfschifffahrtsgesellschaftskapitän" * 4))
    for path in ("/", STORY, "/blindspots"):
        page = open_page(path, width=width)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
