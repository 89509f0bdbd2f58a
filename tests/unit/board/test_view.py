"""The view ends the same whatever order records come in."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consumers.board.history import KEPT_REVISIONS
from consumers.board.query import Order, StoryQuery
from consumers.board.view import Change, StoryView
from groundswell import UnusableRecordError
from groundswell.ledger import Ledger
from groundswell.record import Reason, Status, StoryRecord, Topic
from pipeline.testing.articles import START
from pipeline.testing.outlets import OUTLETS
from pipeline.testing.records import member, some_story, story

ALL = StoryQuery()


def simple(story_id: str, revision: int = 1, **changes: object) -> StoryRecord:
    return story(story_id, [member(OUTLETS[0], f"{story_id} happens", START)], revision=revision, **changes)


def merged(story_id: str, into: str, revision: int = 9) -> StoryRecord:
    return simple(
        story_id,
        revision,
        status=Status.MERGED,
        merged_into=into,
        revision_reasons=[Reason.MERGED],
        title="",
        title_article_id=None,
    )


def ids(view: StoryView, query: StoryQuery = ALL) -> list[str]:
    return [card.story_id for card in view.page(query, 0, 1_000).cards]


class FedView(StoryView):
    """Takes records of the topic as the subscriber does: only news goes on."""

    def __init__(self, max_stories: int, on_change: Callable[[Change], None] | None = None) -> None:
        super().__init__(max_stories, on_change)
        self._ledger = Ledger(self.max_ids)

    def apply(self, record: StoryRecord) -> None:
        if self._ledger.take(record):
            super().apply(record)


def test_a_record_is_served_as_it_came() -> None:
    view = StoryView(10)
    view.apply(simple("a"))
    assert json.loads(view.raw("a") or b"") == simple("a").model_dump(mode="json")
    assert view.record("a") == simple("a")


def test_what_an_editor_hides_leaves_the_lists_with_its_earlier_titles_until_it_is_shown_again() -> None:
    changes: list[Change] = []
    view = FedView(10, changes.append)
    view.apply(simple("a", 2))
    view.apply(simple("a", 3, hidden=True, title="", article_count=0, articles=[], revision_reasons=[Reason.DESK]))
    assert (ids(view), changes[-1]) == ([], Change("a", 3))
    assert [each.title for each in view.history("a")] == [""]
    view.apply(simple("a", 4, revision_reasons=[Reason.DESK]))
    assert ids(view) == ["a"]


def test_a_story_whose_articles_were_all_withdrawn_leaves_the_lists_for_good() -> None:
    changes: list[Change] = []
    view = FedView(10, changes.append)
    view.apply(simple("a", 2))
    emptied = simple(
        "a",
        3,
        status=Status.CLOSED,
        title="",
        article_count=0,
        articles=[],
        revision_reasons=[Reason.WITHDRAWN, Reason.CLOSED],
    )
    view.apply(emptied)
    assert changes[-1] == Change("a", 3)
    view.apply(simple("a", 2))
    assert ids(view) == []
    assert view.page(ALL, 0, 0).total == 0
    assert view.record("a") == emptied


@pytest.mark.parametrize("target", [None, "a"])
def test_a_merge_into_nothing_or_itself_is_refused(target: str | None) -> None:
    record = simple("a", 2).model_copy(update={"status": Status.MERGED, "merged_into": target})
    with pytest.raises(UnusableRecordError, match="merged_into"):
        StoryView(10).apply(record)


def test_a_merged_story_leaves_the_list_and_its_id_resolves() -> None:
    view = StoryView(10)
    for record in (simple("a"), simple("b"), merged("a", "b")):
        view.apply(record)
    assert ids(view) == ["b"]
    assert view.resolve("a") == "b"
    assert view.record("a") is None


def test_the_last_words_of_a_merged_story_are_remembered() -> None:
    view = StoryView(10)
    view.apply(simple("a", 4))
    view.apply(merged("a", "b", 5))
    note = view.merged("a")
    assert note is not None
    assert (note.title, note.article_count, note.revision) == ("a happens", 1, 5)


def test_merges_are_followed_to_the_end() -> None:
    view = StoryView(10)
    for record in (merged("a", "b"), merged("b", "c"), simple("c")):
        view.apply(record)
    assert view.resolve("a") == "c"


def test_a_circle_of_merges_ends_somewhere() -> None:
    view = StoryView(10)
    view.apply(merged("a", "b"))
    view.apply(merged("b", "a"))
    assert view.resolve("a") in {"a", "b"}


def test_a_survivor_seen_first_keeps_what_it_absorbed_off_the_list() -> None:
    view = FedView(10)
    view.apply(simple("b", 4, absorbed=["a"]))
    view.apply(simple("a", 3))
    assert ids(view) == ["b"]
    assert view.resolve("a") == "b"


def test_a_merged_story_that_another_edition_has_apart_is_shown_again() -> None:
    view = FedView(10)
    old = simple("b", 4, absorbed=["a"])
    view.apply(old)
    view.apply(simple("a", 9))
    view.apply(old)
    assert set(ids(view)) == {"a", "b"}
    assert (view.resolve("a"), view.merged("a")) == ("a", None)
    late = StoryView(10)
    for record in (simple("a", 9), old):
        late.apply(record)
    assert set(ids(late)) == {"a", "b"}, "in whatever order they come"


def test_a_tombstone_takes_a_story_off_and_tells() -> None:
    changes: list[Change] = []
    view = StoryView(10, on_change=changes.append)
    view.apply(simple("a"))
    view.forget("a")
    view.forget("never seen")
    assert ids(view) == []
    assert [(change.story_id, change.card is None) for change in changes] == [("a", False), ("a", True)]
    assert view.facets() == ({}, {}, {})


def test_the_view_is_bounded_and_the_longest_quiet_go_first() -> None:
    view = StoryView(3)
    for hours in (5, 1, 9, 7, 3):
        view.apply(story(f"h{hours}", [member(OUTLETS[0], "x", START + timedelta(hours=hours))]))
    assert set(ids(view)) == {"h5", "h7", "h9"}


def test_ids_of_merged_stories_are_bounded_too() -> None:
    view = StoryView(2)
    for number in range(50):
        view.apply(merged(f"m{number}", "a"))
    assert [view.resolve(f"m{n}") for n in (0, 49)] == ["m0", "a"]


def test_history_remembers_reasons_and_counts_newest_first() -> None:
    view = StoryView(10)
    for revision in range(1, KEPT_REVISIONS + 20):
        view.apply(simple("a", revision))
    notes = view.history("a")
    assert len(notes) == KEPT_REVISIONS
    assert notes[0].revision == KEPT_REVISIONS + 19
    assert notes[0].reasons == [Reason.COVERAGE]


def test_a_topic_that_goes_by_two_names_is_counted_once() -> None:
    view = StoryView(10)
    for number, name in enumerate(("sport", "sports", "sport")):
        view.apply(some_story(number, topics=[Topic(id="medtop:15000000", name=name, confidence=0.9)]))
    assert view.facets().topics == {("medtop:15000000", "sports"): 3}


def test_facets_count_stories_and_forget_what_is_gone() -> None:
    view = StoryView(10)
    members = [member(OUTLETS[0], "x", START), member(OUTLETS[7], "y", START)]
    sport = Topic(id="medtop:15000000", name="sport", confidence=0.93)
    view.apply(story("a", members, revision=1, topics=[sport]))
    view.apply(simple("b"))
    assert view.facets() == ({"en": 2, "de": 1}, {"US": 2, "DE": 1}, {("medtop:15000000", "sport"): 1})
    view.apply(simple("a", 2))
    assert view.facets() == ({"en": 2}, {"US": 2}, {})


def age(hours: float, sources: int = 1, per_hour: float = 0) -> StoryRecord:
    at = START - timedelta(hours=hours)
    members = [member(OUTLETS[i], f"s{i}", at) for i in range(sources)]
    return story(
        f"{hours}h-{sources}-{per_hour}", members, momentum={"articles_per_hour": per_hour, "acceleration": 0}
    )


def test_breadth_and_momentum_rank_first() -> None:
    view = StoryView(10)
    for record in (age(1), age(1, sources=8), age(1, sources=3), age(1, per_hour=20)):
        view.apply(record)
    assert ids(view) == ["1h-1-20", "1h-8-0", "1h-3-0", "1h-1-0"]


def test_older_coverage_weighs_less() -> None:
    view = StoryView(10)
    for record in (age(30, sources=8), age(0), age(10, sources=8)):
        view.apply(record)
    assert ids(view) == ["10h-8-0", "0h-1-0", "30h-8-0"] or ids(view) == ["0h-1-0", "10h-8-0", "30h-8-0"]
    assert ids(view, StoryQuery(sort=Order.LATEST)) == ["0h-1-0", "10h-8-0", "30h-8-0"]


def test_old_news_replayed_today_ranks_as_it_did_then() -> None:
    now, then = StoryView(100), StoryView(100)
    for number in range(40):
        record = some_story(number)
        now.apply(record)
        then.apply(record.model_copy(update={"updated_at": record.updated_at + timedelta(days=900)}))
    assert ids(now) == ids(then)


def test_a_date_in_the_future_does_not_stay_on_top() -> None:
    view = StoryView(10)
    view.apply(story("wrong", [member(OUTLETS[0], "x", START + timedelta(days=400))], updated_at=START))
    view.apply(story("right", [member(o, "y", START) for o in OUTLETS[:5]]))
    assert ids(view) == ["right", "wrong"]


def test_a_story_without_dates_ranks_by_when_it_was_updated_at_the_latest_coverage() -> None:
    view = StoryView(10)
    view.apply(story("undated", [member(OUTLETS[0], "x", None)], updated_at=START + timedelta(days=900)))
    view.apply(story("big", [member(o, "y", START) for o in OUTLETS[:5]]))
    assert ids(view) == ["big", "undated"]


def _topic() -> dict[str, list[StoryRecord]]:
    """What each story's partition holds, in its order: one absorbs another, which absorbed a third."""
    return {
        "a": [simple("a", 1), simple("a", 2), merged("a", "b", 3)],
        "b": [simple("b", 1), simple("b", 2, absorbed=["a"]), merged("b", "c", 4)],
        "c": [simple("c", 1), simple("c", 3), simple("c", 4, absorbed=["a", "b"]), simple("c", 5)],
        "d": [simple("d", 1), simple("d", 2)],
    }


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abcd"), st.integers(0, 2)), max_size=40))
def test_any_interleaving_of_partitions_with_redelivery_ends_in_the_same_view(
    steps: list[tuple[str, int]],
) -> None:
    topic = _topic()
    at = dict.fromkeys(topic, 0)
    view = FedView(10)
    for key, back in [*steps, *((each, 0) for each in topic for _ in topic[each])]:
        at[key] = max(at[key] - back, 0)
        if at[key] < len(topic[key]):
            view.apply(topic[key][at[key]])
            at[key] += 1
    assert sorted(ids(view)) == ["c", "d"]
    assert {key: view.resolve(key) for key in topic} == {"a": "c", "b": "c", "c": "c", "d": "d"}
    assert {card.story_id: card.revision for card in view.page(ALL, 0, 10).cards} == {"c": 5, "d": 2}


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 20)), max_size=60))
def test_the_highest_revision_wins_in_any_order(seen: list[tuple[str, int]]) -> None:
    view = FedView(10)
    for story_id, revision in seen:
        view.apply(simple(story_id, revision))
    best = {story_id: max(r for s, r in seen if s == story_id) for story_id, _ in seen}
    assert {card.story_id: card.revision for card in view.page(ALL, 0, 10).cards} == best
