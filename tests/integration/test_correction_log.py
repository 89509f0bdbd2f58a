"""What desks corrected, as the store keeps and tells it, and what a desk sees of stories."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from redis import Redis

from pipeline.adapters.store import correction_log
from pipeline.adapters.store.commit import Batch, Committed, DeskEntry
from pipeline.adapters.store.correction_log import CorrectionEntry, CorrectionLog, Judgement, Origin, told
from pipeline.adapters.store.desk_reader import DeskReader
from pipeline.domain.clustering.types import Changes, StoryHints
from tests.support.store import NOW, SETTINGS, Store, changes, stored


def entry(reason: str = "a rumour") -> CorrectionEntry:
    judgements = [Judgement(False, ["a"], ["b"]), Judgement(True, ["a"], ["c"])]
    return CorrectionEntry("hide", "ines", reason, ["s"], ["a"], judgements, told([stored("a")]))


def correct(store: Store, made: CorrectionEntry, mark: str = "") -> None:
    changed = Changes(states={"s": b"state of s"}, hints={"s": StoryHints(1.0)})
    outcome = store.committer.commit(Batch(store.seen, changed, desk=DeskEntry(("s",), made.encode(), mark)))
    assert isinstance(outcome, Committed)
    store.seen = outcome.sequence


@pytest.fixture
def store(redis: Redis) -> Store:
    made = Store(redis)
    made.commit(changes(("a", "s"), ("b", "s"), ("c", "t")))
    return made


def test_a_correction_is_read_back_as_the_desk_gave_it_of_its_story_and_of_the_edition(
    store: Store, redis: Redis
) -> None:
    correct(store, entry())
    log = CorrectionLog(redis, SETTINGS)
    (found,), (of_story,) = log.all(), log.of_story("s")
    assert found.entry == of_story.entry == entry()
    assert abs(datetime.now(UTC) - found.at) < timedelta(minutes=1)
    assert list(log.of_story("t")) == []


@pytest.mark.parametrize("at_once", [2, 3])
def test_a_long_log_is_read_whole_and_in_its_order(
    store: Store, redis: Redis, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(correction_log, "_AT_ONCE", at_once)
    reasons = [f"reason {number}" for number in range(5)]
    for number, each in enumerate(reasons, 1):
        correct(store, entry(each))
        assert [one.entry.reason for one in CorrectionLog(redis, SETTINGS).all()] == reasons[:number]


def test_an_entry_tells_its_articles_because_it_outlives_them() -> None:
    undated = replace(stored("b"), published_at=None)
    assert told([stored("a"), undated]) == {
        "a": {
            "article_id": "a", "url": None, "title": "title a", "source": "example.org", "language": "en",
            "published_at": NOW.isoformat(),
        },
        "b": {
            "article_id": "b", "url": None, "title": "title b", "source": "example.org", "language": "en",
            "published_at": None,
        },
    }  # fmt: skip


def test_who_what_and_why_are_a_summary() -> None:
    assert entry().summary() == {
        "action": "hide", "by": "ines", "reason": "a rumour", "story_ids": ["s"], "article_ids": ["a"],
    }  # fmt: skip


def test_a_correction_that_was_carried_over_tells_where_and_when_it_was_made_first(
    store: Store, redis: Redis
) -> None:
    first = Origin("older", 1_700_000_000_123)
    correct(store, replace(entry(), origin=first))
    (found,) = CorrectionLog(redis, SETTINGS).all()
    assert (found.entry.origin, found.first) == (first, first)
    assert found.at == datetime(2023, 11, 14, 22, 13, 20, 123_000, UTC)
    assert found.entry.summary()["carried_from"] == "older"


def test_the_articles_of_a_story_and_whether_a_desk_hides_it_are_told_without_reading_it(store: Store) -> None:
    correct(store, entry(), "hide")
    assert sorted(store.stories.article_ids("s")) == ["a", "b"]
    assert store.stories.hidden(["t", "s", "unknown"]) == ["s"]


def test_a_story_that_a_desk_hides_is_hidden_until_it_is_shown_again(store: Store) -> None:
    for mark, hidden in (("hide", True), ("", True), ("unhide", False)):
        correct(store, entry(), mark)
        snapshot = store.stories.snapshot("s")
        assert snapshot is not None
        assert snapshot.hidden is hidden


def test_a_desk_sees_each_story_with_its_own_state_and_articles(store: Store, redis: Redis) -> None:
    store.commit(changes(("d", "u"), ("e", "v"), language_means=b"means"))
    view = DeskReader(redis, SETTINGS).view(["s", "t", "unknown", "u", "v"])
    assert (view.sequence, view.language_means) == (store.seen, b"means")
    states = {story_id: held.state for story_id, held in view.stories.items()}
    assert states == {**{each: f"state of {each}".encode() for each in "stuv"}, "unknown": None}
    articles = {
        story_id: {each.article_id for each in held.snapshot.articles} if held.snapshot else None
        for story_id, held in view.stories.items()
    }
    assert articles == {"s": {"a", "b"}, "t": {"c"}, "unknown": None, "u": {"d"}, "v": {"e"}}


def test_a_desk_of_an_edition_that_holds_nothing_sees_nothing(redis: Redis) -> None:
    view = DeskReader(redis, SETTINGS).view(["s"])
    assert (view.sequence, view.language_means) == (0, b"")
    assert (view.stories["s"].state, view.stories["s"].snapshot) == (None, None)
