"""Merging, its budget, and what survives."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.domain.clustering import Clustering, ClusteringSettings
from pipeline.domain.clustering.repair import story_pair
from pipeline.domain.clustering.story_codec import StateError, decode_story, encode_story
from pipeline.domain.clustering.types import Merge
from tests.unit.clustering.helpers import HOUR_S, MODEL, article, committed

NEVER_JOIN = replace(MODEL, join_threshold=1.1)


def _apart(later_s: float, max_merged_share: float) -> Clustering:
    """Four stories of one article each, two topics, that the clustering would now call two stories."""
    live = Clustering(NEVER_JOIN, ClusteringSettings(max_merged_share=max_merged_share))
    committed(live, [article(topic, number, at=0.0) for number in range(2) for topic in range(2)])
    committed(live, [article(9, number, at=later_s) for number in range(3)])
    return live


def _merge(live: Clustering) -> list[Merge]:
    pair = story_pair(article(0, 0).article_id[:20], article(0, 1).article_id[:20])
    object.__setattr__(live._repair._model, "merge_logit", -100.0)
    try:
        return live._repair.merge_all([pair], live._idf())
    finally:
        object.__setattr__(live._repair._model, "merge_logit", NEVER_JOIN.merge_logit)


def test_the_older_of_two_equal_stories_survives() -> None:
    assert _merge(_apart(later_s=0.0, max_merged_share=1.0)) == [
        Merge(survivor=article(0, 0).article_id[:20], absorbed=article(0, 1).article_id[:20])
    ]


def test_a_late_merge_that_the_budget_forbids_does_not_happen() -> None:
    assert _merge(_apart(later_s=48 * HOUR_S, max_merged_share=0.0)) == []


def test_a_merge_in_the_first_hour_costs_nothing() -> None:
    assert len(_merge(_apart(later_s=0.5 * HOUR_S, max_merged_share=0.0))) == 1


def test_a_state_reads_back_as_it_was_written() -> None:
    live = _apart(later_s=0.0, max_merged_share=1.0)
    for state in live.snapshot().states.values():
        assert encode_story(decode_story(state)) == state


@pytest.mark.parametrize("damaged", [b"", b"\x05\x00\x00\x00{}", b"\xff\xff\xff\xff"])
def test_a_damaged_state_is_a_named_error(damaged: bytes) -> None:
    with pytest.raises(StateError):
        decode_story(damaged)
