"""Clusterers that come and go: every partition is read on, from where Redis says."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

import pytest
from kafka import KafkaConsumer, TopicPartition
from kafka.coordinator.base import MemberState
from kafka.structs import OffsetAndMetadata

from consumers.clusterer.clusterer_metrics import ClustererMetrics
from consumers.clusterer.input_log import InputLog
from consumers.clusterer.partitions import Partitions
from pipeline.adapters.kafka.clients import make_consumer, make_producer
from pipeline.domain.encoder.protocol import Encoder
from pipeline.settings import LostInput, Settings
from tests.conftest import SettingsFor
from tests.support.brokers import BrokerUnderTest
from tests.support.drive import cluster_all, clusterer
from tests.support.samples import article, sample_lines
from tests.support.waiting import eventually
from tests.support.world import World, open_world


def test_a_join_that_ends_between_two_polls_is_taken_up_by_the_next(
    broker: BrokerUnderTest, settings_for: SettingsFor
) -> None:
    """Else the leader, polling in turn with the others, makes the group rebalance for ever."""
    settings = settings_for(broker)
    with open_world(settings), _member(settings) as leader, _member(settings) as second:
        eventually(lambda: _poll(leader) and _is(leader, MemberState.STABLE), what="the first member's join")
        eventually(lambda: _poll(second, leader) and _settled(second, leader), what="a group of two")
        before = _generation(second)
        with _member(settings) as third:
            eventually(lambda: _poll(third) and _is(third, MemberState.REBALANCING), what="the third one's join")
            eventually(lambda: _poll(leader) and _is(leader, MemberState.REBALANCING), what="the leader's join")
            eventually(lambda: _poll(second) and _generation(second) > before, what="the second one's join")
            eventually(lambda: _poll(second) and _is(second, MemberState.STABLE), what="its assignment")
            time.sleep(0.5)  # the others' joins end while they don't poll
            _poll(leader, third)
            assert _settled(leader, second, third)
            owned = [each.assignment() for each in (leader, second, third)]
            assert sum(map(len, owned)) == len(set.union(*owned)) == settings.kafka.topics.articles_partitions


def test_clusterers_that_come_and_go_under_load_leave_no_partition_unread(
    kafka_broker: BrokerUnderTest, settings_for: SettingsFor, encoder: Encoder
) -> None:
    """On Kafka alone: the embedded broker may go on waiting for a leader that left."""
    settings = settings_for(kafka_broker, clusterer={"batch_size": 4})
    lines = sample_lines()[:60]
    with open_world(settings) as world, clusterer(settings, encoder) as stays:
        for start in range(0, len(lines), 20):
            world.send(lines[start : start + 20])
            with clusterer(settings, encoder) as comes, clusterer(settings, encoder) as goes:
                for _ in range(4):
                    for each in (stays, comes, goes):
                        each.step()
        cluster_all(world, [stays], len(lines))
        assert _counted_once(world, len(lines))


def test_what_the_client_gives_again_is_not_taken_again(
    broker: BrokerUnderTest, settings_for: SettingsFor
) -> None:
    settings = settings_for(broker)
    with open_world(settings) as world, _consumer(settings) as consumer:
        partitions = _partitions(world, consumer)
        world.send([b"0", b"1", b"2"], key=b"one partition")
        assert _take(partitions, 3) == [b"0", b"1", b"2"]
        (partition,) = [each for each, position in partitions.positions.items() if position]
        consumer.seek(partition, 0)
        world.send([b"3", b"4"], key=b"one partition")
        assert _take(partitions, 2) == [b"3", b"4"]


def test_the_gap_that_a_transaction_leaves_is_read_over(
    kafka_broker: BrokerUnderTest, settings_for: SettingsFor
) -> None:
    settings = settings_for(kafka_broker)
    with open_world(settings) as world, _consumer(settings) as consumer:
        _send_in_transactions(settings, [b"0", b"1", b"2"])
        partitions = _partitions(world, consumer)
        assert _take(partitions, 3) == [b"0", b"1", b"2"]
        assert max(partitions.positions.values()) == 5, "two marks lie between three records"


@pytest.mark.parametrize("committed", [0, 3, 6], ids=["behind", "at", "ahead"])
def test_a_clusterer_reads_from_the_position_in_redis_wherever_kafka_stands(
    broker: BrokerUnderTest, settings_for: SettingsFor, encoder: Encoder, committed: int
) -> None:
    settings = settings_for(broker)
    with open_world(settings) as world:
        world.send([article(number) for number in range(3)], key=b"one partition")
        (partition,) = [number for number, end in world.ends().items() if end]
        with clusterer(settings, encoder) as first:
            cluster_all(world, [first], 3)
        world.send([article(number) for number in range(3, 9)], key=b"one partition")
        _commit(settings, partition, committed)
        with clusterer(settings, encoder) as second:
            cluster_all(world, [second], 9)
        assert _counted_once(world, 9)


def _counted_once(world: World, articles: int) -> bool:
    counters = world.positions.counters()
    return counters["in"] == articles and counters["duplicate"] == 0


def _consumer(settings: Settings, reset: str = "none") -> contextlib.closing[KafkaConsumer]:
    options = {"group_id": settings.kafka.group, "auto_offset_reset": reset}
    return contextlib.closing(make_consumer(settings.kafka, **options))


@contextlib.contextmanager
def _member(settings: Settings) -> Iterator[KafkaConsumer]:
    with _consumer(settings, reset="earliest") as consumer:
        consumer.subscribe([settings.kafka.topics.articles])
        yield consumer


def _partitions(world: World, consumer: KafkaConsumer) -> Partitions:
    topic, metrics = world.settings.kafka.topics.articles, ClustererMetrics()
    input_log = InputLog(consumer, world.positions, topic, lambda: None, LostInput.STOP, metrics)
    return Partitions(consumer, input_log, topic, lambda _: None)


def _take(partitions: Partitions, count: int) -> list[bytes]:
    """So many records at least, taken as a clusterer would that applies each at once."""
    taken: list[bytes] = []

    def enough() -> bool:
        partitions.fetch(0.2, 10)
        batch = partitions.take(10)
        for partition, records in batch.records.items() if batch else ():
            taken.extend(record.value for record in records)
            partitions.advance(partition, records[-1].offset + 1)
        return len(taken) >= count

    eventually(enough, what=f"{count} records")
    return taken


def _send_in_transactions(settings: Settings, values: list[bytes]) -> None:
    """Each record in a transaction of its own, all to one partition."""
    producer = make_producer(settings.kafka, transactional_id=f"{settings.kafka.group}-test")
    producer.init_transactions()
    for value in values:
        producer.begin_transaction()
        producer.send(settings.kafka.topics.articles, value, partition=0)
        producer.commit_transaction()
    producer.close()


def _commit(settings: Settings, partition: int, offset: int) -> None:
    with _consumer(settings) as consumer:
        tp = TopicPartition(settings.kafka.topics.articles, partition)
        consumer.assign([tp])
        consumer.commit({tp: OffsetAndMetadata(offset, "", -1)})


def _poll(*consumers: KafkaConsumer) -> bool:
    for each in consumers:
        each.poll(timeout_ms=200)
    return True


def _is(consumer: KafkaConsumer, state: MemberState) -> bool:
    return consumer.group_metadata().state is state


def _generation(consumer: KafkaConsumer) -> int:
    generation: int = consumer.group_metadata().generation_id
    return generation


def _settled(*consumers: KafkaConsumer) -> bool:
    return all(_is(each, MemberState.STABLE) for each in consumers) and len(set(map(_generation, consumers))) == 1
