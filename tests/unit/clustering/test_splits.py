"""Splitting a story that turned out to be two."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.domain.clustering import Clustering, ClusteringSettings
from pipeline.domain.clustering.member import LiveMember
from pipeline.domain.clustering.splits import two_parts
from pipeline.domain.clustering.story import LiveStory
from pipeline.domain.clustering.story_codec import decode_story
from pipeline.domain.clustering.types import EncodedArticle, Split
from tests.unit.clustering.helpers import HOUR_S, MODEL, article, committed
from tests.unit.clustering.made import member

JOIN_ALL = replace(MODEL, join_threshold=1e-20, gray_low=2.0)


def _mixed(topics: str, later_s: float = 0.0) -> list[EncodedArticle]:
    return [article(int(topic), number, at=later_s) for number, topic in enumerate(topics)]


def _swept(
    batch: list[EncodedArticle], *, split_logit: float, max_parted_share: float = 1.0
) -> tuple[Clustering, list[Split]]:
    """All of the batch in one story, then a sweep with so strict a rule."""
    model = replace(JOIN_ALL, split_logit=split_logit)
    live = Clustering(model, ClusteringSettings(max_parted_share=max_parted_share))
    assert len(set(committed(live, batch).values())) == 1
    changes = live.sweep()
    live.commit()
    return live, changes.splits


def _ids(articles: list[EncodedArticle]) -> set[str]:
    return {each.article_id for each in articles}


def test_a_story_of_two_subjects_is_split_and_the_larger_part_keeps_the_id() -> None:
    batch = _mixed("000110")
    _, splits = _swept(batch, split_logit=0.0)
    (split,) = splits
    assert split.story_id == batch[0].article_id[:20]
    assert set(split.article_ids) == _ids(batch[3:5])


def test_both_parts_are_live_with_exactly_their_members() -> None:
    batch = _mixed("000110")
    live, (split,) = _swept(batch, split_logit=0.0)
    stories = {each: decode_story(state) for each, state in live.snapshot().states.items()}
    assert {each: _members(story) for each, story in stories.items()} == {
        split.story_id: _ids(batch) - _ids(batch[3:5]),
        split.new_story_id: _ids(batch[3:5]),
    }


def _members(story: LiveStory) -> set[str]:
    return {each.article_id for each in story.members}


def test_a_story_of_one_subject_stays_whole() -> None:
    assert _swept(_mixed("000000"), split_logit=0.0)[1] == []


def test_one_odd_article_is_not_split_off() -> None:
    assert _swept(_mixed("000010"), split_logit=100.0)[1] == []


def test_three_articles_are_too_few_to_split() -> None:
    assert _swept(_mixed("011"), split_logit=100.0)[1] == []


def test_four_articles_are_enough_to_split() -> None:
    assert len(_swept(_mixed("0011"), split_logit=100.0)[1]) == 1


def test_a_split_that_the_budget_forbids_does_not_happen() -> None:
    early, late = _mixed("000110"), [article(0, 9, at=48 * HOUR_S)]
    assert _swept([*early, *late], split_logit=100.0, max_parted_share=0.0)[1] == []


def test_a_story_is_looked_at_only_after_it_changed() -> None:
    live, splits = _swept(_mixed("000110"), split_logit=-100.0)
    assert splits == []
    object.__setattr__(live._model, "split_logit", 100.0)
    assert live.sweep().splits == []


@pytest.mark.parametrize("topics", ["0011", "00011", "0101010"])
def test_two_means_finds_the_two_subjects(topics: str) -> None:
    live, _ = _swept(_mixed(topics), split_logit=-100.0)
    (state,) = live.snapshot().states.values()
    larger, smaller = two_parts(decode_story(state).members)
    expected = {
        topic: {each.article_id for each, own in zip(_mixed(topics), topics, strict=True) if own == topic}
        for topic in "01"
    }
    assert sorted([_named(larger), _named(smaller)]) == sorted(sorted(each) for each in expected.values())
    assert len(larger) >= len(smaller)


def _named(members: tuple[LiveMember, ...]) -> list[str]:
    return sorted(each.article_id for each in members)


def _parts(*vectors: tuple[float, float]) -> tuple[list[str], list[str]]:
    found = two_parts(tuple(member(str(at), each, sequence=at) for at, each in enumerate(vectors)))
    larger, smaller = ([each.article_id for each in part] for part in found)
    return larger, smaller


def test_the_larger_part_comes_first_and_of_equal_ones_the_older() -> None:
    assert _parts((0, 1), (1, 0), (1, 0), (0, 1), (1, 0)) == (["1", "2", "4"], ["0", "3"])
    assert _parts((0, 1), (1, 0), (1, 0), (0, 1)) == (["0", "3"], ["1", "2"])
    assert _parts((0.6, 0.8), (1, 0), (0, 1), (1, 0)) == (["0", "2"], ["1", "3"])
    assert _parts((1, 0), (1, 0), (1, 0)) == (["0", "1", "2"], [])


def test_a_member_goes_to_the_part_that_it_is_more_like_however_large_the_other_is() -> None:
    assert _parts(*[(1.0, 0.0)] * 6, (0.0, 1.0), (0.6, 0.8))[1] == ["6", "7"]
