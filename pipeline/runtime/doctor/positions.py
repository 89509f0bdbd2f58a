"""The positions in Redis against the offsets in Kafka: what was lost, and what waits to be read."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Mapping

from kafka import TopicPartition
from kafka.admin import OffsetSpec

from pipeline.adapters.kafka.identity import topic_id
from pipeline.adapters.kafka.reading import POLL_MS
from pipeline.adapters.kafka.seen_topics import missing_topics
from pipeline.adapters.store.positions import Positions
from pipeline.runtime.doctor.finding import Finding, counted, ok, warning, wrong
from pipeline.runtime.doctor.reach import TIMEOUT_S, Reach

LONG_LAG = 1_000
"""Records, as in the alert GroundswellLagGrows."""
_LOST = 'see "GroundswellInputLost" in docs/operations.md'


def check_positions(reach: Reach) -> Iterator[Finding]:
    """Of the topic of articles. The embedded broker says an end within its last batch, so its lag is too low."""
    topic = reach.settings.kafka.topics.articles
    if missing_topics(reach.admin, [topic]):
        return  # told where topics are looked at
    yield from _identity(reach, topic)
    (described,) = reach.admin.describe_topics([topic])
    partitions = [TopicPartition(topic, each["partition_index"]) for each in described["partitions"]]
    starts = _offsets(reach, partitions, OffsetSpec.EARLIEST)
    ends = _offsets(reach, partitions, OffsetSpec.LATEST)
    stored = Positions(reach.redis, reach.settings.redis).read(topic, ends)
    beyond = {each: ends[each] for each, at in stored.items() if at > ends[each]}
    if beyond:
        ends |= _highest(reach, topic, beyond)
    yield from _lost(stored, starts, ends)
    yield _lag(stored, starts, ends)


def _identity(reach: Reach, topic: str) -> Iterator[Finding]:
    current = topic_id(reach.admin, topic)
    known = Positions(reach.redis, reach.settings.redis).topic_id(topic)
    if known and current and known != current:
        yield wrong(
            "positions", f"they are those of topic {known}, which was deleted; {topic} is {current}", _LOST
        )


def _lost(stored: Mapping[int, int], starts: Mapping[int, int], ends: Mapping[int, int]) -> Iterator[Finding]:
    expired = sum(starts[each] - at for each, at in stored.items() if at < starts[each])
    if expired:
        yield wrong("positions", f"{expired} records were deleted before they were read", _LOST)
    truncated = [each for each, at in stored.items() if at > ends[each]]
    if truncated:
        numbers = ", ".join(map(str, sorted(truncated)))
        yield wrong("positions", f"partitions {numbers} end before what was read of them", _LOST)


def _lag(stored: Mapping[int, int], starts: Mapping[int, int], ends: Mapping[int, int]) -> Finding:
    lag = sum(max(end - max(stored.get(each, 0), starts[each]), 0) for each, end in ends.items())
    said = f"{counted(lag, 'record waits', 'records wait')} in {counted(len(ends), 'partition')}"
    unstarted = len(ends.keys() - stored.keys())
    if unstarted:
        said += f", {unstarted} of them never read"
    if lag > LONG_LAG:
        return warning("lag", said, "start more clusterers, or wait: see Scaling in docs/operations.md")
    return ok("lag", said)


def _offsets(reach: Reach, partitions: list[TopicPartition], which: OffsetSpec) -> dict[int, int]:
    told = reach.admin.list_partition_offsets(dict.fromkeys(partitions, which), timeout_ms=int(TIMEOUT_S * 1000))
    return {each.partition: at.offset for each, at in told.items()}


def _highest(reach: Reach, topic: str, ends: Mapping[int, int]) -> dict[int, int]:
    """The high-water marks, which are right on the embedded broker too: nothing must be called lost there."""
    with contextlib.closing(reach.consumer()) as consumer:
        partitions = {TopicPartition(topic, each): at for each, at in ends.items()}
        consumer.assign(list(partitions))
        for partition, at in partitions.items():
            consumer.seek(partition, at)
        deadline = time.monotonic() + TIMEOUT_S
        while time.monotonic() < deadline and any(consumer.highwater(each) is None for each in partitions):
            consumer.poll(timeout_ms=POLL_MS, max_records=1)
        return {each.partition: max(consumer.highwater(each) or 0, at) for each, at in partitions.items()}
