"""The next batch is prepared while the one before is committed, and applied only if that one was."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import pytest
from redis import Redis

from pipeline.adapters.store.commit import Batch
from tests.support.clusterer_bench import Bench, MakeBench, broken, committed_articles, good, members, version
from tests.support.waiting import eventually
from tests.unit.clusterer.fakes import FakeRecord, at

SINGLY = {"batch_size": 1, "max_batch_size": 1}
WITHIN_S = 20.0


def test_the_next_batch_is_encoded_while_the_one_before_commits(bench: MakeBench) -> None:
    one = bench(**SINGLY)
    committing, encoding = threading.Event(), threading.Event()

    def encode_second() -> None:
        if len(one.encoder.encoded) == 2:
            encoding.set()
            assert committing.wait(WITHIN_S), "the first is committed only after the second was encoded"

    def commit(_: Batch) -> None:
        committing.set()
        assert encoding.wait(WITHIN_S), "the second is encoded only after the first was committed"

    one.encoder.while_encoding = encode_second
    one.before_commit(commit)
    assert one.take(good(0, 0), good(0, 1)) == 1
    assert one.clusterer.step() == 1
    assert one.consumer.offsets[at(0)] == 2


def test_two_batches_are_under_way_at_most(bench: MakeBench) -> None:
    one = bench(**SINGLY)
    under_way: list[float] = []
    polls = iter(range(5, 100, 5))

    def encode() -> None:
        enough = next(polls)
        assert eventually(lambda: len(one.consumer.asked) >= enough), "nobody looks for more meanwhile"

    one.encoder.while_encoding = encode
    one.before_commit(lambda _: under_way.append(one.count("articles_in_progress")))
    one.take(*[good(0, offset) for offset in range(5)])
    for _ in range(4):
        one.clusterer.step()
    assert under_way == [2, 2, 2, 2, 1]


def test_an_article_alone_is_committed_without_waiting_for_more(bench: MakeBench) -> None:
    one = bench(batch_wait_s=5.0)
    one.consumer.asked.clear()
    assert one.take(good(0, 0)) == 1
    waits = [wait_ms for wait_ms, _ in one.consumer.asked]
    assert waits[0] == 5_000
    assert set(waits[1:]) == {0}, "once something is there, nobody waits for Kafka"


def test_kafka_hears_of_us_while_a_long_batch_is_encoded(bench: MakeBench) -> None:
    one = bench()
    enough = threading.Event()
    poll = one.consumer.poll

    def counted(timeout_ms: int, max_records: int) -> object:
        if len(one.consumer.asked) >= 5:
            enough.set()
        return poll(timeout_ms, max_records)

    def encode() -> None:
        assert enough.wait(WITHIN_S), "nobody polls"

    one.encoder.while_encoding = encode
    one.consumer.asked.clear()
    one.consumer.poll = counted  # type: ignore[assignment,method-assign]
    assert one.take(good(0, 0)) == 1


def test_a_batch_that_was_prepared_before_a_rebalance_is_dropped(bench: MakeBench) -> None:
    one, heir = bench(**SINGLY), bench()
    assert one.take(good(0, 0), good(0, 1)) == 1
    assert one.count("articles_in_progress") == 1
    one.consumer.listener.on_partitions_revoked([at(0), at(1)])
    heir.assign(0, 1)
    assert heir.take(good(0, 1)) == 1
    assert one.clusterer.step() == 0
    assert (one.refused("fenced"), one.count("articles_in_progress")) == (0, 0), "it is not even tried"
    one.assign(0, 1)
    assert one.consumer.sought[-2:] == [(0, 2), (1, 0)]
    assert one.take(good(0, 2)) == 1
    assert committed_articles(one) == 3


def test_a_batch_whose_partitions_go_while_it_is_encoded_is_dropped_at_once(bench: MakeBench) -> None:
    one = bench()
    revoked = threading.Event()
    poll = one.consumer.poll

    def revoking(timeout_ms: int, max_records: int) -> object:
        if not timeout_ms:
            one.consumer.listener.on_partitions_revoked([at(0)])
            revoked.set()
        return poll(timeout_ms, max_records)

    one.encoder.while_encoding = lambda: revoked.wait(WITHIN_S)
    one.consumer.poll = revoking  # type: ignore[assignment,method-assign]
    assert one.take(good(0, 0), good(1, 0)) == 0
    assert one.positions.counters()["in"] == 0
    assert one.consumer.sought[-1] == (1, 0), "of what is still ours the records are read again"


def test_a_refused_batch_takes_the_prepared_one_behind_it_with_it(bench: MakeBench) -> None:
    one, zombie = bench(), bench(**SINGLY)
    one.take(good(0, 0))
    assert zombie.take(good(0, 0), good(0, 1)) == 0
    assert zombie.refused("fenced") == 1
    assert zombie.consumer.sought[-2:] == [(0, 1), (1, 0)]
    assert zombie.clusterer.step() == 0, "the second is not applied from what was prepared"
    assert zombie.count("articles_in_progress") == 0
    assert zombie.take(good(0, 1)) == 1
    assert committed_articles(one) == 2


def test_letters_of_a_prepared_batch_wait_for_the_batch_before_it(bench: MakeBench) -> None:
    one, zombie = bench(), bench(**SINGLY)
    one.take(good(0, 0))
    assert zombie.take(good(0, 0), broken(0, 1)) == 0
    assert zombie.clusterer.step() == 0
    assert zombie.producer.topic == []
    assert zombie.take(broken(0, 1)) == 1
    assert zombie.producer.topic == [b"broken 0/1"]


def test_a_redis_that_lost_everything_gets_the_prepared_batch_only_with_what_was_before_it(
    bench: MakeBench, redis: Redis
) -> None:
    one = bench(**SINGLY)
    assert one.take(good(0, 0), good(0, 1)) == 1
    redis.flushall()
    assert one.clusterer.step() == 0
    assert one.consumer.sought[-2:] == [(0, 0), (1, 0)]
    assert one.take(good(0, 0), good(0, 1)) + one.clusterer.step() == 2
    assert committed_articles(one) == 2


VERSIONS = [
    version(0, 1, "2025-03-03T10:00:00Z"),
    version(1, 1, "2025-03-03T12:00:00Z", title="Oststadt bridge closed after a crack, report 1"),
    version(2, 2, "2025-03-03T10:00:00Z"),
    version(3, 1, "2025-03-03T11:00:00Z", title="Between the two"),
    version(4, 2, "2025-03-03T10:00:00Z"),
    version(5, 3, "2025-03-03T10:00:00Z"),
    version(6, 3, "2025-03-03T11:00:00Z", withdrawn=True),
]


@pytest.mark.parametrize("at_once", [1, 2, 3])
def test_versions_of_one_article_in_batches_under_way_end_as_in_one(bench: MakeBench, at_once: int) -> None:
    whole, cut = bench("whole"), bench("cut", batch_size=at_once, max_batch_size=at_once)
    assert whole.take(*VERSIONS) == len(VERSIONS)
    take_all(cut, VERSIONS)
    assert told(cut) == told(whole) == [[(1, "Oststadt bridge closed after a crack, report 1"), (2, TITLE_2)]]
    assert cut.positions.counters()["in"] == whole.positions.counters()["in"] == len(VERSIONS)


TITLE_2 = "Oststadt bridge closed after crack is found, report 2"


def told(one: Bench) -> list[list[tuple[int, str]]]:
    """Number and title of the members of each story that has some."""
    stories = [sorted((number, seen[0]) for number, seen in story.items()) for story in members(one).values()]
    return sorted(story for story in stories if story)


def take_all(one: Bench, records: Sequence[FakeRecord]) -> None:
    taken = one.take(*records)
    while taken < len(records):
        step = one.clusterer.step()
        assert step, "nothing was held back"
        taken += step


def test_a_batch_takes_a_quarter_of_what_waits_within_its_bounds(bench: MakeBench) -> None:
    one = bench(batch_size=4, max_batch_size=16)
    one.consumer.marks = {at(0): 100}
    taken = [one.take(*(good(0, offset) for offset in range(100)))]
    while taken[-1]:
        taken.append(one.clusterer.step())
    assert taken == [16, 16, 16, 13, 9, 7, 5, 4, 4, 4, 4, 2, 0]
