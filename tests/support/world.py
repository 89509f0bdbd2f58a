"""One edition of its own on a real broker and Redis, and a checker that holds it to the promises."""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from kafka import KafkaConsumer
from kafka.consumer.fetcher import ConsumerRecord
from redis import Redis

from consumers.publisher.service import known_outlets, record_builder
from groundswell.record import Status, StoryRecord
from pipeline.adapters.kafka.article_producer import ArticleProducer
from pipeline.adapters.kafka.clients import make_admin, make_consumer
from pipeline.adapters.kafka.fitting import room
from pipeline.adapters.kafka.reading import read_to_end
from pipeline.adapters.kafka.topics import apply_topics
from pipeline.adapters.store.articles import ArticleReader
from pipeline.adapters.store.client import make_redis
from pipeline.adapters.store.outbox import Outbox
from pipeline.adapters.store.positions import Positions
from pipeline.adapters.store.stories import StoryReader
from pipeline.domain.story.shortening import fitted
from pipeline.json_codec import from_json
from pipeline.quality.contract import story_schema
from pipeline.settings import Settings

_OF_TEXTS = (
    "title", "title_article_id", "language", "summary", "key_points", "perspectives", "contradictions",
    "milestones", "entities", "keywords", "analysed_article_count",
)  # fmt: skip


@dataclass(frozen=True)
class World:
    """Settings, and readers of what they name."""

    settings: Settings
    redis: Redis
    positions: Positions
    stories: StoryReader
    outbox: Outbox

    def send(self, values: Iterable[bytes], key: bytes | None = None) -> None:
        """Put records on the topic of articles."""
        with ArticleProducer(self.settings.kafka, "test") as producer:
            for value in values:
                producer.send_raw(value, key)
            producer.flush()

    def unpublished(self) -> int:
        """Stories in the outbox."""
        return sum(self.outbox.size(shard) for shard in range(self.settings.publisher.shards))

    def read(self, topic: str) -> list[ConsumerRecord]:
        """Everything on a topic, as a subscriber reads it."""
        with contextlib.closing(self._consumer()) as consumer:
            return list(read_to_end(consumer, topic))

    def published(self) -> list[dict[str, Any]]:
        """All records on the topic of stories, in order within each story."""
        return [from_json(each.value) for each in self.read(self.settings.kafka.topics.stories)]

    def last_records(self) -> dict[str, dict[str, Any]]:
        """The last record of each story."""
        return {record["story_id"]: record for record in self.published()}

    def dead_letters(self) -> list[ConsumerRecord]:
        """All dead letters."""
        return self.read(self.settings.kafka.topics.dead_letters)

    def ends(self) -> dict[int, int]:
        """Offset behind the last record of each partition of `articles`."""
        topic = self.settings.kafka.topics.articles
        found = dict.fromkeys(range(self.settings.kafka.topics.articles_partitions), 0)
        for record in self.read(topic):
            found[record.partition] = max(found[record.partition], record.offset + 1)
        return found

    def _consumer(self) -> KafkaConsumer:
        return make_consumer(self.settings.kafka)


@contextlib.contextmanager
def open_world(settings: Settings) -> Iterator[World]:
    """Create the topics and the readers."""
    admin = make_admin(settings.kafka)
    apply_topics(admin, settings.kafka)
    admin.close()
    with make_redis(settings.redis) as redis:
        yield World(
            settings,
            redis,
            Positions(redis, settings.redis),
            StoryReader(redis, settings.redis),
            Outbox(redis, settings.redis),
        )


def check_promises(world: World, expected_article_ids: set[str]) -> None:
    """Rebuild the truth from topics and store and compare, in Jepsen's words.

    No lost write, no duplicate: each article is in exactly one story. Positions are at the end. No
    non-monotonic read: revisions never go backwards. No unseen write: the last record equals the store.
    No clusterer may be at work meanwhile: even an idle one merges stories, and what it moves is seen in neither.
    """
    before = world.positions.counters()
    _check_conservation(world, expected_article_ids)
    topic = world.settings.kafka.topics.articles
    started = {number: end for number, end in world.ends().items() if end}
    assert world.positions.read(topic, started) == started
    _check_records(world)
    assert world.positions.counters() == before, "a clusterer was at work while its promises were checked"


def _check_conservation(world: World, expected: set[str]) -> None:
    counters = world.positions.counters()
    parts = ("joined", "opened", "duplicate", "dead_lettered")
    assert counters["in"] == sum(counters[name] for name in parts), counters
    assert counters["in"] == sum(world.ends().values()), "records on the topic and records counted differ"
    where: dict[str, list[str]] = defaultdict(list)
    for story_id in world.stories.all_ids():
        snapshot = world.stories.snapshot(story_id)
        for article in snapshot.articles if snapshot else ():
            where[article.article_id].append(story_id)
    for article_id in expected - set(where):
        _check_ended_unpublished(world, article_id)
        where[article_id] = []
    assert set(where) == expected, f"lost: {len(expected - set(where))}, unknown: {len(set(where) - expected)}"
    assert {each: ids for each, ids in where.items() if len(ids) > 1} == {}, "duplicates"


def _check_ended_unpublished(world: World, article_id: str) -> None:
    """The members of such a story are not kept; that each was in it is."""
    standing = ArticleReader(world.redis, world.settings.redis).standings([article_id]).get(article_id)
    assert standing is not None, f"lost: {article_id}"
    snapshot = world.stories.snapshot(world.stories.resolve(standing.story_id or ""))
    assert snapshot is not None
    assert (snapshot.status, len(snapshot.articles)) == (Status.CLOSED, 0), f"lost: {article_id}"
    assert snapshot.story_id not in world.last_records()


def _check_records(world: World) -> None:
    revisions: dict[str, int] = {}
    contract = Draft202012Validator(story_schema(), format_checker=FormatChecker())
    for record in world.published():
        StoryRecord.model_validate(record)
        contract.validate(record)
        before = revisions.get(record["story_id"], 0)
        assert record["revision"] >= before, f"revision went backwards: {record['revision']} after {before}"
        revisions[record["story_id"]] = record["revision"]
    build = record_builder(world.settings, known_outlets(world.settings))
    for story_id, last in world.last_records().items():
        snapshot = world.stories.snapshot(story_id)
        assert snapshot is not None
        limit = room(world.settings.kafka.topics.max_message_bytes)
        held = fitted(build(snapshot), limit).model_dump(mode="json")
        told, kept = _lasting(last), _lasting(held)
        differ = sorted(each for each in told.keys() | kept.keys() if told.get(each) != kept.get(each))
        assert told == kept, f"the last record of {story_id} is not what the store holds: {differ}"


def _lasting(record: dict[str, Any]) -> dict[str, Any]:
    """Without the reasons: they tell what led to a revision, and are used up once it is published.

    Without what is made of texts, where the story has ended: of these only a part is kept.
    """
    used_up = {"revision_reasons", *(_OF_TEXTS if record["status"] == Status.CLOSED else ())}
    return {name: value for name, value in record.items() if name not in used_up}
