"""The front page in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from pipeline.testing.articles import START
from pipeline.testing.outlets import OUTLETS
from pipeline.testing.records import member, some_story, story
from tests.browser.conftest import LiveBoard, wait_for_text
from tests.support.blast import blast

OpenPage = Callable[..., Any]


@pytest.fixture(autouse=True)
def _stories(live: LiveBoard) -> None:
    for number in range(30):
        live.view.apply(some_story(number))
    live.view.apply(blast(10))


def test_counts_grow_in_place_and_the_order_stays(live: LiveBoard, open_page: OpenPage) -> None:
    page = open_page("/?q=kestrel")
    card = page.locator("#story-st-harbour-blast")
    assert "10 articles" in card.inner_text()
    live.view.apply(blast())
    wait_for_text(page, "#story-st-harbour-blast [data-articles]", "18 articles")
    assert page.locator("#live-bar").is_hidden()


def test_a_new_top_story_is_offered_and_not_forced_on_the_reader(live: LiveBoard, open_page: OpenPage) -> None:
    page = open_page("/")
    page.locator(".cards > li").nth(8).scroll_into_view_if_needed()
    first = page.locator(".cards > li").first.get_attribute("id")
    at = page.locator(".cards > li").nth(8).bounding_box()
    news = [member(o, "Something big", START + timedelta(days=4)) for o in OUTLETS[:12]]
    live.view.apply(story("st-big", news))
    page.locator("#live-bar").wait_for()
    assert page.locator("#live-bar").inner_text() == "1 story moved up – show"
    assert page.locator(".cards > li").first.get_attribute("id") == first
    assert page.locator(".cards > li").nth(8).bounding_box() == at
    page.locator("#live-link").click()
    page.locator("#story-st-big").wait_for()
    assert page.locator(".cards > li").first.get_attribute("id") == "story-st-big"


def test_an_empty_board_fills_by_itself(live: LiveBoard, open_page: OpenPage) -> None:
    page = open_page("/?q=zanzibar")
    assert "No story matches" in page.locator("main").inner_text()
    live.view.apply(story("z", [member(OUTLETS[0], "Zanzibar votes", START)]))
    page.locator("#story-z").wait_for()


@pytest.mark.parametrize("script", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_a_search_by_the_form_finds_and_leads_to_a_story(open_page: OpenPage, script: bool) -> None:
    page = open_page("/", script=script)
    page.get_by_label("Search", exact=True).fill("corroded")
    page.get_by_label("Coverage").select_option("left-covers")
    page.get_by_role("button", name="Apply").click()
    page.get_by_role("heading", name="Stories found").wait_for()
    assert page.locator(".cards > li").count() in (0, 1)
    page.goto(page.url.replace("corroded", "kestrel"))
    page.locator(".card-title a").click()
    page.locator("#articles").wait_for()


def test_the_next_page_goes_on_where_the_first_ended(open_page: OpenPage) -> None:
    page = open_page("/")
    first = {each.get_attribute("id") for each in page.locator(".cards > li").all()}
    page.get_by_role("link", name="Next").click()
    page.get_by_text("Page 2 of 2").wait_for()
    second = {each.get_attribute("id") for each in page.locator(".cards > li").all()}
    assert len(first) == 20
    assert len(first | second) == 31


def test_the_keyboard_goes_through_the_page_in_its_order(open_page: OpenPage) -> None:
    page = open_page("/")
    seen = []
    for _ in range(15):
        page.keyboard.press("Tab")
        seen.append(page.evaluate("document.activeElement.id || document.activeElement.textContent.trim()"))
    assert seen == [
        "Skip to content",
        "Groundswell",
        "Stories",
        "Blindspots",
        "EN",
        "ES",
        "DE",
        "FR",
        "f-q",
        "f-coverage",
        "f-topic",
        "f-language",
        "f-country",
        "f-sort",
        "Apply",
    ]
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    page.goto(page.url)
    page.keyboard.press("Tab")
    assert page.locator(".skip").bounding_box()["width"] > 50
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "f-q"


@pytest.mark.parametrize("language", ["en", "es", "de", "fr"])
def test_on_a_phone_all_filters_are_in_view_and_each_legend_is_one_line(
    open_page: OpenPage, language: str
) -> None:
    page = open_page("/", width=390, language=language)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    hidden = "[...document.querySelectorAll('.filters *')].filter(each => each.scrollWidth > each.clientWidth + 1)"
    assert page.evaluate(f"{hidden}.map(each => each.id || each.className)") == []
    edges = page.evaluate(
        "[...document.querySelectorAll('.filters select')].map(e => e.getBoundingClientRect().right)"
    )
    assert len(edges) == 5
    assert max(edges) <= 390
    for width in (390, 1280, 768):
        page.set_viewport_size({"width": width, "height": 844})
        wide = "[...document.querySelectorAll('.legend')].filter(e => e.scrollWidth > e.clientWidth).length"
        high = "Math.max(...[...document.querySelectorAll('.legend')].map(e => e.offsetHeight))"
        assert (page.evaluate(wide), page.evaluate(high) < 30) == (0, True), width


def test_the_switch_turns_the_board_into_another_language_for_good(open_page: OpenPage) -> None:
    page = open_page("/?q=kestrel")
    page.get_by_role("link", name="DE: Deutsch").click()
    page.get_by_role("heading", name="Gefundene Themen").wait_for()
    page.get_by_role("link", name="Blinde Flecken").first.click()
    page.get_by_role("heading", name="Blinde Flecken").wait_for()
    assert page.evaluate("document.documentElement.lang") == "de"
