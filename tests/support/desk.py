"""Two topics and bare kafka-python clients on one broker, for tests of the broker itself."""

from __future__ import annotations

import contextlib
import uuid
from typing import Any

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer
from kafka.structs import TopicPartition

from groundswell.broker.joins import keep_finished_joins
from tests.support.brokers import BrokerUnderTest
from tests.support.waiting import eventually


class Desk:
    """A topic in and a topic out, one partition each, and clients that are closed after the test."""

    def __init__(self, broker: BrokerUnderTest, stack: contextlib.ExitStack, replication_factor: int = 1) -> None:
        name = uuid.uuid4().hex[:8]
        self.broker = broker
        self.inward, self.outward, self.group = f"in-{name}", f"out-{name}", f"group-{name}"
        self.transactional_id = f"tx-{name}"
        self.stack = stack
        self.replication_factor = replication_factor
        self.admin = stack.enter_context(contextlib.closing(KafkaAdminClient(bootstrap_servers=broker.bootstrap)))
        self.create(self.inward, self.outward)

    def create(self, *topics: str, **configs: str) -> None:
        shape = {"num_partitions": 1, "replication_factor": self.replication_factor, "configs": configs}
        self.admin.create_topics(dict.fromkeys(topics, shape), wait_for_metadata=True)

    def leader(self, topic: str) -> int:
        """The node that leads the topic's one partition."""
        (described,) = self.admin.describe_topics([topic])
        leader: int = described["partitions"][0]["leader_id"]
        return leader

    def producer(self, **options: object) -> KafkaProducer:
        made = KafkaProducer(bootstrap_servers=self.broker.bootstrap, linger_ms=5, **options)
        self.stack.callback(made.close, timeout=2)
        return made

    def transactional_producer(self) -> KafkaProducer:
        made = self.producer(
            transactional_id=self.transactional_id, transaction_timeout_ms=10_000, retry_backoff_ms=10
        )
        made.init_transactions()
        return made

    def member(self) -> KafkaConsumer:
        """A consumer of the topic in, that has joined the group."""
        made = KafkaConsumer(
            self.inward, bootstrap_servers=self.broker.bootstrap, group_id=self.group,
            enable_auto_commit=False, auto_offset_reset="earliest", isolation_level="read_committed",
            session_timeout_ms=self.broker.session_timeout_ms,
            heartbeat_interval_ms=self.broker.session_timeout_ms // 3,
        )  # fmt: skip
        keep_finished_joins(made)  # the broker is tested here, not what the client forgets
        self.stack.callback(made.close)
        return made

    def values(self, topic: str, isolation: str = "read_committed", until: bytes = b"END") -> list[bytes]:
        """What the topic holds, up to an end mark written now."""
        marker = self.producer()
        marker.send(topic, key=until, value=until).get(10)
        reader = KafkaConsumer(
            bootstrap_servers=self.broker.bootstrap, enable_auto_commit=False, isolation_level=isolation
        )
        self.stack.callback(reader.close)
        reader.assign([TopicPartition(topic, 0)])
        reader.seek_to_beginning()
        found: list[bytes] = []

        def at_the_mark() -> bool:
            found.extend(record.value for record in _poll(reader))
            return found[-1:] == [until]

        eventually(at_the_mark, what=f"end mark of {topic}")
        return found[:-1]


def _poll(consumer: KafkaConsumer) -> list[Any]:
    return [record for records in consumer.poll(timeout_ms=200).values() for record in records]


def first_records(consumer: KafkaConsumer, count: int) -> list[Any]:
    """The first records that the consumer gets, at least so many."""
    records: list[Any] = []

    def enough() -> bool:
        records.extend(_poll(consumer))
        return len(records) >= count

    eventually(enough, what=f"{count} records")
    return records
