"""All editions of a Redis at one look."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass

from kafka import KafkaConsumer
from redis import Redis

from pipeline.adapters.store.editions import editions
from pipeline.adapters.store.keys import Keys
from pipeline.adapters.store.positions import Positions
from pipeline.adapters.store.stories import StoryReader
from pipeline.runtime.rebuild.distance import Way
from pipeline.settings import Settings


@dataclass(frozen=True)
class EditionState:
    """One edition: how it stands to others, and how far it is."""

    edition: str
    standing: str
    encoder: str
    read: int
    """Records so far."""
    left: int
    """Records that wait on its topic of articles."""
    stories: int
    """Live ones."""
    unpublished: int
    """Stories in its outbox."""

    def row(self) -> dict[str, str | int]:
        """For JSON."""
        return asdict(self)

    def line(self) -> str:
        """For people."""
        return (
            f"{self.edition}: {self.standing}; {self.encoder}; {self.read:,} records read, {self.left:,} left; "
            f"{self.stories:,} live stories, {self.unpublished:,} unpublished"
        )


def overview(redis: Redis, consumer: KafkaConsumer, settings: Settings) -> Iterator[EditionState]:
    """Each edition, by name; the consumer must be in no group."""
    for seen in editions(redis):
        own, keys = settings.redis.model_copy(update={"edition": seen.name}), Keys(seen.name)
        positions = Positions(redis, own)
        way = Way(consumer, seen.identity.get("articles", settings.kafka.topics.articles), positions)
        yield EditionState(
            seen.name,
            seen.standing,
            seen.identity.get("encoder", "no encoder stated"),
            positions.counters()["in"],
            way.look().waiting,
            len(StoryReader(redis, own).live_ids()),
            sum(int(redis.zcard(keys.outbox(each))) for each in range(int(seen.identity.get("shards", 0)))),
        )
