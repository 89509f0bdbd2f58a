"""When the stories of a publisher's shards are compared with their topic, and with what on it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Iterable, Sequence, Set
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaConnectionError

from consumers.publisher.convergence import LOOK_S, Convergence, ConvergenceStores
from consumers.publisher.published import ALIVE_RECORDS, read_published
from consumers.publisher.publisher_metrics import HIDDEN, PublisherMetrics
from groundswell.record import Status
from pipeline.adapters.kafka.envelope import story_source
from pipeline.adapters.store.edition import EditionGuard
from pipeline.adapters.store.hidden_again import HiddenAgain
from pipeline.adapters.store.keys import shard_of
from pipeline.adapters.store.positions import Positions
from pipeline.adapters.store.server import ServerGuard
from pipeline.adapters.store.settlement import Published, Settled, Settlement, Stage
from pipeline.json_codec import to_json
from pipeline.settings import PublisherSettings, RedisSettings, Settings

SETTINGS = Settings(redis=RedisSettings(edition="ours"), publisher=PublisherSettings(shards=2))
STORIES, ARTICLES = SETTINGS.kafka.topics.stories, SETTINGS.kafka.topics.articles


@dataclass
class FakeRecord:
    key: bytes | None
    value: bytes
    headers: list[tuple[str, bytes]] = field(default_factory=list)
    offset: int = 0


class FakeConsumer:
    """One partition a topic; what stands on it is given."""

    def __init__(self, **topics: list[FakeRecord]) -> None:
        self.topics = {STORIES: topics.get("stories", []), ARTICLES: topics.get("articles", [])}
        self.away = False
        self.opened = self.closed = 0
        self._at = 0
        self._assigned = TopicPartition("", 0)

    def open(self, *_: object) -> FakeConsumer:
        self.opened += 1
        return self

    def partitions_for_topic(self, topic: str) -> set[int]:
        if self.away:
            raise KafkaConnectionError("away")
        return {0}

    def end_offsets(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        return {each: len(self.topics[each.topic]) for each in partitions}

    def assign(self, partitions: Sequence[TopicPartition]) -> None:
        self._assigned, self._at = partitions[0], 0

    def seek(self, partition: TopicPartition, offset: int) -> None:
        self._at = offset

    def seek_to_beginning(self) -> None:
        self._at = 0

    def poll(self, timeout_ms: int, max_records: int = 500) -> dict[TopicPartition, list[FakeRecord]]:
        found = self.topics[self._assigned.topic][self._at : self._at + max_records]
        self._at += len(found)
        return {self._assigned: found} if found else {}

    def highwater(self, partition: TopicPartition) -> int:
        return len(self.topics[partition.topic])

    def position(self, partition: TopicPartition) -> int:
        return self._at

    def close(self) -> None:
        self.closed += 1


class FakeStore:
    """A store that doubts all active stories and closes them."""

    def __init__(self) -> None:
        self.incarnation = "run:1"
        self.stands_by_for = ""
        self.took_over: frozenset[str] = frozenset()
        self.position = 0
        self.noted: dict[int, str] = {}
        self.stages: dict[int, Stage] = {}
        self.raised: list[str] = []
        self.settled: list[str] = []
        self.hidden: list[str] = []
        self.live: list[str] = []
        self.resent: list[str] = []

        self.ready = True
        self.confirmed = 0

    def confirm(self) -> bool:
        self.confirmed += 1
        return self.ready

    def read(self, _: str, partitions: Iterable[int]) -> dict[int, int]:
        return dict.fromkeys(partitions, self.position)

    def reached(self, shards: Collection[int], occasion: str) -> list[Stage]:
        return [self.stages[each] if self.noted.get(each) == occasion else Stage.NEW for each in shards]

    def note(self, shards: Collection[int], occasion: str, stage: Stage) -> None:
        self.noted |= dict.fromkeys(shards, occasion)
        self.stages |= dict.fromkeys(shards, stage)

    @property
    def done(self) -> dict[int, str]:
        return {each: said.split()[0] for each, said in self.noted.items() if self.stages[each] is Stage.SETTLED}

    def mark(self, published: Iterable[Published]) -> list[str]:
        found = [each.story_id for each in published if each.hidden]
        self.hidden += found
        return found

    def doubtful(self, chunk: Sequence[Published], known: Set[str]) -> list[Published]:
        assert {each.story_id for each in chunk} <= known
        return [each for each in chunk if each.status is Status.ACTIVE]

    def settle(self, published: Published, *, bury: bool) -> Settled:
        (self.settled if bury else self.raised).append(published.story_id)
        return Settled.CLOSED if bury else Settled.AGREES

    def live_ids(self, shards: Container[int]) -> list[str]:
        return [each for each in self.live if shard_of(each, SETTINGS.publisher.shards) in shards]

    def resend(self, story_ids: Sequence[str], least_members: int) -> int:
        self.resent += story_ids
        return len(story_ids)


def story(story_id: str, *, edition: str = "ours", **parts: Any) -> FakeRecord:
    articles = [{"article_id": f"{story_id}-1"}, {"article_id": f"{story_id}-2"}]
    said = {"story_id": story_id, "revision": 7, "status": "active", "merged_into": None, "articles": articles}
    headers = [("ce_source", story_source(edition).encode())]
    return FakeRecord(story_id.encode(), to_json(said | parts), headers)


def articles(count: int) -> list[FakeRecord]:
    return [FakeRecord(None, b"{}", offset=each) for each in range(count)]


class Bench:
    """A convergence over a fake store and a fake consumer, and a clock."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, consumer: FakeConsumer) -> None:
        self.store, self.consumer, self.metrics, self.now = FakeStore(), consumer, PublisherMetrics(), 100.0
        self.signs = 0
        monkeypatch.setattr("consumers.publisher.convergence.make_consumer", consumer.open)
        monkeypatch.setattr("consumers.publisher.convergence.time.monotonic", lambda: self.now)
        stores = ConvergenceStores(
            cast(ServerGuard, self.store),
            cast(EditionGuard, self.store),
            cast(Settlement, self.store),
            cast(Positions, self.store),
            cast(HiddenAgain, self.store),
        )
        self._stores = stores
        self.start()

    def start(self, stories_id: str | None = "an id", **publisher: int) -> None:
        """A publisher that finds this topic and has these settings."""
        changed = SETTINGS.publisher.model_copy(update=publisher)
        settings = SETTINGS.model_copy(update={"publisher": changed})
        self.convergence = Convergence(settings, self._stores, self.metrics, stories_id=stories_id)

    def turn(self, *shards: int) -> set[int]:
        """Those that may publish."""
        ready = self.convergence.step(shards, self._alive)
        self.now += LOOK_S
        return ready

    def _alive(self) -> None:
        self.signs += 1


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Callable[[FakeConsumer], Bench]:
    return lambda consumer: Bench(monkeypatch, consumer)


