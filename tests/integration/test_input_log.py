"""Input that is gone: what is noticed, told, and begun anew. A real Redis, a broker that says what it is told."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from kafka import TopicPartition
from redis import Redis

from consumers.clusterer.clusterer_metrics import ClustererMetrics, LossCause
from consumers.clusterer.input_log import InputLog, LostInputError
from pipeline.adapters.store.positions import Positions
from pipeline.settings import LostInput, RedisSettings
from tests.unit.clusterer.fakes import FakeConsumer

EDITION = RedisSettings(edition="input-log-test")
TOPIC = "articles"


def part(number: int) -> TopicPartition:
    return TopicPartition(TOPIC, number)


class Broker(FakeConsumer):
    """Three partitions of a topic that has an id."""

    def __init__(self) -> None:
        super().__init__()
        self.topic_id: str | None = "one"
        self.told: dict[int, tuple[int, str, int]] = {}

    def partitions_for_topic(self, topic: str) -> set[int]:
        assert topic == TOPIC
        return {0, 1, 2}

    def beginning_offsets(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        asked = list(partitions)
        assert asked == sorted(asked)
        return super().beginning_offsets(asked)

    def commit(self, offsets: dict[TopicPartition, object]) -> None:
        for each, told in offsets.items():
            self.told[each.partition] = (told.offset, told.metadata, told.leader_epoch)  # type: ignore[attr-defined]


class Log:
    """An input log of either policy, all its parts at hand."""

    def __init__(self, redis: Redis, policy: LostInput) -> None:
        self.broker, self.positions, self.metrics = Broker(), Positions(redis, EDITION), ClustererMetrics()
        self.log = InputLog(self.broker, self.positions, TOPIC, lambda: self.broker.topic_id, policy, self.metrics)

    def starts(self, *numbers: int, refused: Iterable[int] = ()) -> dict[int, int]:
        found = self.log.starts([part(each) for each in numbers], [part(each) for each in refused])
        return {each.partition: at for each, at in found.items()}

    def lost(self, cause: LossCause) -> tuple[float, float]:
        """Partitions that lost something, and records."""
        losses = self.metrics.registry.get_sample_value("groundswell_input_losses_total", {"reason": cause.value})
        missed = self.metrics.registry.get_sample_value("groundswell_articles_missed_total")
        return losses or 0.0, missed or 0.0


@pytest.fixture
def stopping(redis: Redis) -> Log:
    return Log(redis, LostInput.STOP)


@pytest.fixture
def going_on(redis: Redis) -> Log:
    return Log(redis, LostInput.START_OVER)


def at_position(log: Log, *positions: int) -> Log:
    """The store stands here, in partitions 0 and on."""
    log.starts(*range(len(positions)))
    for number, to in enumerate(positions):
        assert log.positions.move(TOPIC, number, 0, to)
    return log


def test_a_topic_that_nobody_has_read_begins_where_it_begins(stopping: Log) -> None:
    stopping.broker.beginnings = {part(1): 4}
    assert stopping.starts(0, 1) == {0: 0, 1: 4}
    assert stopping.log.topic_id == "one"
    assert stopping.positions.read(TOPIC, [0, 1, 2]) == {0: 0, 1: 4}


def test_what_is_stored_is_where_reading_goes_on(stopping: Log) -> None:
    at_position(stopping, 7, 3)
    stopping.broker.beginnings = {part(0): 7, part(1): 2}
    assert stopping.starts(0, 1) == {0: 7, 1: 3}


def test_records_that_expired_unread_stop_the_reader_and_are_counted(stopping: Log) -> None:
    at_position(stopping, 7, 3)
    stopping.broker.beginnings = {part(0): 10, part(1): 8}
    with pytest.raises(LostInputError, match=r"topic articles .*: expired, partitions 0, 1, at least 8 records"):
        stopping.starts(1, 0)
    assert stopping.lost(LossCause.EXPIRED) == (2, 8)
    assert stopping.positions.read(TOPIC, [0, 1]) == {0: 7, 1: 3}


def test_who_may_goes_on_with_the_oldest_record_that_is_left(going_on: Log) -> None:
    at_position(going_on, 7, 3)
    going_on.broker.beginnings = {part(0): 10}
    assert going_on.starts(0, 1) == {0: 10, 1: 3}
    assert going_on.lost(LossCause.EXPIRED) == (1, 3)
    assert going_on.broker.told == {}


def test_a_topic_that_ends_before_the_position_was_truncated(stopping: Log, going_on: Log) -> None:
    for log in (stopping, going_on):
        at_position(log, 7, 3) if log is stopping else None
        log.starts(0, 1)
        log.broker.marks = {part(0): 9, part(1): 3}
        assert not log.log.replaced({part(0): 7, part(1): 3})
    with pytest.raises(LostInputError, match="truncated, partitions 0, at least 2 records"):
        stopping.starts(0, 1, refused=[0])
    going_on.broker.beginnings = {part(0): 1}
    assert going_on.starts(0, 1, refused=[0]) == {0: 1, 1: 3}
    assert going_on.lost(LossCause.TRUNCATED) == (1, 2)
    assert going_on.broker.told == {0: (1, "", -1)}, "letters of records that are gone are forgotten"


def test_a_partition_that_was_refused_because_it_expired_is_told_once(going_on: Log) -> None:
    at_position(going_on, 7)
    going_on.broker.beginnings = {part(0): 10}
    assert going_on.starts(0, refused=[0, 2]) == {0: 10}
    assert going_on.lost(LossCause.EXPIRED) == (1, 3)
    assert going_on.lost(LossCause.TRUNCATED)[0] == 0


def seen_replaced(log: Log) -> Log:
    """Four records of partition 0 and none of partition 1 were unread when the topic was made again."""
    at_position(log, 7, 0)
    log.broker.marks = {part(0): 11, part(1): None}
    assert not log.log.replaced({part(0): 7, part(1): 0})
    log.broker.topic_id = "two"
    assert log.log.replaced({part(0): 7, part(1): 0})
    return log


def test_a_topic_that_was_made_again_stops_the_reader(stopping: Log) -> None:
    seen_replaced(stopping)
    with pytest.raises(LostInputError, match="replaced, partitions 0, 1, at least 4 records missing"):
        stopping.starts(0, 1)
    assert stopping.lost(LossCause.REPLACED) == (2, 4)
    assert stopping.log.topic_id == "one"


def test_of_a_partition_that_came_since_nothing_is_known_to_be_missing(stopping: Log) -> None:
    seen_replaced(stopping)
    with pytest.raises(LostInputError, match="replaced, partitions 0, 1, 2, at least 4 records missing"):
        stopping.starts(0, 1, 2)


def test_who_may_begins_a_partition_that_came_since_too_and_misses_nothing_of_it(going_on: Log) -> None:
    seen_replaced(going_on)
    assert going_on.starts(0, 1, 2) == {0: 0, 1: 0, 2: 0}
    assert going_on.lost(LossCause.REPLACED) == (3, 4)


def test_who_may_begins_all_partitions_of_the_new_topic_and_forgets_the_letters(going_on: Log) -> None:
    seen_replaced(going_on)
    going_on.broker.beginnings = {part(2): 5}
    assert going_on.starts(0, 1) == {0: 0, 1: 0}
    assert going_on.lost(LossCause.REPLACED) == (2, 4)
    assert going_on.positions.read(TOPIC, [0, 1, 2]) == {0: 0, 1: 0, 2: 5}
    assert going_on.broker.told == {0: (0, "", -1), 1: (0, "", -1), 2: (5, "", -1)}
    assert going_on.log.topic_id == "two"
    assert not going_on.log.replaced({part(0): 0})


def test_what_another_has_begun_anew_is_told_all_the_same(going_on: Log, redis: Redis) -> None:
    seen_replaced(going_on)
    other = Log(redis, LostInput.START_OVER)
    other.broker.topic_id = "two"
    assert other.starts(2) == {2: 0}
    assert going_on.starts(0, 1) == {0: 0, 1: 0}
    assert going_on.lost(LossCause.REPLACED) == (2, 4)
    assert going_on.broker.told == {}


def test_of_what_another_has_begun_anew_nothing_is_missing_in_a_partition_that_came_since(
    going_on: Log, redis: Redis
) -> None:
    seen_replaced(going_on)
    other = Log(redis, LostInput.START_OVER)
    other.broker.topic_id = "two"
    other.starts(2)
    assert going_on.starts(0, 1, 2) == {0: 0, 1: 0, 2: 0}
    assert going_on.lost(LossCause.REPLACED) == (3, 4)


def test_a_broker_that_tells_no_ids_is_taken_at_its_offsets(going_on: Log) -> None:
    going_on.broker.topic_id = None
    at_position(going_on, 7)
    assert going_on.log.topic_id is None
    assert not going_on.log.replaced({part(0): 7})
    going_on.broker.topic_id = "one"
    assert going_on.starts(0) == {0: 7}
    assert going_on.log.topic_id == "one"
    going_on.broker.topic_id = None
    assert not going_on.log.replaced({part(0): 7})
    assert going_on.starts(0) == {0: 7}
    assert going_on.log.topic_id == "one"


def test_who_had_read_nothing_of_a_topic_that_was_made_again_misses_partitions_and_no_count(going_on: Log) -> None:
    going_on.positions.start(TOPIC, {0: 5, 1: 5, 2: 5}, "another")
    going_on.starts(0, 1)
    assert going_on.lost(LossCause.REPLACED) == (2, 0)
