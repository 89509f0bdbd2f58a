"""A partition that was paused in the middle of what was fetched of it is read on once it is resumed."""

from __future__ import annotations

import contextlib
from collections import Counter

from kafka import TopicPartition

from pipeline.adapters.kafka.clients import make_consumer, make_producer
from tests.conftest import SettingsFor
from tests.support.brokers import BrokerUnderTest
from tests.support.waiting import eventually
from tests.support.world import open_world

EACH = 200
"""Records of a partition."""


def test_a_partition_paused_in_the_midst_of_an_answer_is_read_on_beside_the_others(
    broker: BrokerUnderTest, settings_for: SettingsFor
) -> None:
    """Else a clusterer with a backlog leaves partitions unread until the group assigns them anew."""
    settings = settings_for(broker)
    first, second = (TopicPartition(settings.kafka.topics.articles, number) for number in (0, 1))
    with open_world(settings):
        with contextlib.closing(make_producer(settings.kafka)) as producer:
            for number in range(EACH):
                for each in (first, second):
                    producer.send(each.topic, value=str(number).encode(), partition=each.partition)
        with contextlib.closing(make_consumer(settings.kafka)) as consumer:
            consumer.assign([first, second])
            consumer.seek_to_beginning(first, second)
            read: Counter[TopicPartition] = Counter()

            def poll() -> Counter[TopicPartition]:
                for partition, records in consumer.poll(timeout_ms=100, max_records=EACH // 10).items():
                    read[partition] += len(records)
                return read

            eventually(lambda: any(poll().values()), what="the first records")
            paused = first if read[first] else second
            other = second if paused is first else first
            assert 0 < read[paused] < EACH
            consumer.pause(paused)
            eventually(lambda: poll()[other] == EACH, what="all of the other partition")
            consumer.resume(paused)
            eventually(lambda: poll()[paused] == EACH, timeout_s=20, what="the rest of what was paused")