MakeBench = Callable[[FakeConsumer], Bench]


def test_the_edition_is_compared_before_each_turn_once_redis_may_be_written_to(bench: MakeBench) -> None:
    it = bench(FakeConsumer())
    it.store.ready = False
    assert not it.convergence.server_is_ready()
    assert it.store.confirmed == 1, "the server alone was asked"
    it.store.ready = True
    it.store.stands_by_for = "another"
    assert it.convergence.server_is_ready()
    assert it.store.confirmed == 3


def test_a_publisher_that_holds_nothing_compares_nothing(bench: MakeBench) -> None:
    it = bench(FakeConsumer(stories=[story("a")]))
    assert it.turn() == set()
    assert it.consumer.opened == 0


def test_the_outcomes_of_all_portions_are_counted(bench: MakeBench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("consumers.publisher.convergence.CHUNK", 2)
    ended = [story(name, status="closed") for name in "abcde"]
    it = bench(FakeConsumer(stories=ended, articles=articles(1)))
    it.turn(0, 1)
    assert it.metrics.stories_settled.labels(Settled.AGREES)._value.get() == 5
    assert it.signs >= 3


def test_stories_of_an_edition_that_ours_took_over_from_are_settled_too(bench: MakeBench) -> None:
    it = bench(FakeConsumer(stories=[story("a", edition="older"), story("b", edition="another")]))
    it.store.took_over = frozenset({"older"})
    it.turn(0, 1)
    assert it.store.settled == ["a"]


def test_where_nothing_was_published_nothing_is_read(bench: MakeBench) -> None:
    it = bench(FakeConsumer(articles=articles(9)))
    it.turn(0, 1)
    assert it.store.done == {0: "run:1", 1: "run:1"}
    assert it.turn(0, 1) == {0, 1}
    assert (it.consumer.opened, it.consumer.closed) == (1, 1)


def test_stories_are_compared_only_after_the_input_was_read_as_far_as_it_went(bench: MakeBench) -> None:
    it = bench(FakeConsumer(stories=[story("a"), story("b", status="closed")], articles=articles(3)))
    assert it.turn(0, 1) == {0, 1}, "what is there stands above the topic"
    assert it.store.raised == ["a"]
    it.consumer.topics[ARTICLES] += articles(5)  # more comes in, which is not waited for
    it.store.position = 2
    it.turn(0, 1)
    assert (it.store.settled, it.store.done) == ([], {})
    it.store.position = 3
    it.turn(0, 1)
    assert (it.store.settled, it.store.raised) == (["a"], ["a"])
    assert it.store.done == {0: "run:1", 1: "run:1"}
    outcomes = {each: it.metrics.stories_settled.labels(each)._value.get() for each in Settled}
    assert outcomes == {Settled.AGREES: 3, Settled.CLOSED: 1, Settled.MERGED: 0, Settled.RESTORED: 0}
    assert it.signs > 0


def test_marks_of_transactions_behind_the_last_record_are_not_waited_for(
    bench: MakeBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    it = bench(FakeConsumer(stories=[story("a")], articles=[]))
    marks = FakeConsumer.end_offsets

    def ends(partitions: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        return {each: end or 2 for each, end in marks(it.consumer, partitions).items()}

    monkeypatch.setattr(it.consumer, "end_offsets", ends)
    monkeypatch.setattr(it.consumer, "highwater", lambda _: 0)
    it.turn(0, 1)
    assert it.store.settled == ["a"]


def test_a_redis_that_was_started_again_is_compared_again(bench: MakeBench) -> None:
    it = bench(FakeConsumer(stories=[story("a")], articles=articles(1)))
    it.store.position = 1
    it.turn(0, 1)
    it.consumer.topics[ARTICLES] = articles(2)
    it.store.incarnation = "run:2"
    it.turn(0, 1)
    assert it.store.stages[0] is Stage.RAISED
    it.store.position = 2
    it.turn(0, 1)
    assert it.store.done == {0: "run:2", 1: "run:2"}
    assert it.store.settled == ["a", "a"]


def test_live_stories_that_the_topic_lacks_are_sent_again_once_and_only_those(bench: MakeBench) -> None:
    it = bench(FakeConsumer(stories=[story("a")], articles=articles(1)))
    it.store.live = ["a", "b", "c"]
    it.turn(0, 1)
    it.store.position = 1
    it.turn(0, 1)
    assert (it.store.resent, it.store.done) == (["b", "c"], {0: "run:1", 1: "run:1"})
    assert it.metrics.stories_settled.labels(Settled.RESTORED)._value.get() == 2


def test_live_stories_are_sent_again_where_nothing_stands_on_the_topic(
    bench: MakeBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("consumers.publisher.convergence.CHUNK", 2)
    it = bench(FakeConsumer())
    it.store.live = list("abcde")
    it.turn(0)
    assert it.store.resent == [each for each in "abcde" if shard_of(each, 2) == 0]
    it.turn(0, 1)
    assert sorted(it.store.resent) == list("abcde")


@pytest.mark.parametrize("other", [{"stories_id": "another id"}, {"min_sources": 1}])
def test_another_topic_or_another_policy_is_compared_again(bench: MakeBench, other: dict[str, Any]) -> None:
    it = bench(FakeConsumer(stories=[story("a")]))
    it.turn(0, 1)
    it.start()
    it.turn(0, 1)
    assert it.store.raised == ["a"], "another publisher of the same settings compares nothing"
    it.start(**other)
    it.turn(0, 1)
    assert it.store.raised == ["a", "a"]


def test_a_broker_that_is_away_is_asked_again_after_a_while(bench: MakeBench) -> None:
    it = bench(FakeConsumer(stories=[story("a")]))
    it.consumer.away = True
    assert it.turn(0) == set(), "an older state may be there, so nothing is published"
    it.consumer.away = False
    it.now -= LOOK_S / 2
    it.turn(0)
    assert it.consumer.opened == 1
    it.turn(0)
    assert it.store.done == {0: "run:1"}


def read(consumer: FakeConsumer, shards: Collection[int] = (0, 1)) -> dict[str, Published]:
    return read_published(cast(KafkaConsumer, consumer), SETTINGS, shards, lambda: None).ours


def test_the_last_record_of_each_story_counts() -> None:
    read_back = read(FakeConsumer(stories=[story("a", revision=1), story("b"), story("a", revision=2)]))
    assert read_back == {
        "a": Published("a", 2, Status.ACTIVE, None, ("a-1", "a-2")),
        "b": Published("b", 7, Status.ACTIVE, None, ("b-1", "b-2")),
    }


def test_where_the_articles_of_an_ended_story_are_is_not_kept() -> None:
    read_back = read(FakeConsumer(stories=[story("a", status="merged", merged_into="b")]))
    assert read_back == {"a": Published("a", 7, Status.MERGED, "b", ())}


def test_other_shards_and_other_editions_are_none_of_ours() -> None:
    consumer = FakeConsumer(stories=[story("a"), story("b"), story("c"), story("other", edition="theirs")])
    for shard in (0, 1):
        assert set(read(consumer, [shard])) == {each for each in "abc" if shard_of(each, 2) == shard}


def test_records_of_an_edition_that_ours_took_over_from_are_ours_and_below_whatever_we_say() -> None:
    consumer = FakeConsumer(stories=[story("a", edition="blue"), story("b"), story("c", edition="theirs")])
    alive = cast(KafkaConsumer, consumer)
    published = read_published(alive, SETTINGS, [0, 1], lambda: None, took_over={"blue"})
    assert {each: said.revision for each, said in published.ours.items()} == {"a": 8, "b": 7}


def test_what_a_story_was_merged_into_is_known_whatever_its_shard() -> None:
    consumer = FakeConsumer(stories=[story("a"), story("b"), story("c"), story("other", edition="theirs")])
    published = read_published(cast(KafkaConsumer, consumer), SETTINGS, [0], lambda: None)
    assert published.ids == {"a", "b", "c"}
    assert published.ours.keys() < published.ids


@pytest.mark.parametrize("record", [
    FakeRecord(b"x", b"no json", [("ce_source", b"/editions/ours")]),
    FakeRecord(b"x", b"[]", [("ce_source", b"/editions/ours")]),
    FakeRecord(b"x", b"{}", [("ce_source", b"/editions/ours")]),
    FakeRecord(b"\xff", b"{}", [("ce_source", b"/editions/ours")]),
    FakeRecord(None, b"{}", [("ce_source", b"/editions/ours")]),
    FakeRecord(b"x", b"{}"),
])  # fmt: skip
def test_what_is_no_record_of_a_story_is_passed_over(record: FakeRecord) -> None:
    assert set(read(FakeConsumer(stories=[record, story("a")]))) == {"a"}


def test_a_long_topic_gives_signs_of_life_while_it_is_read() -> None:
    consumer = FakeConsumer(stories=[story("a", revision=each) for each in range(1, 2 * ALIVE_RECORDS + 2)])
    signs: list[int] = []
    read_published(cast(KafkaConsumer, consumer), SETTINGS, [0, 1], lambda: signs.append(1))
    assert len(signs) == 3


def test_what_the_topic_hides_is_hidden_once_before_anything_may_be_published(bench: MakeBench) -> None:
    it = bench(FakeConsumer(stories=[story("a", hidden=True), story("b"), story("c", hidden=True)]))
    assert it.turn(0, 1) == {0, 1}
    it.turn(0, 1)
    assert it.store.hidden == ["a", "c"]
    assert it.metrics.stories_settled.labels(HIDDEN)._value.get() == 2


def test_what_an_older_edition_hid_is_the_business_of_the_switch(bench: MakeBench) -> None:
    it = bench(FakeConsumer(stories=[story("a", edition="older", hidden=True)]))
    it.store.took_over = frozenset({"older"})
    it.turn(0, 1)
    assert it.store.hidden == []
