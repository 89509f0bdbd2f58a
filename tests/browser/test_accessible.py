"""axe finds nothing serious on any page, in light and dark, on desk and phone, in every language of the board."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from pipeline.testing.articles import START
from pipeline.testing.outlets import OUTLETS
from pipeline.testing.records import member, some_story, story
from tests.browser.conftest import LiveBoard
from tests.support.blast import blast

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(autouse=True)
def _stories(live: LiveBoard) -> None:
    for number in range(30):
        live.view.apply(some_story(number))
    live.view.apply(blast(10))
    live.view.apply(blast(absorbed=["old"]))
    live.view.apply(story("st-blind", [member(o, "Nobody on the right says so", START) for o in OUTLETS[:10]]))


BOTH = [(360, "light"), (1280, "dark")]
ALL = [*BOTH, (360, "dark"), (1280, "light")]
"""Colours and layout are those of every language, so the others are looked at once a page."""


@pytest.mark.parametrize(
    ("language", "path", "looks"),
    [
        ("en", "/", ALL),
        ("en", "/?q=kestrel", BOTH),
        ("en", "/?q=nothing-there", BOTH),
        ("en", "/blindspots", BOTH),
        ("en", "/stories/st-harbour-blast", ALL),
        ("en", "/stories/st-blind", BOTH),
        *(
            (language, path, [look])
            for language in ("es", "de", "fr")
            for path, look in zip(("/", "/blindspots", "/stories/st-harbour-blast"), ALL, strict=False)
        ),
    ],
)
def test_axe_has_no_serious_finding(
    open_page: Callable[..., Any], axe: str, language: str, path: str, looks: list[tuple[int, str]]
) -> None:
    page = open_page(path, language=language)
    page.evaluate(axe)  # not as an element: the policy would refuse it
    for width, scheme in looks:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        found = page.evaluate("rules => axe.run({runOnly: rules})", RULES)
        bad = [
            f"{each['impact']} {each['id']}: {each['help']}: {[node['html'][:160] for node in each['nodes'][:3]]}"
            for each in found["violations"]
        ]
        assert bad == [], (width, scheme)
        assert len(found["passes"]) > 15


def test_headings_are_in_order_and_landmarks_are_there(open_page: Callable[..., Any]) -> None:
    page = open_page("/stories/st-harbour-blast")
    levels = [
        int(tag[1])
        for tag in page.evaluate("[...document.querySelectorAll('h1,h2,h3,h4')].map(each => each.tagName)")
    ]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(below - above <= 1 for above, below in pairwise(levels))
    for landmark in ("banner", "navigation", "main", "contentinfo", "complementary", "search"):
        assert page.get_by_role(landmark).count() >= 1, landmark
