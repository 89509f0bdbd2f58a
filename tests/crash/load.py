"""Load that never pauses: articles are sent as fast as they are taken, whatever happens meanwhile."""

from __future__ import annotations

import contextlib
import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Self

from pipeline.adapters.kafka.article_producer import ArticleProducer, Delivery, DeliveryError
from pipeline.json_codec import to_json
from pipeline.testing.articles import made_up_articles
from tests.support.waiting import eventually
from tests.support.world import World

AHEAD = 1_500
"""Records on the topic that nobody has taken yet, at most: the rest waits here."""
CHUNK = 50
BROKEN = b"{broken"


def made_up_records(count: int, seed: int = 11) -> Iterator[bytes]:
    """A day of made-up articles; some come twice, some records are none."""
    chance, told = random.Random(seed), made_up_articles(per_day=count)
    past: list[bytes] = []
    for number in range(count):
        if number % 97 == 96:
            yield BROKEN + str(number).encode()
        elif number % 41 == 40:
            yield chance.choice(past)
        else:
            past.append(to_json(next(told).wire()))
            yield past[-1]


class Feeder:
    """Sends everything in a thread of its own. A context manager."""

    def __init__(self, world: World, records: list[bytes], applied: Callable[[], int]) -> None:
        """`applied` tells how many of them have been taken."""
        self.acknowledged: Counter[bytes] = Counter()
        self._world = world
        self._applied = applied
        self._records = records
        self._thread = threading.Thread(target=self._send_all, daemon=True)
        self._over = threading.Event()

    def finish(self) -> None:
        """Until all is sent."""
        self._thread.join(600)
        assert not self._thread.is_alive(), "the load could not be sent"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join(60)

    def _send_all(self) -> None:
        with ArticleProducer(self._world.settings.kafka, "load") as producer:
            for start in range(0, len(self._records), CHUNK):
                chunk = self._records[start : start + CHUNK]
                for value, sent in [(each, producer.send_raw(each, None)) for each in chunk]:
                    self._note(value, sent)
                self._wait(start)
                if self._over.is_set():
                    return

    def _note(self, value: bytes, sent: Delivery) -> None:
        with contextlib.suppress(DeliveryError):
            sent.result(120)
            self.acknowledged[value] += 1

    def _wait(self, sent: int) -> None:
        eventually(
            lambda: self._over.is_set() or sent - self._applied() < AHEAD, timeout_s=600,
            pause_s=0.02, what="room for more load",
        )  # fmt: skip
