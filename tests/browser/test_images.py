"""Pictures of stories in a real browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from pipeline.testing.articles import START
from pipeline.testing.outlets import OUTLETS
from pipeline.testing.records import member, some_story, story
from tests.browser.conftest import LiveBoard
from tests.browser.test_accessible import RULES
from tests.support.blast import blast
from tests.support.pictures import picture
from tests.unit.producers.feed_server import FeedServer, Reply, feed_server

OpenPage = Callable[..., Any]
SHIFTS = """() => new Promise(done => {
  let sum = 0;
  new PerformanceObserver(list => { for (const each of list.getEntries()) sum += each.value; })
    .observe({ type: "layout-shift", buffered: true });
  setTimeout(() => done(sum), 300);
})"""


@pytest.fixture
def outlet() -> Iterator[FeedServer]:
    with feed_server() as running:
        running.replies["/p.jpg"] = Reply(picture(1_200, 1_500), headers={"Content-Type": "image/jpeg"})
        yield running


@pytest.fixture(autouse=True)
def _stories(live: LiveBoard, outlet: FeedServer) -> None:
    for number in range(8):
        live.view.apply(some_story(number))
    live.view.apply(
        story("st-lost", [member(OUTLETS[0], "Ferry sinks", START)], image_url=f"{outlet.url}/gone.jpg")
    )
    whole = blast()
    pictured = [each.model_copy(update={"image_url": f"{outlet.url}/p.jpg"}) for each in whole.articles]
    live.view.apply(whole.model_copy(update={"articles": pictured, "image_url": f"{outlet.url}/p.jpg"}))


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("path", ["/?q=harbour", "/stories/st-harbour-blast"])
def test_a_picture_comes_into_its_place_and_moves_nothing(open_page: OpenPage, path: str, width: int) -> None:
    page = open_page(path, width=width)
    image = page.locator(".picture img").first
    image.scroll_into_view_if_needed()
    while not image.evaluate("each => each.complete && each.naturalWidth"):
        page.wait_for_timeout(20)
    assert image.evaluate("each => each.naturalWidth") == 640
    box = image.bounding_box()
    assert box["width"] > box["height"], "a portrait is cut to the shape of its place"
    assert box["x"] + box["width"] <= width
    assert page.evaluate(SHIFTS) < 0.01
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_picture_that_cannot_be_had_leaves_nothing_behind(browser: Any, live: LiveBoard) -> None:
    page = browser.new_page()
    page.goto(f"{live.address}/stories/st-lost")
    page.locator(".picture").wait_for(state="detached")
    assert page.get_by_role("heading", level=1).is_visible()
    page.close()


@pytest.mark.parametrize(("language", "width", "scheme"), [("en", 360, "dark"), ("de", 1280, "light")])
@pytest.mark.parametrize("path", ["/?q=harbour", "/stories/st-harbour-blast"])
def test_axe_has_no_finding_on_pages_with_pictures(
    open_page: OpenPage, axe: str, path: str, language: str, width: int, scheme: str
) -> None:
    page = open_page(path, width=width, scheme=scheme, language=language)
    page.locator(".picture").first.wait_for()
    page.evaluate(axe)
    found = page.evaluate("rules => axe.run({runOnly: rules})", RULES)
    assert [(each["id"], each["nodes"][0]["html"][:160]) for each in found["violations"]] == []
