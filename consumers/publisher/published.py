"""The last record of each story on the topic: the log of what was published."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace

from kafka import KafkaConsumer
from kafka.consumer.fetcher import ConsumerRecord

from groundswell.record import Status
from pipeline.adapters.kafka.envelope import story_source
from pipeline.adapters.kafka.reading import read_to_end
from pipeline.adapters.store.keys import shard_of
from pipeline.adapters.store.settlement import Published
from pipeline.json_codec import from_json
from pipeline.settings import Settings

ALIVE_RECORDS = 500
"""Between two signs of life while the topic is read, which may hold millions."""


@dataclass(frozen=True)
class PublishedStories:
    """What the topic has of our edition and of those that it took over from; it may hold records of others too."""

    ours: dict[str, Published] = field(default_factory=dict)
    """Of the shards that were asked for, by story id."""
    ids: set[str] = field(default_factory=set)
    """Of all shards: a story may be merged into one of another shard."""


def read_published(
    consumer: KafkaConsumer,
    settings: Settings,
    shards: Collection[int],
    alive: Callable[[], None],
    took_over: Collection[str] = (),
) -> PublishedStories:
    """Read the topic to its end; records of the editions that ours `took_over` from are ours."""
    ours = story_source(settings.redis.edition).encode()
    sources = {ours, *(story_source(each).encode() for each in took_over)}
    found = PublishedStories()
    for number, record in enumerate(read_to_end(consumer, settings.kafka.topics.stories)):
        if number % ALIVE_RECORDS == 0:
            alive()
        source = dict(record.headers).get("ce_source")
        if source not in sources or not record.key:
            continue
        published = _published(record)
        if published is None:
            continue
        if source != ours:
            # The same number in our edition is another revision, which subscribers would take for one seen.
            # What its desk hid the switch has carried over, as far as there is something of it here.
            published = replace(published, revision=published.revision + 1, hidden=False)
        found.ids.add(published.story_id)
        if shard_of(published.story_id, settings.publisher.shards) in shards:
            found.ours[published.story_id] = published
    return found


def _published(record: ConsumerRecord) -> Published | None:
    """None where somebody has put something on our topic that is no record of a story."""
    try:
        said = from_json(record.value)
        status = Status(said["status"])
        # Only a story that can still grow is looked for by its articles: the others' are not kept.
        members = said["articles"] if status is Status.ACTIVE else []
        return Published(
            str(said["story_id"]), int(said["revision"]), status, said["merged_into"],
            tuple(each["article_id"] for each in members), bool(said.get("hidden")),
        )  # fmt: skip
    except (KeyError, TypeError, ValueError):
        return None
