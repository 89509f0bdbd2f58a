"""The newest dead letters, by their reason."""

from __future__ import annotations

import contextlib
import time
from collections import Counter
from collections.abc import Iterator, Mapping

from kafka import KafkaConsumer, TopicPartition
from kafka.consumer.fetcher import ConsumerRecord

from pipeline.adapters.kafka.dead_letters import PREFIX, Stage
from pipeline.adapters.kafka.kept_letters import noted_in
from pipeline.adapters.kafka.reading import POLL_MS
from pipeline.adapters.kafka.seen_topics import missing_topics
from pipeline.domain.text import clean_line
from pipeline.runtime.doctor.finding import Finding, ok, warning
from pipeline.runtime.doctor.reach import TIMEOUT_S, Reach

NEWEST = 1_000
"""Letters looked at."""
RECENT_S = 86_400.0
"""Older ones are history."""
_REASON_CHARS = 60
_REASONS = 5
_MESSAGE = "exception.message"


def check_letters(reach: Reach) -> Iterator[Finding]:
    """How many lately, and why."""
    topic = reach.settings.kafka.topics.dead_letters
    if missing_topics(reach.admin, [topic]):
        return  # told where topics are looked at
    with contextlib.closing(reach.consumer()) as consumer:
        letters = list(_newest(consumer, topic))
    since_ms = (time.time() - RECENT_S) * 1000
    # Notes of a replay stand on the same topic.
    recent = [each for each in letters if each.timestamp >= since_ms and not noted_in(each)]
    if not recent:
        yield ok("dead letters", f"none of the last {RECENT_S / 3600:.0f} hours")
        return
    reasons = Counter(reason(dict(each.headers)) for each in recent)
    named = ", ".join(f"{count} x {why}" for why, count in reasons.most_common(_REASONS))
    least = "at least " if len(letters) >= NEWEST and letters[0].timestamp >= since_ms else ""
    yield warning(
        "dead letters",
        f"{least}{len(recent)} in the last {RECENT_S / 3600:.0f} hours: {named}",
        'mend their producer and send them again, see "Dead letters" in docs/operations.md',
    )


def reason(headers: Mapping[str, bytes | None]) -> str:
    """The kind of reason: without what is special to one record."""
    said = {name: (headers.get(PREFIX + name) or b"").decode("utf-8", "replace") for name in ("stage", _MESSAGE)}
    message = said[_MESSAGE]
    # "title: missing", "not JSON: ..."; of a batch that can't be read, what was wrong stands at the end.
    unread = said["stage"] == Stage.KAFKA_CONSUME
    kind = message.rpartition(": ")[2] if unread else message.partition(":")[0]
    return clean_line(kind)[:_REASON_CHARS] or "no reason given"


def _newest(consumer: KafkaConsumer, topic: str) -> Iterator[ConsumerRecord]:
    """The last records, NEWEST at most, as far as they come within TIMEOUT_S."""
    partitions = [TopicPartition(topic, each) for each in consumer.partitions_for_topic(topic) or ()]
    starts, ends = consumer.beginning_offsets(partitions), consumer.end_offsets(partitions)
    consumer.assign(partitions)
    # Marks of transactions take up offsets too, one for each letter at worst.
    share = 2 * NEWEST // max(len(partitions), 1)
    for each in partitions:
        consumer.seek(each, max(starts[each], ends[each] - share))
    found: list[ConsumerRecord] = []
    deadline = time.monotonic() + TIMEOUT_S
    while time.monotonic() < deadline:
        polled = consumer.poll(timeout_ms=POLL_MS)
        found += [record for records in polled.values() for record in records]
        if not polled and all(consumer.position(each) >= ends[each] for each in partitions):
            break
    yield from sorted(found, key=lambda record: record.timestamp)[-NEWEST:]
