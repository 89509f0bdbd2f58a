"""One round of a publisher: what it sends, what it acknowledges, and when it lets the shard go."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from kafka.errors import KafkaError

from consumers.publisher.hold import ShardLostError
from consumers.publisher.shard import (
    FORESEEN_STORIES,
    REST_S,
    SCAN_STORIES,
    TRANSACTION_TIMEOUT_MS,
    TopicTooSmallError,
)
from groundswell.record import Status, StoryRecord
from pipeline.adapters.kafka.fitting import BATCH_BYTES
from pipeline.adapters.store.outbox import Pending
from pipeline.domain.story.ended import shortened
from pipeline.domain.story.snapshot import StorySnapshot
from pipeline.json_codec import from_json, to_json
from pipeline.runtime.vigil import Vigil
from pipeline.settings import PublisherSettings
from pipeline.testing.clock import Clock
from tests.support.waiting import eventually
from tests.unit.publisher.fakes import FakeLease, FakeProducer, make_bench
from tests.unit.story.made import article, snapshot


def stories(count: int) -> list[StorySnapshot]:
    return [
        snapshot([article(f"a{number}", source=f"o{number}")], story_id=f"s{number}", revision=number + 7)
        for number in range(count)
    ]


def test_what_is_due_is_sent_in_one_transaction_and_acknowledged_afterwards(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bench = make_bench(monkeypatch, stories(3))
    assert bench.shard.publish_due() == 3
    assert [each["story_id"] for each in bench.producer.topic] == ["s0", "s1", "s2"]
    assert bench.producer.keys == [b"s0", b"s1", b"s2"]
    assert bench.producer.calls == [
        "init_transactions", "begin_transaction", "send", "send", "send", "commit_transaction",
    ]  # fmt: skip
    assert bench.store.acknowledged == [("s0", 7), ("s1", 8), ("s2", 9)]
    assert bench.shard.waiting() == 0


def test_what_was_read_of_a_redis_that_has_gone_back_since_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = make_bench(monkeypatch, stories(2))
    bench.store.same = False
    assert bench.shard.publish_due() == 0
    assert bench.producer.topic == []
    assert bench.store.acknowledged == []
    bench.store.same = True
    assert bench.shard.publish_due() == 2


def test_where_nothing_is_due_no_transaction_is_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    patient = PublisherSettings(min_sources=1, settle_s=120.0)
    bench = make_bench(monkeypatch, stories(2), publisher=patient)
    assert bench.shard.publish_due() == 0
    assert bench.producer.calls == ["init_transactions"]
    assert bench.shard.oldest_s == 0.0, "who is not due is not late"
    assert bench.shard.waiting() == 2


def test_a_story_waits_out_the_interval_since_its_last_record_while_others_are_published(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bench = make_bench(monkeypatch, publisher=PublisherSettings(min_sources=1, interval_s=5.0, settle_s=0.5))
    early, late = stories(2)
    bench.store.add(early, published_age_s=4.9)
    bench.store.add(late, published_age_s=5.0)
    assert bench.shard.publish_due() == 1
    assert bench.store.acknowledged == [("s1", 8)]


def test_a_round_has_a_bound_and_the_next_one_takes_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = make_bench(monkeypatch, stories(5), round_stories=2)
    assert [bench.shard.publish_due() for _ in range(4)] == [2, 2, 1, 0]


def test_a_round_ends_with_the_record_that_fills_it(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = make_bench(monkeypatch, stories(1))
    bench.shard.publish_due()
    size = len(to_json(bench.producer.topic[0]))
    monkeypatch.setattr("consumers.publisher.shard.ROUND_BYTES", 2 * size + size // 2)
    bench = make_bench(monkeypatch, stories(7))
    assert [bench.shard.publish_due() for _ in range(4)] == [3, 3, 1, 0]


def test_what_was_published_is_remembered_with_its_title_and_a_summary(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = make_bench(monkeypatch, stories(1))
    bench.shard.publish_due()
    (record,), (told,) = bench.producer.topic, bench.store.told
    assert record["title_article_id"] is not None
    assert told["title_article_id"] == record["title_article_id"]
    summary = from_json(told["summary"])
    assert (summary["revision"], summary["title"]) == (record["revision"], record["title"])


def test_of_an_ended_story_texts_that_its_record_does_not_need_are_shortened(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    long = " ".join(f"Harbour pilot number {n} told the inquiry what she saw at buoy {n}." for n in range(40))
    members = [
        article(f"a{number}", text=f"Witness {number} speaks. {long}", minutes=number) for number in range(8)
    ]
    ended = snapshot(members, story_id="s", status=Status.CLOSED)
    bench = make_bench(monkeypatch)
    bench.store.add(ended, published_age_s=9.0)
    bench.shard.publish_due()
    (record,), (told,) = bench.producer.topic, bench.store.told
    assert told["shortened"] == shortened(ended, StoryRecord.model_validate(record)) != []


def test_an_article_that_says_it_came_later_than_now_took_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    ahead = article("a", received_at=datetime.now(UTC) + timedelta(hours=1))
    bench = make_bench(monkeypatch, [snapshot([ahead])])
    bench.shard.publish_due()
    sums = [bench.metrics.registry.get_sample_value(f"groundswell_event_to_publish_seconds_{each}")
            for each in ("count", "sum")]  # fmt: skip
    assert sums == [1.0, 0.0]


def test_the_longest_wait_of_a_due_story_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = make_bench(monkeypatch, stories(2))
    bench.store.waiting = [Pending("s0", 9.5, None), Pending("s1", 2.0, None)]
    bench.shard.publish_due()
    assert bench.shard.oldest_s == 9.5


def test_what_the_policy_keeps_back_and_what_expired_leaves_the_outbox_unpublished(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    two = PublisherSettings(min_sources=2, interval_s=0.0, settle_s=0.0)
    bench = make_bench(monkeypatch, stories(1), publisher=two)
    bench.store.waiting.append(Pending("expired", 60.0, None))
    assert bench.shard.publish_due() == 0
    assert (bench.store.held_back, bench.store.forgotten) == (["s0"], ["expired"])
    assert bench.producer.topic == []
    assert bench.metrics.stories_held_back._value.get() == 1


def test_the_end_of_a_story_that_was_published_is_published(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = make_bench(monkeypatch)
    ended = snapshot([], story_id="s", status=Status.MERGED, merged_into="t")
    bench.store.add(ended, published_age_s=9.0)
    assert bench.shard.publish_due() == 1
    assert [(each["status"], each["merged_into"]) for each in bench.producer.topic] == [("merged", "t")]


def test_that_a_story_may_be_known_is_noted_before_its_first_record_is_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bench = make_bench(monkeypatch, stories(2))
    bench.store.add(snapshot([article("a")], story_id="known"), published_age_s=9.0)
    bench.producer.fails_at = "begin_transaction"
    with pytest.raises(ShardLostError):
        bench.shard.publish_due()
    assert bench.store.revealed == ["s0", "s1"]


def test_of_a_shard_that_is_another_publishers_by_then_nothing_is_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = make_bench(monkeypatch, stories(1))
    monkeypatch.setattr(bench.lease, "renew", iter([True, False]).__next__)
    with pytest.raises(ShardLostError):
        bench.shard.publish_due()
    assert (bench.store.revealed, bench.producer.topic) == ([], [])


def test_in_another_redis_than_the_one_that_was_read_nothing_is_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = make_bench(monkeypatch, stories(1))
    bench.store.same = False
    assert bench.shard.publish_due() == 0
    assert bench.store.revealed == []


def test_without_the_lease_nothing_is_read_or_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = make_bench(monkeypatch, stories(1), lease=FakeLease(lost_after=0))
    with pytest.raises(ShardLostError):
        bench.shard.publish_due()
    assert bench.producer.calls == ["init_transactions"]


def test_the_lease_is_kept_between_the_records_of_a_long_build(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = make_bench(monkeypatch, stories(3))
    bench.shard.publish_due()
    assert bench.lease.calls[0] == "renew"
    assert bench.lease.calls.count("keep") >= 3, "at least once a record"


def test_a_lease_that_is_lost_in_the_middle_of_a_long_build_lets_nothing_onto_the_topic(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bench = make_bench(monkeypatch, stories(3), lease=FakeLease(lost_after=2))
    with pytest.raises(ShardLostError):
        bench.shard.publish_due()
    assert "begin_transaction" not in bench.producer.calls
    assert bench.store.acknowledged == []


def test_a_lease_that_is_lost_when_all_is_built_lets_nothing_onto_the_topic(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bench = make_bench(monkeypatch, stories(3), lease=FakeLease(lost_after=4))
    with pytest.raises(ShardLostError):
        bench.shard.publish_due()
    assert bench.lease.calls == ["renew", "keep", "keep", "keep", "renew"]
    assert "begin_transaction" not in bench.producer.calls


def test_a_lease_that_the_vigil_finds_lost_in_the_middle_of_a_step_is_lost_for_good(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bench = make_bench(monkeypatch, stories(3))
    bench.lease.lost_after = 0
    bench.shard.keep()
    bench.lease.lost_after = 1_000
    with pytest.raises(ShardLostError):
        bench.shard.publish_due()
    assert bench.producer.calls == ["init_transactions"]


@pytest.mark.parametrize("slow", ["snapshot", "hold_back", "acknowledge"])
def test_leases_of_other_shards_are_kept_up_while_a_slow_redis_answers(
    monkeypatch: pytest.MonkeyPatch, slow: str
) -> None:
    with Vigil(0.005) as vigil:
        bench = make_bench(
            monkeypatch, stories(1), publisher=PublisherSettings(min_sources=1 if slow == "acknowledge" else 2),
            vigil=vigil,
        )  # fmt: skip
        other = FakeLease()
        vigil.add(other.keep)
        quick, kept = getattr(bench.store, slow), threading.Event()

        def answers(*asked: Any, **more: Any) -> Any:
            before = other.calls.count("keep")
            eventually(lambda: other.calls.count("keep") > before + 1, what="leases kept up")
            kept.set()
            return quick(*asked, **more)

        monkeypatch.setattr(bench.store, slow, answers)
        bench.shard.publish_due()
        assert kept.is_set()


@pytest.mark.parametrize("end", ["close", "abandon"])
def test_the_lease_of_a_shard_that_is_let_go_is_kept_up_no_longer(
    monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    with Vigil(0.005) as vigil:
        bench = make_bench(monkeypatch, vigil=vigil)
        with vigil.during(60.0):
            eventually(lambda: bench.lease.calls.count("keep") > 1)
            getattr(bench.shard, end)()
            other = FakeLease()
            vigil.add(other.keep)
            before = bench.lease.calls.count("keep")
            eventually(lambda: len(other.calls) > 3)
            assert bench.lease.calls.count("keep") <= before + 1, "one may have been under way"


def test_a_producer_that_does_not_open_leaves_no_lease_behind_that_is_kept_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise KafkaError("not now")

    monkeypatch.setattr(FakeProducer, "init_transactions", refused, raising=False)
    vigil = Vigil(60.0)
    with pytest.raises(KafkaError):
        make_bench(monkeypatch, vigil=vigil)
    assert vigil._duties == []


@pytest.mark.parametrize("step", ["begin_transaction", "commit_transaction"])
def test_records_that_kafka_did_not_take_are_not_acknowledged(monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    bench = make_bench(monkeypatch, stories(1))
    bench.producer.fails_at = step
    with pytest.raises(ShardLostError):
        bench.shard.publish_due()
    assert bench.store.acknowledged == []
    assert bench.shard.waiting() == 1


def test_a_shard_that_is_given_back_frees_its_lease_and_so_does_one_that_is_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given, lost = make_bench(monkeypatch), make_bench(monkeypatch)
    given.shard.close()
    lost.shard.abandon()
    assert given.lease.calls == lost.lease.calls == ["release"]
    assert [each.producer.calls[-1] for each in (given, lost)] == ["close", "close"]


def test_stories_that_are_not_due_hide_no_due_one_behind_them(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = make_bench(monkeypatch, publisher=PublisherSettings(min_sources=1, settle_s=0.0, interval_s=5.0))
    young = [Pending(f"young{number}", 60.0, 1.0) for number in range(SCAN_STORIES - 1)]
    (ready,) = stories(1)
    bench.store.stories["s0"] = ready
    bench.store.waiting = [*young, Pending("s0", 50.0, None)]
    assert bench.shard.publish_due() == 1


def test_a_record_is_addressed_as_the_contract_says(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = make_bench(monkeypatch, stories(1))
    bench.shard.publish_due()
    ((topic, headers),) = bench.producer.addressed
    assert topic == "stories"
    assert (headers["ce_id"], headers["ce_type"]) == (b"s0:7", b"groundswell.story.v1")
    assert headers["ce_source"] == b"/editions/main"
    assert headers["ce_time"] == b"2025-08-15T06:00:00Z"


def test_the_producer_of_a_shard_bears_its_name_and_is_given_little_time(monkeypatch: pytest.MonkeyPatch) -> None:
    options = make_bench(monkeypatch).producer.options
    assert options["transactional_id"] == "stories-main-0"
    assert options["servers"] == "127.0.0.1:9092"
    assert options["transaction_timeout_ms"] == TRANSACTION_TIMEOUT_MS
    assert options["batch_size"] == BATCH_BYTES
    assert options["retry_backoff_ms"] == 10


def test_where_the_topic_takes_less_records_are_cut_until_they_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    many = [article(f"a{each}", title=f"{each} {'word ' * 300}", source=f"o{each}") for each in range(50)]
    bench = make_bench(monkeypatch, [snapshot(many)])
    bench.producer.refuses_above = 50_000
    published = [bench.shard.publish_due() for _ in range(12)]
    assert sum(published) == 1
    assert published[0] == 0
    assert bench.producer.topic[0]["cut"]
    assert len(bench.store.acknowledged) == 1


def test_a_topic_that_takes_nothing_ends_the_publisher_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = make_bench(monkeypatch, stories(1))
    bench.producer.refuses_above = 0
    published = iter(bench.shard.publish_due, None)
    with pytest.raises(TopicTooSmallError, match=r"^stories takes no record of \d+ bytes: raise its max.message"):
        sum(published)


def test_a_story_whose_record_fails_rests_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = make_bench(monkeypatch, stories(3))
    build, clock = bench.shard._build, Clock()
    mended_at = clock() + REST_S

    def failing(story: StorySnapshot) -> StoryRecord:
        if story.story_id == "s1" and clock() < mended_at:
            raise ValueError("a fault of its own")
        return build(story)

    monkeypatch.setattr("consumers.publisher.shard.time.monotonic", clock)
    bench.shard._build = failing
    assert [bench.shard.publish_due() for _ in range(2)] == [2, 0]
    assert bench.store.waiting[0].story_id == "s1"
    assert bench.metrics.stories_unpublishable._value.get() == 1
    clock.now += REST_S
    assert bench.shard.publish_due() == 1


def test_the_stories_of_a_round_are_foreseen_before_the_first_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    foreseen: list[list[str]] = []
    bench = make_bench(
        monkeypatch,
        stories(FORESEEN_STORIES + 2),
        foresee=lambda snapshots: foreseen.append([each.story_id for each in snapshots]),
    )
    assert bench.shard.publish_due() == FORESEEN_STORIES + 2
    assert [len(each) for each in foreseen] == [FORESEEN_STORIES, 2]
