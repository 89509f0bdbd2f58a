"""What a record wants to know of a story: what is related to it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pipeline.domain.clustering import clustering as clustering_module
from pipeline.domain.clustering.hints import (
    RELATED_SIMILARITY,
    _as_of_its_article,
    _related,
    cohesion,
    story_hints,
)
from pipeline.domain.clustering.live_stories import LiveStories
from pipeline.domain.clustering.member import LiveMember
from pipeline.domain.clustering.story import LiveStory
from pipeline.domain.clustering.types import EncodedArticle, Verdict
from tests.unit.clustering.helpers import DIMS, HOUR_S, article, clustering, committed
from tests.unit.clustering.made import member, story

ALONE = story(member("a", (2.0, 0.0)))


def known(_: LiveMember) -> list[LiveStory]:
    near = {"u": (0.0, 1.0), "t": (0.8, 0.6), "s": (1.0, 0.0), "r": (0.8, 0.6)}
    return [story(member(f"of {name}", values), story_id=name) for name, values in near.items()]


def test_what_is_near_a_story_of_one_article_is_near_that_by_the_direction_alone() -> None:
    found = _as_of_its_article(ALONE, known)
    assert found is not None
    assert [name for _, name in found] == ["s", "r", "t", "u"], "nearest first, ties by id"
    assert [similarity for similarity, _ in found] == pytest.approx([1.0, 0.8, 0.8, 0.0])
    assert _as_of_its_article(ALONE, lambda _: None) is None


@pytest.mark.parametrize(
    "several", [story(member("a"), member("b")), replace(ALONE, size=2), replace(ALONE, size=3)]
)
def test_of_several_articles_none_stands_for_the_story(several: LiveStory) -> None:
    assert _as_of_its_article(several, known) is None


def test_stories_that_are_near_enough_are_related_and_none_to_itself() -> None:
    near = [(1.0, "s"), (0.9, "t"), (RELATED_SIMILARITY, "u"), (RELATED_SIMILARITY - 0.01, "v")]
    assert _related(ALONE, near) == ("t", "u")


def test_the_nearest_few_are_told_nearest_first_whether_they_are_known_or_asked_for() -> None:
    replica = LiveStories()
    for number in range(5):
        angle = 0.1 * number
        replica.put(story(member(f"a{number}", (np.cos(angle), np.sin(angle))), story_id=f"s{number}"))
    asked = story_hints(replica, ["s0", "s2"], 2)
    assert (asked["s0"].related, asked["s2"].related) == (("s1", "s2"), ("s1", "s3"))
    known = story_hints(
        replica, ["s0", "s2"], 1, lambda each: [replica.stories["s4"]] if each.article_id == "a0" else None
    )
    assert (known["s0"].related, known["s2"].related) == (("s4",), ("s1",))


def test_cohesion_is_the_likeness_of_members_to_their_centre_from_0_to_1() -> None:
    assert cohesion(story(member("a", (1.0, 0.0)), member("b", (0.0, 1.0)))) == pytest.approx(np.sqrt(0.5))
    vectors = np.random.default_rng(1).normal(size=(500, DIMS))
    units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    assert all(0.99 < cohesion(story(member("a", each.tolist()))) <= 1.0 for each in units)


def test_a_batch_that_is_looked_up_in_portions_tells_the_same_of_its_stories(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def mixed(number: int) -> EncodedArticle:
        """All have one direction in common and another one of their own."""
        vector = np.zeros(DIMS, dtype=np.float32)
        vector[[0, 1 + number]] = 0.8, 0.6
        return replace(article(number, number), vector=vector)

    def related(at_once: int) -> dict[str, tuple[str, ...]]:
        monkeypatch.setattr(clustering_module, "AHEAD", at_once)
        live = clustering(max_related=3)
        committed(live, [mixed(number) for number in range(20)])
        hints = live.assign([mixed(number) for number in range(20, 28)]).hints
        return {story_id: each.related for story_id, each in hints.items()}

    assert related(1) == related(100)
    assert all(related(1).values())


def test_what_moved_away_after_an_article_was_looked_up_is_not_related_to_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def about(topic: int, number: int, *values: float, at: float = 0.0) -> EncodedArticle:
        vector = np.zeros(DIMS, dtype=np.float32)
        vector[: len(values)] = values
        return replace(article(topic, number, at), vector=vector / np.linalg.norm(vector))

    monkeypatch.setattr(clustering_module, "AHEAD", 1)
    live = clustering(max_candidates=2)
    near, *_ = committed(
        live, [about(1, 0, 0.5, 0.9), *(about(2, each, *[0] * 9, 1) for each in range(3))]
    ).values()
    alone, joining = about(0, 0, 1.0, at=90 * HOUR_S), about(1, 1, 0.1, 1.0)
    changes = live.assign([alone, joining])
    opened, joined = changes.assignments
    assert (opened.verdict, joined.story_id) == (Verdict.OPENED, near)
    assert changes.hints[opened.story_id].related == ()
