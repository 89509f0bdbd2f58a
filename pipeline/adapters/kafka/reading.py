"""Reads a topic from its beginning to its end as it is now, and tells how far others have read it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kafka import KafkaConsumer, TopicPartition
from kafka.consumer.fetcher import ConsumerRecord

POLL_MS = 500


def read_to_end(consumer: KafkaConsumer, topic: str) -> Iterator[ConsumerRecord]:
    """Every record that stood on the topic when a fetch last looked; the consumer must be in no group.

    The end is where the position reaches the high-water mark of a fetch: unlike `end_offsets`, that is right
    on the embedded broker too. An empty partition shows its end with an empty poll.
    """
    partitions = _partitions(consumer, topic)
    consumer.assign(partitions)
    consumer.seek_to_beginning()
    while True:
        polled = consumer.poll(timeout_ms=POLL_MS)
        for records in polled.values():
            yield from records
        if not polled and all(_at_end(consumer, partition) for partition in partitions):
            return


def ends(consumer: KafkaConsumer, topic: str) -> dict[int, int]:
    """Where each partition ends that holds, or ever held, a record. Empty where there is no such topic.

    The embedded broker says an end within its last batch.
    """
    offsets = consumer.end_offsets(_partitions(consumer, topic))
    return {partition.partition: offset for partition, offset in offsets.items() if offset}


def is_behind(
    consumer: KafkaConsumer, topic: str, positions: Mapping[int, int], before: Mapping[int, int]
) -> bool:
    """True while a reader that stands at `positions` has records to read before the offsets `before`.

    The last offsets of a partition may be marks of transactions, which no reader ever takes, so it is looked.
    """
    for number, end in before.items():
        start = positions.get(number, 0)
        if start < end and _has_record(consumer, TopicPartition(topic, number), start, end):
            return True
    return False


def record_at(consumer: KafkaConsumer, partition: TopicPartition, offset: int) -> ConsumerRecord | None:
    """The record that stands there; None where none does, or no more. The consumer must be in no group."""
    if partition not in _partitions(consumer, partition.topic):
        return None
    consumer.assign([partition])
    consumer.seek(partition, offset)
    while True:
        # Where the broker refuses the offset the client goes to the beginning, and gives another record.
        for record in consumer.poll(timeout_ms=POLL_MS, max_records=1).get(partition, ()):
            return record if record.offset == offset else None
        if _at_end(consumer, partition):
            return None


def _has_record(consumer: KafkaConsumer, partition: TopicPartition, start: int, end: int) -> bool:
    consumer.assign([partition])
    consumer.seek(partition, start)
    while True:
        for record in consumer.poll(timeout_ms=POLL_MS, max_records=1).get(partition, ()):
            return bool(record.offset < end)
        if _at_end(consumer, partition) or consumer.position(partition) >= end:
            return False


def _partitions(consumer: KafkaConsumer, topic: str) -> list[TopicPartition]:
    return [TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic) or ()]


def _at_end(consumer: KafkaConsumer, partition: TopicPartition) -> bool:
    mark = consumer.highwater(partition)
    return mark is not None and consumer.position(partition) >= mark
