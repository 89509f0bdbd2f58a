"""What a record wants to know of a story: what is related to it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.domain.clustering.hints import RELATED_SIMILARITY, _as_of_its_article, _related
from pipeline.domain.clustering.member import LiveMember
from pipeline.domain.clustering.story import LiveStory
from tests.unit.clustering.made import member, story

ALONE = story(member("a", (2.0, 0.0)))


def known(_: LiveMember, count: int) -> list[tuple[float, str]]:
    return [(1.0, "t"), (0.5, "u")][:count]


def test_what_is_near_a_story_of_one_article_is_near_that_by_the_direction_alone() -> None:
    assert _as_of_its_article(ALONE, 9, known) == [(0.5, "t"), (0.25, "u")]
    assert _as_of_its_article(ALONE, 9, lambda *_: None) is None


@pytest.mark.parametrize(
    "several", [story(member("a"), member("b")), replace(ALONE, size=2), replace(ALONE, size=3)]
)
def test_of_several_articles_none_stands_for_the_story(several: LiveStory) -> None:
    assert _as_of_its_article(several, 9, known) is None


def test_stories_that_are_near_enough_are_related_and_none_to_itself() -> None:
    near = [(1.0, "s"), (0.9, "t"), (RELATED_SIMILARITY, "u"), (RELATED_SIMILARITY - 0.01, "v")]
    assert _related(ALONE, near) == ("t", "u")
