"""Reads a topic from its beginning to its end as it is now."""

from __future__ import annotations

from collections.abc import Iterator

from kafka import KafkaConsumer, TopicPartition
from kafka.consumer.fetcher import ConsumerRecord

POLL_MS = 500


def read_to_end(consumer: KafkaConsumer, topic: str) -> Iterator[ConsumerRecord]:
    """Every record that stood on the topic when a fetch last looked; the consumer must be in no group.

    The end is where the position reaches the high-water mark of a fetch: unlike `end_offsets`, that is right
    on the embedded broker too. An empty partition shows its end with an empty poll.
    """
    partitions = [TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic) or ()]
    consumer.assign(partitions)
    consumer.seek_to_beginning()
    while True:
        polled = consumer.poll(timeout_ms=POLL_MS)
        for records in polled.values():
            yield from records
        if not polled and all(_at_end(consumer, partition) for partition in partitions):
            return


def _at_end(consumer: KafkaConsumer, partition: TopicPartition) -> bool:
    mark = consumer.highwater(partition)
    return mark is not None and consumer.position(partition) >= mark
