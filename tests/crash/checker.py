"""Finds what went wrong in what is left of a run, and says it in Jepsen's words.

Pure: it looks at a `History` and nowhere else, so that its own tests can show it every anomaly.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Anomaly(StrEnum):
    """What a promise can fail by."""

    LOST = "lost"
    """A record that was acknowledged is not on its topic, or what came of it is nowhere."""
    DUPLICATED = "duplicated"
    """An article stands in two stories, or a record has two dead letters."""
    UNSEEN = "unseen"
    """A story is in the store, and subscribers never heard of it."""
    NON_MONOTONIC = "non-monotonic"
    """A subscriber sees a story's revision go backwards."""
    STALE = "stale last record"
    """The last record of a story is not what the store holds."""
    PHANTOM = "phantom"
    """Something live that nothing stands behind: a story that is not in the store, an article nobody sent."""
    DANGLING = "dangling alias"
    """An id leads nowhere, in a circle, or to a story that does not have the article."""
    MISCOUNT = "count mismatch"
    """Counters, positions and topics tell different numbers."""


@dataclass(frozen=True)
class Finding:
    """One anomaly at one place."""

    kind: Anomaly
    subject: str
    detail: str


@dataclass(frozen=True)
class Held:
    """A story as the store holds it."""

    record: Mapping[str, Any]
    """What would be published of it now."""
    article_ids: Sequence[str]

    @property
    def active(self) -> bool:
        """Neither closed nor merged."""
        return bool(self.record["status"] == "active")

    @property
    def merged_into(self) -> str | None:
        """The survivor, where it was absorbed."""
        target: str | None = self.record["merged_into"]
        return target


@dataclass(frozen=True)
class History:
    """Everything that a run left: the input, the store, the output."""

    articles: Mapping[str, int]
    """Valid articles on the topic: id to the number of records with it."""
    invalid: Sequence[bytes]
    """Records on the topic that are no articles."""
    acknowledged: Counter[bytes]
    """Records that Kafka said it has, by value."""
    on_topic: Counter[bytes]
    """Records that it does have."""
    ends: Mapping[int, int]
    """Partition to the offset behind its last record."""
    positions: Mapping[int, int]
    counters: Mapping[str, int]
    letters: Sequence[bytes]
    stories: Mapping[str, Held]
    aliases: Mapping[str, str] = field(default_factory=dict)
    """Article id to the story that the store says it was put into."""
    published: Sequence[Mapping[str, Any]] = ()
    """Records on the topic of stories, in order within each story."""


def find_anomalies(history: History) -> list[Finding]:
    """All of them; an empty list is a run that kept every promise."""
    checks = (_input, _letters, _conservation, _counts, _revisions, _last_records, _lineage, _aliases)
    return [finding for check in checks for finding in check(history)]


def _input(history: History) -> Iterator[Finding]:
    for value, count in (history.acknowledged - history.on_topic).items():
        yield Finding(Anomaly.LOST, repr(value[:60]), f"{count} acknowledged records are not on the topic")
    for partition, end in history.ends.items():
        position = history.positions.get(partition, 0)
        if position < end:
            yield Finding(Anomaly.LOST, f"partition {partition}", f"applied to {position}, its end is {end}")
        if position > end:
            yield Finding(Anomaly.MISCOUNT, f"partition {partition}", f"applied to {position} behind the end {end}")


def _letters(history: History) -> Iterator[Finding]:
    wanted, written = Counter(history.invalid), Counter(history.letters)
    for value, count in (wanted - written).items():
        yield Finding(Anomaly.LOST, repr(value[:60]), f"{count} dead letters are missing")
    for value, count in (written - wanted).items():
        kind = Anomaly.DUPLICATED if value in wanted else Anomaly.PHANTOM
        yield Finding(kind, repr(value[:60]), f"{count} dead letters too many")


