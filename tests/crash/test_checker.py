"""The checker finds each anomaly in a made history that has it, and none in one that has none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from tests.crash.checker import Anomaly, Finding, Held, History, find_anomalies

BROKEN = b"{broken"


def record(story_id: str, revision: int = 1, **fields: Any) -> dict[str, Any]:
    """The fields of a story record that the checker looks at, and one more."""
    plain: dict[str, Any] = {"status": "active", "merged_into": None, "article_count": 1, "revision_reasons": []}
    return {"story_id": story_id, "revision": revision, **plain, **fields}


def held(story_id: str, *article_ids: str, **fields: Any) -> Held:
    return Held(record(story_id, article_count=len(article_ids), **fields), article_ids)


MERGED: Mapping[str, Any] = {"status": "merged", "merged_into": "s1"}
GOOD = History(
    articles={"a": 1, "b": 2, "c": 1},
    invalid=[BROKEN],
    acknowledged=Counter([b"a", b"b", b"b", b"c", BROKEN]),
    on_topic=Counter([b"a", b"b", b"b", b"c", BROKEN]),
    ends={0: 3, 1: 2},
    positions={0: 3, 1: 2},
    counters={"in": 5, "joined": 1, "opened": 2, "duplicate": 1, "dead_lettered": 1},
    letters=[BROKEN],
    stories={"s1": held("s1", "a", "b", revision=7), "s2": held("s2", "c"), "s3": held("s3", **MERGED)},
    aliases={"a": "s1", "b": "s3", "c": "s2"},
    published=[
        record("s3", 1), record("s1", 5), record("s3", 1, article_count=0, **MERGED),
        record("s2"), record("s1", 7, article_count=2, revision_reasons=["absorbed"]),
    ],
)  # fmt: skip


def without(**changed: Any) -> History:
    return replace(GOOD, **changed)


def stories(**changed: Held) -> History:
    return without(stories={**GOOD.stories, **changed})


def published(*more: dict[str, Any]) -> History:
    return without(published=[*GOOD.published, *more])


CASES = {
    "an acknowledged record is not on the topic": (
        Anomaly.LOST, without(acknowledged=GOOD.acknowledged + Counter([b"d"]))
    ),
    "the end of a partition is not applied": (Anomaly.LOST, without(positions={0: 3, 1: 1})),
    "a partition was never started": (Anomaly.LOST, without(positions={0: 3})),
    "a dead letter is missing": (Anomaly.LOST, without(letters=[])),
    "an article is in no story": (Anomaly.LOST, stories(s1=held("s1", "a", revision=7))),
    "an article is in two stories": (Anomaly.DUPLICATED, stories(s2=held("s2", "c", "a"))),
    "a dead letter was written twice": (Anomaly.DUPLICATED, without(letters=[BROKEN, BROKEN])),
    "a live story was never published": (
        Anomaly.UNSEEN, without(published=[each for each in GOOD.published if each["story_id"] != "s2"])
    ),
    "a revision goes backwards": (Anomaly.NON_MONOTONIC, published(record("s2", 3), record("s2", 1))),
    "the last record shows other members": (Anomaly.STALE, published(record("s2", 1, article_count=9))),
    "the last record is older": (Anomaly.STALE, stories(s2=held("s2", "c", revision=2))),
    "a closed story stays live on the topic": (Anomaly.STALE, stories(s2=held("s2", "c", status="closed"))),
    "a live record stands for no story": (Anomaly.PHANTOM, published(record("s9"))),
    "an article came from nowhere": (Anomaly.PHANTOM, stories(s2=held("s2", "c", "z", revision=1))),
    "a dead letter came from nowhere": (Anomaly.PHANTOM, without(letters=[BROKEN, b"a"])),
    "a merged story leads to none in the store": (
        Anomaly.DANGLING, stories(s3=held("s3", status="merged", merged_into="s9"))
    ),
    "a merged story leads to none on the topic": (
        Anomaly.DANGLING, published(record("s3", 2, status="merged", merged_into="s9"))
    ),
    "two merged stories lead to each other": (
        Anomaly.DANGLING,
        stories(s1=held("s1", "a", "b", revision=7, status="merged", merged_into="s3")),
    ),
    "an article's alias leads to a story without it": (Anomaly.DANGLING, without(aliases={"a": "s2"})),
    "an article's alias leads nowhere": (Anomaly.DANGLING, without(aliases={"a": "s9"})),
    "a record was counted twice": (Anomaly.MISCOUNT, without(counters={**GOOD.counters, "in": 6})),
    "a duplicate was counted as an article": (
        Anomaly.MISCOUNT, without(counters={**GOOD.counters, "joined": 2, "duplicate": 0})
    ),
    "a dead letter was not counted": (Anomaly.MISCOUNT, without(counters={**GOOD.counters, "dead_lettered": 0})),
    "a position is behind the end": (Anomaly.MISCOUNT, without(positions={0: 3, 1: 4})),
}  # fmt: skip


def kinds(found: list[Finding]) -> set[Anomaly]:
    return {each.kind for each in found}


def test_a_history_without_anomalies_has_none() -> None:
    assert find_anomalies(GOOD) == []


@pytest.mark.parametrize(("kind", "history"), CASES.values(), ids=CASES.keys())
def test_the_checker_finds(kind: Anomaly, history: History) -> None:
    assert kind in kinds(find_anomalies(history))


def test_each_anomaly_has_a_history_that_shows_it() -> None:
    assert {kind for kind, _ in CASES.values()} == set(Anomaly)


def test_a_story_that_was_lost_and_said_so_is_no_phantom() -> None:
    ended = [record("s8", 3, status="closed"), record("s9", 3, status="merged", merged_into="s1")]
    assert find_anomalies(published(*ended)) == []


def test_a_story_that_merged_before_it_was_published_is_not_unseen() -> None:
    assert find_anomalies(stories(s4=held("s4", status="merged", merged_into="s1"))) == []


def test_a_finding_says_what_it_is_about() -> None:
    (found,) = find_anomalies(without(letters=[]))
    assert found == Finding(Anomaly.LOST, repr(BROKEN), "1 dead letters are missing")
