"""What the pipeline takes for granted of a broker, on the embedded one and on Apache Kafka.

What the embedded broker (Tansu 0.6.0) can't do, and Kafka must:
- `read_committed` hides nothing that was flushed before its transaction was aborted;
- offsets in a transaction are taken from a consumer that has left its group (no KIP-447 fencing);
- `end_offsets` is the last batch's base offset + 1;
- no compaction, no retention.
The tests of those run on Kafka alone; the last ones here hold the embedded broker to its known limits, so
that a better release is noticed.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

import pytest
from kafka import KafkaConsumer
from kafka.errors import (
    CommitFailedError,
    InvalidProducerEpochError,
    KafkaError,
    ProducerFencedError,
    TopicAlreadyExistsError,
)
from kafka.structs import OffsetAndMetadata, TopicPartition

from tests.support.brokers import BrokerUnderTest
from tests.support.desk import Desk, first_records
from tests.support.kafka import KafkaCluster
from tests.support.waiting import eventually


@pytest.fixture
def desk(broker: BrokerUnderTest) -> Iterator[Desk]:
    with contextlib.ExitStack() as stack:
        yield Desk(broker, stack)


@pytest.fixture
def kafka_desk(kafka_broker: BrokerUnderTest) -> Iterator[Desk]:
    with contextlib.ExitStack() as stack:
        yield Desk(kafka_broker, stack)


@pytest.fixture
def embedded_desk(embedded_broker: BrokerUnderTest) -> Iterator[Desk]:
    with contextlib.ExitStack() as stack:
        yield Desk(embedded_broker, stack)


def test_creating_a_topic_again_is_a_named_error(desk: Desk) -> None:
    with pytest.raises(TopicAlreadyExistsError):
        desk.create(desk.inward)


@pytest.mark.parametrize("compression", [None, "gzip", "lz4", "zstd"])
def test_idempotent_records_come_back_in_order_with_key_and_headers(desk: Desk, compression: str | None) -> None:
    producer = desk.producer(enable_idempotence=True, acks="all", compression_type=compression)
    for number in range(50):
        producer.send(desk.inward, key=b"k%d" % number, value=b"v%d" % number, headers=[("h", b"\x00\xff")])
    producer.flush()
    records = first_records(desk.member(), 50)
    assert [(record.key, record.value, record.offset) for record in records] == [
        (b"k%d" % number, b"v%d" % number, number) for number in range(50)
    ]
    assert records[0].headers == [("h", b"\x00\xff")]


def test_a_null_value_is_a_tombstone_and_not_empty_bytes(desk: Desk) -> None:
    producer = desk.producer()
    producer.send(desk.outward, key=b"k", value=None)
    producer.send(desk.outward, key=b"k", value=b"")
    producer.flush()
    assert desk.values(desk.outward) == [None, b""]


def test_a_member_that_follows_another_starts_at_the_committed_offset(desk: Desk) -> None:
    producer = desk.producer()
    for number in range(4):
        producer.send(desk.inward, value=b"%d" % number)
    producer.flush()
    partition = TopicPartition(desk.inward, 0)
    first = desk.member()
    assert [record.value for record in first_records(first, 4)] == [b"0", b"1", b"2", b"3"]
    first.commit({partition: _offset(3)})
    first.close()
    assert [record.value for record in first_records(desk.member(), 1)] == [b"3"]


def _joined(desk: Desk) -> KafkaConsumer:
    consumer = desk.member()
    eventually(lambda: consumer.poll(timeout_ms=200) or consumer.assignment(), what="assignment")
    return consumer


def test_a_committed_transaction_shows_its_records_and_its_offsets(desk: Desk) -> None:
    consumer, producer, partition = _joined(desk), desk.transactional_producer(), _partition(desk)
    assert consumer.committed(partition) is None
    producer.begin_transaction()
    for number in range(3):
        producer.send(desk.outward, value=b"%d" % number)
    producer.send_offsets_to_transaction({partition: _offset(7)}, consumer.group_metadata())
    producer.commit_transaction()
    assert consumer.committed(partition) == 7
    assert desk.values(desk.outward) == [b"0", b"1", b"2"]


def test_an_aborted_transaction_leaves_the_committed_offset_alone(desk: Desk) -> None:
    consumer, producer, partition = _joined(desk), desk.transactional_producer(), _partition(desk)
    producer.begin_transaction()
    producer.send_offsets_to_transaction({partition: _offset(3)}, consumer.group_metadata())
    producer.commit_transaction()
    producer.begin_transaction()
    producer.send_offsets_to_transaction({partition: _offset(9)}, consumer.group_metadata())
    producer.abort_transaction()
    assert consumer.committed(partition) == 3


def test_a_zombie_inside_a_transaction_is_fenced_and_its_offsets_are_lost(desk: Desk) -> None:
    """Kafka says InvalidProducerEpochError where the embedded broker says ProducerFencedError."""
    consumer, zombie, partition = _joined(desk), desk.transactional_producer(), _partition(desk)
    zombie.begin_transaction()
    zombie.send(desk.outward, value=b"zombie").get(10)
    zombie.send_offsets_to_transaction({partition: _offset(9)}, consumer.group_metadata())
    successor = desk.transactional_producer()
    late = zombie.send(desk.outward, value=b"late")
    with pytest.raises((ProducerFencedError, InvalidProducerEpochError)):
        late.get(10)
    with pytest.raises(KafkaError):
        zombie.commit_transaction()
    successor.begin_transaction()
    successor.send(desk.outward, value=b"successor")
    successor.commit_transaction()
    assert consumer.committed(partition) is None
    # Once, in a full run under load, a committed reader did not see it at its first look; why was not found.
    eventually(lambda: desk.values(desk.outward)[-1:] == [b"successor"], what="the record of the successor")


def test_a_zombie_between_transactions_is_fenced_at_its_first_record(desk: Desk) -> None:
    zombie = desk.transactional_producer()
    desk.transactional_producer()
    zombie.begin_transaction()  # no round trip, so it can't know yet
    with pytest.raises(ProducerFencedError):
        zombie.send(desk.outward, value=b"late").get(10)
    with pytest.raises(KafkaError):
        zombie.commit_transaction()
    assert desk.values(desk.outward) == []


def test_kafka_hides_aborted_records_from_committed_readers(kafka_desk: Desk) -> None:
    _abort_after_flush(kafka_desk)
    assert kafka_desk.values(kafka_desk.outward) == [b"kept"]


def test_kafka_refuses_offsets_of_a_member_that_left_its_group(kafka_desk: Desk) -> None:
    former = _joined(kafka_desk)
    stale = former.group_metadata()
    former.close()
    _joined(kafka_desk)
    producer = kafka_desk.transactional_producer()
    producer.begin_transaction()
    with pytest.raises(CommitFailedError):
        producer.send_offsets_to_transaction({_partition(kafka_desk): _offset(9)}, stale)
    producer.abort_transaction()
    producer.begin_transaction()  # and the producer can go on
    producer.abort_transaction()


def test_kafka_compacts_to_the_last_record_of_each_key(kafka_desk: Desk) -> None:
    topic = f"compacted-{kafka_desk.group}"
    kafka_desk.create(
        topic, **{
            "cleanup.policy": "compact", "segment.ms": "500", "min.cleanable.dirty.ratio": "0.01",
            "max.compaction.lag.ms": "500",
        }
    )  # fmt: skip
    producer = kafka_desk.producer()

    def write_more() -> list[bytes]:
        # A segment is closed, and so can be compacted, only when a later record comes.
        producer.send(topic, key=b"other", value=b"filler").get(10)
        return kafka_desk.values(topic)

    for number in range(20):
        producer.send(topic, key=b"a", value=b"%d" % number)
    producer.flush()
    eventually(lambda: [value for value in write_more() if value.isdigit()] == [b"19"], timeout_s=60, pause_s=1)


@pytest.mark.crash
def test_kafka_loses_no_acknowledged_record_with_a_node(kafka_cluster: Callable[[int], KafkaCluster]) -> None:
    cluster = kafka_cluster(3)
    with contextlib.ExitStack() as stack:
        desk = Desk(BrokerUnderTest("kafka", cluster.bootstrap, 6_000), stack, replication_factor=3)
        producer, sent = desk.producer(), [b"%d" % number for number in range(30)]
        for number, value in enumerate(sent):
            if number == 10:
                cluster.kill(desk.leader(desk.outward))
            producer.send(desk.outward, value=value).get(60)
        cluster.start()  # brings back the one that is down
        assert desk.values(desk.outward) == sent


def test_the_embedded_broker_still_shows_aborted_records(embedded_desk: Desk) -> None:
    """A known limit: if this fails, the embedded broker has learned it, and more tests can run on it."""
    _abort_after_flush(embedded_desk)
    assert embedded_desk.values(embedded_desk.outward) == [b"aborted", b"kept"]


def test_the_embedded_broker_still_takes_offsets_of_a_member_that_left(embedded_desk: Desk) -> None:
    """A known limit: so nothing may rest on the group for fencing; the position in Redis is the fence."""
    former = _joined(embedded_desk)
    stale = former.group_metadata()
    former.close()
    present = _joined(embedded_desk)
    producer = embedded_desk.transactional_producer()
    producer.begin_transaction()
    producer.send_offsets_to_transaction({_partition(embedded_desk): _offset(9)}, stale)
    producer.commit_transaction()
    assert present.committed(_partition(embedded_desk)) == 9


def test_the_embedded_broker_still_drops_the_text_beside_an_offset(embedded_desk: Desk) -> None:
    """A known limit: so two editions in one group are not found out on it."""
    member = _joined(embedded_desk)
    member.commit({_partition(embedded_desk): OffsetAndMetadata(9, "a text", -1)})
    assert member.committed(_partition(embedded_desk), metadata=True) == OffsetAndMetadata(9, None, -1)


def _abort_after_flush(desk: Desk) -> None:
    producer = desk.transactional_producer()
    producer.begin_transaction()
    producer.send(desk.outward, value=b"aborted").get(10)
    producer.abort_transaction()
    producer.begin_transaction()
    producer.send(desk.outward, value=b"kept")
    producer.commit_transaction()


def _partition(desk: Desk) -> TopicPartition:
    return TopicPartition(desk.inward, 0)


def _offset(number: int) -> OffsetAndMetadata:
    return OffsetAndMetadata(number, "", -1)
