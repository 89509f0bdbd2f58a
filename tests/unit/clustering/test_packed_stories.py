"""Live stories as a mapping of packed states: what is read is what was put, and refused changes leave no trace."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.clustering.live_stories import LiveStories
from pipeline.domain.clustering.packed_stories import PackedStories
from pipeline.domain.clustering.state_error import StateError
from pipeline.domain.clustering.story import LiveStory
from pipeline.domain.clustering.story_codec import encode_story
from pipeline.domain.clustering.types import LiveStoriesDelta
from tests.unit.clustering.made import member, story

IDS = st.sampled_from("abcd")
STEPS = st.lists(st.tuples(st.sampled_from(["put", "remove", "commit", "rollback"]), IDS), max_size=30)


def version(story_id: str, number: int) -> LiveStory:
    return story(member(f"{story_id}{number}", (1.0, 0.0), sequence=number), story_id=story_id)


def content(packed: PackedStories) -> dict[str, bytes]:
    assert len(packed) == len(list(packed))
    assert all(packed.state(each) == encode_story(found) for each, found in packed.items())
    assert all(packed.id_at(packed.row(each)) == each for each in packed)
    assert len({packed.row(each) for each in packed}) == len(packed)
    return {each: packed.state(each) for each in packed}


@given(STEPS, st.integers(1, 3))
def test_whatever_is_put_removed_kept_and_undone_it_reads_as_a_plain_mapping(
    steps: list[tuple[str, str]], recent: int
) -> None:
    packed, plain, committed = PackedStories(recent), dict[str, bytes](), dict[str, bytes]()
    for number, (step, story_id) in enumerate(steps):
        if step == "put":
            packed.put(version(story_id, number))
            plain[story_id] = encode_story(version(story_id, number))
        elif step == "remove" and story_id in plain:
            packed.remove(story_id)
            del plain[story_id]
        elif step == "commit":
            packed.commit()
            committed = dict(plain)
        elif step == "rollback":
            packed.rollback()
            plain = dict(committed)
        assert content(packed) == plain
        before = {each: packed.committed(each) for each in packed.changed}
        assert {each for each, was in before.items() if was is not None} == before.keys() & committed.keys()


def test_a_story_that_is_not_there_is_a_key_error_also_before_the_commit() -> None:
    packed = PackedStories()
    packed.put(version("a", 1))
    packed.commit()
    packed.remove("a")
    with pytest.raises(KeyError):
        packed["a"]
    assert packed.get("b") is None
    assert "a" not in packed


def test_centroids_are_those_of_the_latest_change_whether_it_is_kept_yet_or_not() -> None:
    packed = PackedStories(recent=1)
    for each in "ab":
        packed.put(version(each, 1))
    packed.commit()
    packed.put(story(member("a2", (0.0, 1.0)), story_id="a"))
    assert packed.centroids(["a", "b"]).tolist() == [[0.0, 1.0], [1.0, 0.0]]
    packed.commit()
    assert packed.centroids(["a", "b"]).tolist() == [[0.0, 1.0], [1.0, 0.0]]


def test_a_story_that_was_asked_for_lately_is_not_decoded_again() -> None:
    packed = PackedStories(recent=2)
    for each in "abc":
        packed.put(version(each, 1))
    packed.commit()
    first = packed["a"]
    assert packed["a"] is first
    assert packed["b"] is packed["b"]
    packed["c"]
    assert packed["a"] is not first


@pytest.mark.parametrize("damage", [lambda state: state + b"\0", lambda state: state[:-1]])
def test_the_first_few_stories_whose_states_are_damaged_are_named(
    damage: Callable[[bytes], bytes],
) -> None:
    states = {f"s{number:02}": encode_story(version(f"s{number:02}", number)) for number in range(30)}
    states |= {each: damage(state) for each, state in states.items() if each[-1] in "37"}
    packed = PackedStories()
    packed.load(states)
    named = r"\(story s03, s07, s13, s17, s23 and 1 more\)\. .*restore a backup"
    for read in (packed.stored_columns, packed.stored_centroids):
        with pytest.raises(StateError, match=named):
            read(range(30))
    with pytest.raises(StateError, match=r"\(story s07\)\. "):
        packed["s07"]
    with pytest.raises(StateError, match=r"\(story s13\)\. "):
        LiveStories().apply(LiveStoriesDelta({"s13": states["s13"]}, {}, None, b""))


def test_of_states_that_can_only_not_be_read_together_the_first_few_are_named() -> None:
    packed = PackedStories()
    packed.load(
        {"flat": encode_story(version("flat", 1)), "deep": encode_story(story(member("d", (1.0, 0.0, 0.0))))}
    )
    with pytest.raises(StateError, match=r"several sizes of vectors \(story flat, deep\)"):
        packed.stored_centroids([0, 1])