def _conservation(history: History) -> Iterator[Finding]:
    where: dict[str, list[str]] = defaultdict(list)
    for story_id, held in history.stories.items():
        for article_id in held.article_ids:
            where[article_id].append(story_id)
    for article_id in history.articles.keys() - where.keys():
        yield Finding(Anomaly.LOST, article_id, "the article is in no story")
    for article_id in where.keys() - history.articles.keys():
        yield Finding(Anomaly.PHANTOM, article_id, f"nobody sent this article of story {where[article_id][0]}")
    for article_id, story_ids in where.items():
        if len(story_ids) > 1:
            yield Finding(Anomaly.DUPLICATED, article_id, f"the article is in {', '.join(sorted(story_ids))}")


def _counts(history: History) -> Iterator[Finding]:
    counters, records = history.counters, sum(history.articles.values()) + len(history.invalid)
    expected = {
        "in": records,
        "joined + opened": len(history.articles),
        "duplicate": sum(history.articles.values()) - len(history.articles),
        "dead_lettered": len(history.invalid),
    }
    for name, count in expected.items():
        seen = sum(counters[part] for part in name.split(" + "))
        if seen != count:
            yield Finding(Anomaly.MISCOUNT, name, f"counted {seen}, there are {count}")


def _revisions(history: History) -> Iterator[Finding]:
    before: dict[str, int] = {}
    for record in history.published:
        story_id, revision = record["story_id"], record["revision"]
        if revision < before.get(story_id, 0):
            yield Finding(Anomaly.NON_MONOTONIC, story_id, f"{revision} after {before[story_id]}")
        before[story_id] = revision


def _last_records(history: History) -> Iterator[Finding]:
    last = {record["story_id"]: record for record in history.published}
    for story_id, record in last.items():
        held = history.stories.get(story_id)
        if held is None and record["status"] == "active":
            yield Finding(Anomaly.PHANTOM, story_id, f"live with {record['article_count']} articles, not in the store")
        if held is not None and _lasting(record) != _lasting(held.record):
            fields = sorted(name for name in held.record if record.get(name) != held.record[name])
            yield Finding(Anomaly.STALE, story_id, f"not as the store holds it: {', '.join(fields)}")
    for story_id, held in history.stories.items():
        if held.active and story_id not in last:
            yield Finding(Anomaly.UNSEEN, story_id, f"{len(held.article_ids)} articles, never published")


def _lineage(history: History) -> Iterator[Finding]:
    """Whoever stored an id can follow it, in the store and on the topic alike."""
    last = {record["story_id"]: record for record in history.published}
    published = {story_id: record["merged_into"] for story_id, record in last.items()}
    stored = {story_id: held.merged_into for story_id, held in history.stories.items()}
    for place, links in (("the topic", published), ("the store", stored)):
        for story_id in links:
            if (trouble := _follow(story_id, links)) is not None:
                yield Finding(Anomaly.DANGLING, story_id, f"on {place} it leads {trouble}")


def _follow(story_id: str, links: Mapping[str, str | None]) -> str | None:
    """Where an id leads astray; None where it ends at a story."""
    passed = {story_id}
    while (target := links[story_id]) is not None:
        if target not in links:
            return f"to {target}, which is not there"
        if target in passed:
            return f"in a circle through {target}"
        passed.add(target)
        story_id = target
    return None


def _aliases(history: History) -> Iterator[Finding]:
    links = {story_id: held.merged_into for story_id, held in history.stories.items()}
    for article_id, story_id in history.aliases.items():
        while story_id in links and (target := links[story_id]) is not None and _follow(story_id, links) is None:
            story_id = target
        held = history.stories.get(story_id)
        if held is None or article_id not in held.article_ids:
            yield Finding(Anomaly.DANGLING, article_id, f"the store leads to {story_id}, which does not have it")


def _lasting(record: Mapping[str, Any]) -> dict[str, Any]:
    """Without the reasons: they tell what led to a revision, and are used up once it is published."""
    return {name: value for name, value in record.items() if name != "revision_reasons"}
