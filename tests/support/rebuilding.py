"""An edition that publishes, one that is rebuilt beside it, and a subscriber who reads throughout."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from groundswell import Subscriber
from groundswell.record import Status, StoryRecord
from pipeline.quality.bench.hashing_encoder import HashingEncoder
from pipeline.settings import Settings


class HalfBlindEncoder(HashingEncoder):
    """Another encoder: it sees every other word, so what it takes for alike is not what the first one does."""

    digest = "every other word"

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return super().encode([" ".join(each.split()[::2]) for each in texts])


def newer(settings: Settings, edition: str = "", group: str = "") -> Settings:
    """The same for an edition that is rebuilt beside the one of these settings."""
    redis = settings.redis.model_copy(update={"edition": edition or f"{settings.redis.edition}-green"})
    kafka = settings.kafka.model_copy(update={"group": group or f"{settings.kafka.group}-green"})
    return settings.model_copy(update={"redis": redis, "kafka": kafka})


@dataclass
class Reader:
    """Reads `stories` in a thread of its own, as a subscriber does, from before the first record on."""

    settings: Settings
    stories: dict[str, StoryRecord] = field(default_factory=dict)
    """The last record of each story that was handed out."""
    lags: list[int] = field(default_factory=list)

    def __enter__(self) -> Self:
        kafka = self.settings.kafka
        self.subscriber = Subscriber(kafka.connection, kafka.topics.stories)
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.subscriber.stop()
        self._thread.join(20)

    def _read(self) -> None:
        with self.subscriber as records:
            for record in records:
                self.stories[record.story_id] = record

    @property
    def live(self) -> set[str]:
        """Stories that are going on, as this reader knows them."""
        return {each for each, record in self.stories.items() if record.status is Status.ACTIVE}
