"""What is stored of a story and of the stream reads back as it was."""

from __future__ import annotations

import dataclasses
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.clustering.member import LiveMember
from pipeline.domain.clustering.packed_vectors import rounded
from pipeline.domain.clustering.state_error import StateError
from pipeline.domain.clustering.story import LiveStory, of_members
from pipeline.domain.clustering.story_codec import decode_story, encode_story
from pipeline.domain.clustering.stream import StreamState, decode_stream, encode_stream
from tests.unit.clustering.drawn import COUNTS, DIMS, ROUGH, TIMES, VECTORS, members, stories
from tests.unit.clustering.made import member, story, terms


def alike(one: Any, other: Any) -> bool:
    """Equal in every field, arrays in value and type."""
    if dataclasses.is_dataclass(one):
        return all(alike(getattr(one, each.name), getattr(other, each.name)) for each in dataclasses.fields(one))
    if isinstance(one, np.ndarray):
        return bool(one.dtype == other.dtype and np.array_equal(one, other))
    if isinstance(one, tuple):
        return len(one) == len(other) and all(map(alike, one, other))
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(alike(one[each], other[each]) for each in one)
    return bool(one == other and type(one) is type(other))


@given(stories())
def test_a_story_reads_back_as_it_was_stored(story: LiveStory) -> None:
    assert alike(decode_story(encode_story(story)), story)


@given(
    st.dictionaries(st.sampled_from(["", "en", "pt", "*"]), st.tuples(st.floats(0, 1e6), VECTORS), min_size=1),
    st.lists(st.floats(0, 4e9), max_size=5),
    TIMES,
    st.tuples(st.integers(1, 2**53), COUNTS, COUNTS, COUNTS),
)
def test_the_state_of_the_stream_reads_back_as_it_was_stored(
    languages: dict[str, tuple[float, Any]], recent: list[float], arrived: float | None, counts: tuple[int, ...]
) -> None:
    seen, merged, parted, swept = counts
    state = StreamState(
        counts={each: count for each, (count, _) in languages.items()},
        sums={each: total for each, (_, total) in languages.items()},
        recent=tuple(recent),
        arrived=arrived,
        seen=seen,
        merged=merged,
        parted=parted,
        swept=swept,
    )
    assert alike(decode_stream(encode_stream(state)), state)


def test_a_stream_that_saw_nothing_is_stored_as_nothing() -> None:
    assert encode_stream(StreamState()) == b""
    assert decode_stream(b"") == StreamState()


def test_an_id_may_be_long() -> None:
    long = story(member("ü" * 100), story_id="x" * 200)
    assert encode_story(decode_story(encode_story(long))) == encode_story(long)
    assert [each.article_id for each in decode_story(encode_story(long)).members] == ["ü" * 100]


@given(st.lists(members(), min_size=1, max_size=3))
def test_a_story_that_forgot_nothing_takes_nothing_for_its_sums(kept: list[LiveMember]) -> None:
    made = of_members("s", tuple(kept))
    assert alike(decode_story(encode_story(made)), made)
    larger = replace(made, size=made.size + 1)
    assert len(encode_story(larger)) == len(encode_story(made)) + 32 + 4 * DIMS


@given(ROUGH)
def test_a_rounded_vector_is_near_and_is_rounded_no_further(rough: Any) -> None:
    once = rounded(rough)
    assert once.dtype == np.float32
    assert np.array_equal(rounded(once), once)
    assert np.abs(once - rough).max() <= np.abs(rough).max() * 0.502 / 127 + 1e-37


def test_a_story_of_one_article_takes_a_byte_for_each_value_and_three_for_each_term() -> None:
    short = _any()
    longer = replace(short, terms=terms(range(50)), vector=np.zeros(300, np.float32))
    assert (
        len(encode_story(of_members("s", (longer,)))) - len(encode_story(of_members("s", (short,)))) == 298 + 147
    )


def test_a_state_of_another_version_is_refused_by_name() -> None:
    state = encode_story(of_members("s", (_any(),)))
    with pytest.raises(StateError, match="story state of version 7, expected 5"):
        decode_story(b"\x07" + state[1:])


@pytest.mark.parametrize("cut", [0, 3, 6, 20, -1])
def test_a_state_that_was_cut_is_refused_with_its_size(cut: int) -> None:
    state = encode_story(of_members("s", (_any(),)))[:cut]
    with pytest.raises(StateError, match=f"story state of {len(state)} bytes can't be read: "):
        decode_story(state)


@pytest.mark.parametrize("more", [1, 200])
def test_a_state_with_bytes_too_many_is_refused(more: int) -> None:
    state = encode_story(of_members("s", (_any(),)))
    with pytest.raises(
        StateError, match=f"story state of {len(state) + more} bytes can't be read: it ends {more}"
    ):
        decode_story(state + bytes(more))


def _any() -> LiveMember:
    return LiveMember("a", np.zeros(2, np.float32), terms([5]), None, 0, False)


@pytest.mark.parametrize("clock", ["last_at", "last_sequence", "last_arrival"])
def test_a_clock_that_no_kept_member_tells_is_stored_with_the_sums(clock: str) -> None:
    kept: Any = story(member("a", sequence=3), member("b", sequence=5))
    later = replace(kept, **{clock: 9})
    assert getattr(decode_story(encode_story(later)), clock) == 9
