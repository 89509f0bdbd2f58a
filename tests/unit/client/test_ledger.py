"""Revisions only grow, merges resolve, and memory is bounded."""

from __future__ import annotations

from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st

from groundswell.ledger import Ledger
from groundswell.record import StoryRecord
from tests.unit.client.helpers import merged, story

IDS = "abcdef"


@st.composite
def histories(draw: st.DrawFn) -> dict[str, list[StoryRecord]]:
    """What a publisher says of a few stories, in order per story: growth with gaps, and merges."""
    said: dict[str, list[StoryRecord]] = {}
    absorbed: dict[str, list[str]] = {each: [] for each in IDS}
    alive, clock = list(IDS), 1_700_000_000_000
    for each in IDS:
        said[each] = [story(each, clock := clock + 1)]
    for _ in range(draw(st.integers(0, 12))):
        clock += draw(st.integers(1, 5_000))
        one = draw(st.sampled_from(alive))
        other = draw(st.sampled_from(alive))
        if one != other:
            alive.remove(other)
            absorbed[one] += [other, *absorbed[other]]
            said[other].append(merged(other, clock, one))
        said[one].append(story(one, clock, absorbed=absorbed[one]))
    return said


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[dict[str, list[StoryRecord]], list[StoryRecord]]:
    """A history, and an order in which it may come: stories interleaved, and any stretch of it again."""
    said = draw(histories())
    waiting = {each: list(records) for each, records in said.items()}
    came: list[StoryRecord] = []
    while any(waiting.values()):
        which = draw(st.sampled_from(sorted(each for each, records in waiting.items() if records)))
        came.append(waiting[which].pop(0))
    for _ in range(draw(st.integers(0, 3))):
        start = draw(st.integers(0, len(came) - 1))
        came[draw(st.integers(start, len(came))) :] = came[start:]
    return said, came


@given(deliveries())
def test_however_records_come_revisions_of_a_story_only_grow(
    given_: tuple[dict[str, list[StoryRecord]], list[StoryRecord]],
) -> None:
    _, came = given_
    ledger, last = Ledger(100), defaultdict[str, int](int)
    for record in came:
        if ledger.take(record):
            assert record.revision > last[record.story_id]
            last[record.story_id] = record.revision


@given(deliveries())
def test_however_records_come_the_last_of_each_story_is_taken(
    given_: tuple[dict[str, list[StoryRecord]], list[StoryRecord]],
) -> None:
    said, came = given_
    ledger, last = Ledger(100), dict[str, StoryRecord]()
    for record in came:
        if ledger.take(record):
            last[record.story_id] = record
    assert last == {each: records[-1] for each, records in said.items()}


@given(deliveries())
def test_however_records_come_every_id_resolves_to_the_story_it_is_part_of(
    given_: tuple[dict[str, list[StoryRecord]], list[StoryRecord]],
) -> None:
    said, came = given_
    ledger = Ledger(100)
    for record in came:
        ledger.take(record)
    for each, records in said.items():
        survivor = each
        while (last := said[survivor][-1]).merged_into:
            survivor = last.merged_into
        assert ledger.resolve(each) == survivor, records


@given(st.permutations(IDS), st.data())
def test_compaction_takes_nothing_that_is_needed(ids: list[str], data: st.DataObject) -> None:
    """Only the last record of each story is left, in any order: the same stories live, the same ids resolve."""
    said = data.draw(histories())
    whole, compacted = Ledger(100), Ledger(100)
    for records in said.values():
        for record in records:
            whole.take(record)
    for each in ids:
        compacted.take(said[each][-1])
    assert [compacted.resolve(each) for each in IDS] == [whole.resolve(each) for each in IDS]


def test_a_story_known_to_be_merged_does_not_seem_to_live_again() -> None:
    ledger = Ledger(100)
    assert ledger.take(story("survivor", 9, absorbed=["part"]))
    assert not ledger.take(story("part", 3))
    assert ledger.take(merged("part", 8, "survivor"))


def test_a_story_that_says_something_later_than_its_merge_lives_again() -> None:
    """An edition that takes over has the same ids, and may not have merged what the one before had."""
    ledger = Ledger(100)
    old, part, again = story("survivor", 9, absorbed=["part"]), merged("part", 8, "survivor"), story("part", 20)
    for record in (old, part):
        assert ledger.take(record)
    assert ledger.take(again)
    assert ledger.resolve("part") == "part"
    assert not ledger.take(old)
    assert ledger.resolve("part") == "part", "an old word on it changes nothing"
    late = Ledger(100)
    assert [late.take(each) for each in (again, old)] == [True, True]
    assert late.resolve("part") == "part"


def test_two_stories_may_change_their_parts() -> None:
    ledger = Ledger(100)
    for record in (story("a", 5, absorbed=["b"]), merged("b", 5, "a")):
        ledger.take(record)
    said = (merged("a", 21, "b"), story("b", 20, absorbed=["a"]))
    for record in said:
        assert ledger.take(record)
    assert [ledger.resolve(each) for each in "ab"] == ["b", "b"]


def test_a_stale_record_still_tells_of_its_merges() -> None:
    ledger = Ledger(100, seen={"survivor": 9})
    assert not ledger.take(story("survivor", 9, absorbed=["part"]))
    assert ledger.resolve("part") == "survivor"


def test_merges_in_a_ring_do_not_hang() -> None:
    ledger = Ledger(100)
    for record in (merged("a", 1, "b"), merged("b", 2, "c"), merged("c", 3, "a"), story("a", 1, absorbed=["a"])):
        ledger.take(record)
    assert {ledger.resolve(each) for each in "abc"} == {"a"}, "the oldest merge says nothing"


def test_revisions_that_the_service_knows_are_not_taken_again() -> None:
    ledger = Ledger(100, seen={"a": 5})
    assert [ledger.take(story("a", revision)) for revision in (4, 5, 6)] == [False, False, True]


def test_a_removed_story_is_forgotten_and_its_id_still_resolves() -> None:
    ledger = Ledger(100)
    ledger.take(merged("part", 3, "survivor"))
    ledger.forget("part")
    assert ledger.revision("part") is None
    assert ledger.resolve("part") == "survivor"
    ledger.forget("never seen")


def test_the_stories_seen_longest_ago_are_forgotten_first() -> None:
    ledger = Ledger(max_stories=100)
    for number in range(100):
        ledger.take(story(f"s{number}", 1, absorbed=[f"part{number}"]))
    ledger.take(story("s0", 2))
    ledger.take(story("s100", 1, absorbed=["part100"]))
    assert len(ledger) == 99
    assert [ledger.revision(f"s{number}") for number in (0, 1, 2, 3, 100)] == [2, None, None, 1, 1]
    assert [ledger.resolve(f"part{number}") for number in (0, 2, 100)] == ["part0", "s2", "s100"]
