"""What a desk decided is followed by repair; and each case is one that repair would decide otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from pipeline.domain.clustering import Clustering, ClusteringSettings, JoinModel
from pipeline.domain.clustering.desk import Action, NothingToDoError, Order, OrderRefusedError, corrected
from pipeline.domain.clustering.notes import (
    MAX_PLACED,
    NO_NOTES,
    DeskNotes,
    parted,
    repair_may_merge,
    side,
    together,
)
from pipeline.domain.clustering.story import LiveStory
from pipeline.domain.clustering.story_codec import decode_story, encode_story
from pipeline.domain.clustering.types import Changes, EncodedArticle, LiveStoriesDelta, NewVersion
from tests.unit.clustering.helpers import MODEL, article, committed

TOKEN = "0badcafe"
JOIN_ALL = replace(MODEL, join_threshold=1e-20, gray_low=2.0, split_logit=0.0)


def stories(live: Clustering) -> dict[str, LiveStory]:
    return {each: decode_story(state) for each, state in live.snapshot().states.items()}


def corrects(live: Clustering, order: Order) -> Changes:
    """The correction, as a clusterer hears of it."""
    changes = corrected(order, stories(live), {}, {}, None)
    gone = {each.absorbed: None for each in changes.merges}
    live.apply(LiveStoriesDelta({**changes.states, **gone}, {}, None, b""))
    return changes


def forgets_notes(live: Clustering) -> None:
    states = {each: encode_story(replace(story, notes=NO_NOTES)) for each, story in stories(live).items()}
    live.apply(LiveStoriesDelta(dict(states), {}, None, b""))


def swept(live: Clustering) -> Changes:
    changes = live.sweep()
    live.commit()
    return changes


def with_story(model: JoinModel = MODEL, batch: Sequence[EncodedArticle] = (), **settings: Any) -> Clustering:
    live = Clustering(model, ClusteringSettings(**settings))
    committed(live, batch)
    return live


BATCH = [article(0, number) for number in range(6)]
MIXED = [article(int(topic), number) for number, topic in enumerate("000110")]


def split_in_two() -> tuple[Clustering, str]:
    live = with_story(batch=BATCH)
    (story_id,) = stories(live)
    leaving = tuple(each.article_id for each in BATCH[4:])
    corrects(live, Order(Action.SPLIT, story_id, "f" * 20, leaving, TOKEN))
    return live, story_id


def test_what_a_desk_parted_is_merged_by_no_sweep_and_by_no_article_that_fits_both() -> None:
    live, _ = split_in_two()
    assert swept(live).merges == []
    committed(live, [article(0, 6)], [article(0, 7)])
    assert swept(live).merges == []
    assert len(stories(live)) == 2
    forgets_notes(live)
    committed(live, [article(0, 8)])
    swept(live)
    assert len(stories(live)) == 1, "repair would not have merged them anyway"


def test_what_a_desk_merges_after_it_had_parted_it_is_parted_no_more() -> None:
    live, story_id = split_in_two()
    corrects(live, Order(Action.MERGE, story_id, "f" * 20))
    (story,) = stories(live).values()
    assert (story.size, story.notes.sides) == (6, frozenset())
    assert story.notes.placed == {each.article_id for each in BATCH}


def test_what_a_desk_merged_is_split_by_no_sweep() -> None:
    live = with_story(JOIN_ALL, MIXED, max_parted_share=1.0)
    (story_id,) = stories(live)
    apart = Order(Action.SPLIT, story_id, "f" * 20, tuple(each.article_id for each in MIXED[3:5]), TOKEN)
    corrects(live, apart)
    corrects(live, Order(Action.MERGE, story_id, "f" * 20))
    assert swept(live).splits == []
    forgets_notes(live)
    committed(live, [article(0, 9)])
    assert len(swept(live).splits) == 1, "repair would not have split it anyway"


def test_a_part_with_an_article_that_a_desk_put_there_keeps_the_id_and_the_other_one_its_side() -> None:
    live = with_story(JOIN_ALL, [*MIXED, article(2, 0)], max_parted_share=1.0)
    (story_id,) = stories(live)
    moved = MIXED[3].article_id
    corrects(live, Order(Action.SPLIT, story_id, "e" * 20, (moved,), TOKEN))
    corrects(live, Order(Action.MOVE, story_id, "e" * 20, (moved,)))
    marked = stories(live)[story_id]
    sides = frozenset((side(TOKEN, second=True),))
    marked = replace(marked, notes=replace(marked.notes, sides=sides))
    live.apply(LiveStoriesDelta({story_id: encode_story(marked)}, {}, None, b""))
    (split,) = swept(live).splits
    assert moved not in split.article_ids
    assert moved in {each.article_id for each in stories(live)[split.story_id].members}
    assert stories(live)[split.new_story_id].notes == DeskNotes(sides=sides)


def test_a_pinned_or_hidden_story_is_left_alone_by_repair() -> None:
    live = with_story(JOIN_ALL, MIXED, max_parted_share=1.0)
    (story_id,) = stories(live)
    for action, opposite in ((Action.HIDE, Action.UNHIDE), (Action.PIN, Action.UNPIN)):
        corrects(live, Order(action, story_id))
        assert swept(live).splits == []
        corrects(live, Order(opposite, story_id))
        committed(live, [article(0, 10)])
    assert len(swept(live).splits) == 1, "repair would not have split it anyway"


def test_a_pinned_story_does_not_expire_and_a_hidden_one_does() -> None:
    live = with_story(batch=[article(0, 0), article(1, 0)], quiet_articles=3)
    pinned, hidden = stories(live)
    corrects(live, Order(Action.PIN, pinned))
    corrects(live, Order(Action.HIDE, hidden))
    committed(live, [article(2, number) for number in range(6)])
    assert swept(live).closed == [hidden]
    corrects(live, Order(Action.UNPIN, pinned))
    assert swept(live).closed == [pinned]


def test_a_new_version_of_an_article_that_a_desk_placed_stays_whatever_it_says() -> None:
    live, story_id = split_in_two()
    other = replace(article(1, 50), article_id=BATCH[4].article_id)
    changes = live.assign((), [NewVersion(other, "f" * 20, 1)])
    live.commit()
    assert [each.story_id for each in changes.corrections] == ["f" * 20]
    left = replace(article(1, 51), article_id=BATCH[0].article_id)
    (made,) = live.assign((), [NewVersion(left, story_id, 1)]).corrections
    live.commit()
    assert made.story_id != story_id, "this one was not placed, and its new text is of something else"
    assert stories(live)[made.story_id].notes.sides == stories(live)[story_id].notes.sides


def test_neither_a_pinned_nor_a_hidden_story_is_merged_by_repair() -> None:
    for action, opposite in ((Action.PIN, Action.UNPIN), (Action.HIDE, Action.UNHIDE)):
        live, story_id = split_in_two()
        forgets_notes(live)
        corrects(live, Order(action, story_id))
        committed(live, [article(0, 6)])
        assert swept(live).merges == []
        assert len(stories(live)) == 2
        corrects(live, Order(opposite, story_id))
        committed(live, [article(0, 7)])
        swept(live)
        assert len(stories(live)) == 1, "repair would not have merged them anyway"


def test_a_moved_article_is_placed_where_it_came_to_and_no_longer_where_it_was() -> None:
    live, story_id = split_in_two()
    moved = BATCH[4].article_id
    corrects(live, Order(Action.MOVE, story_id, "f" * 20, (moved,), "00000001"))
    source, target = stories(live)["f" * 20], stories(live)[story_id]
    assert source.notes.placed == {BATCH[5].article_id}
    assert target.notes.placed == {moved}
    assert (source.size, target.size) == (1, 5)
    assert len(target.notes.sides) == 1, "they were parted already"


def test_a_move_of_the_only_article_of_a_story_merges_it_so_that_its_id_resolves() -> None:
    live = with_story(batch=[article(0, 0), article(0, 1), article(1, 0)])
    lonely = next(each for each, story in stories(live).items() if story.size == 1)
    target = next(each for each in stories(live) if each != lonely)
    changes = corrects(live, Order(Action.MOVE, target, lonely, (article(1, 0).article_id,), TOKEN))
    assert [(each.survivor, each.absorbed) for each in changes.merges] == [(target, lonely)]
    assert stories(live)[target].size == 3


def test_a_story_keeps_a_bounded_number_of_corrections_and_gives_none_up() -> None:
    live = with_story(batch=BATCH)
    (story_id,) = stories(live)
    full = replace(
        stories(live)[story_id], notes=DeskNotes(placed=frozenset(f"{each:064x}" for each in range(MAX_PLACED)))
    )
    live.apply(LiveStoriesDelta({story_id: encode_story(full)}, {}, None, b""))
    assert len(encode_story(full)) < 20 * 1024 + len(encode_story(replace(full, notes=NO_NOTES)))
    committed(live, [article(1, 0)])
    other = next(each for each in stories(live) if each != story_id)
    with pytest.raises(OrderRefusedError, match="more corrections than a story keeps"):
        corrects(live, Order(Action.MERGE, story_id, other))
    assert not repair_may_merge(full.notes, DeskNotes(placed=frozenset(("x",))))


def test_a_mark_that_is_there_is_nothing_to_do() -> None:
    live = with_story(batch=BATCH)
    (story_id,) = stories(live)
    with pytest.raises(NothingToDoError, match="is not pinned"):
        corrects(live, Order(Action.UNPIN, story_id))
    corrects(live, Order(Action.PIN, story_id))
    with pytest.raises(NothingToDoError, match="is already pinned"):
        corrects(live, Order(Action.PIN, story_id))


def test_a_story_that_is_merged_away_takes_its_side_along() -> None:
    one, other = (DeskNotes(sides=frozenset((side(TOKEN, second=each),))) for each in (False, True))
    third = together(NO_NOTES, other)
    assert parted(one, third)
    assert parted(third, one)
    assert not parted(one, one)
    assert together(one, other).sides == frozenset()


def test_repair_leaves_alone_what_only_one_side_of_a_merge_speaks_against() -> None:
    for notes, allowed in (
        (NO_NOTES, True),
        (DeskNotes(placed=frozenset(("x",))), True),
        (DeskNotes(pinned=True), False),
        (DeskNotes(hidden=True), False),
    ):
        assert repair_may_merge(notes, NO_NOTES) is allowed
        assert repair_may_merge(NO_NOTES, notes) is allowed
