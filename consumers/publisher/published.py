"""The last record of each story on the topic: the log of what was published."""

from __future__ import annotations

from collections.abc import Callable, Collection

from kafka import KafkaConsumer
from kafka.consumer.fetcher import ConsumerRecord

from pipeline.codec import from_json
from pipeline.kafka.envelope import story_source
from pipeline.kafka.reading import read_to_end
from pipeline.records.story import Status
from pipeline.settings import Settings
from pipeline.store.keys import shard_of
from pipeline.store.settlement import Published

ALIVE_RECORDS = 500
"""Between two signs of life while the topic is read, which may hold millions."""


def read_published(
    consumer: KafkaConsumer, settings: Settings, shards: Collection[int], alive: Callable[[], None]
) -> dict[str, Published]:
    """Of these shards of our edition, by story id. The topic may hold records of other editions too."""
    source = story_source(settings.redis.edition).encode()
    found: dict[str, Published] = {}
    for number, record in enumerate(read_to_end(consumer, settings.kafka.topics.stories)):
        if number % ALIVE_RECORDS == 0:
            alive()
        if dict(record.headers).get("ce_source") != source or not record.key:
            continue
        if shard_of(record.key.decode(errors="replace"), settings.publisher.shards) in shards:
            found |= _published(record)
    return found


def _published(record: ConsumerRecord) -> dict[str, Published]:
    """Empty where somebody has put something on our topic that is no record of a story."""
    try:
        said = from_json(record.value)
        status = Status(said["status"])
        # Only a story that can still grow is looked for by its articles: the others' are not kept.
        members = said["articles"] if status is Status.ACTIVE else []
        published = Published(
            said["story_id"], int(said["revision"]), status, said["merged_into"],
            tuple(each["article_id"] for each in members),
        )  # fmt: skip
    except (KeyError, TypeError, ValueError):
        return {}
    return {published.story_id: published}
