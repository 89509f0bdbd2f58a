"""A sink that keeps what it is given and fails when told to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from pipeline.adapters.kafka.article_producer import DeliveryError
from pipeline.domain.records.article import Article
from pipeline.json_codec import to_json

Fails = Callable[[bytes], bool]


def never(_value: bytes) -> bool:
    return False


@dataclass
class FakeDelivery:
    lost: bool = False
    waits: list[float] = field(default_factory=list)

    def result(self, timeout_s: float) -> None:
        self.waits.append(timeout_s)
        if self.lost:
            raise DeliveryError("not acknowledged: the broker went away")


@dataclass
class FakeSink:
    refuses: Fails = never
    """Raises at once, as Kafka does with a record that is too large."""
    loses: Fails = never
    """Takes the record and never acknowledges it."""
    records: list[tuple[bytes | None, bytes]] = field(default_factory=list)
    articles: list[Article] = field(default_factory=list)
    flushes: int = 0
    _lost: int = 0

    def send(self, article: Article) -> FakeDelivery:
        delivery = self.send_raw(to_json(article.wire()), article.article_id.encode())
        self.articles.append(article)
        return delivery

    def send_raw(self, value: bytes, key: bytes | None) -> FakeDelivery:
        if self.refuses(value):
            raise DeliveryError("not sent: too large")
        self.records.append((key, value))
        lost = self.loses(value)
        self._lost += lost
        return FakeDelivery(lost)

    def flush(self) -> None:
        self.flushes += 1
        if self._lost:
            lost, self._lost = self._lost, 0
            raise DeliveryError(f"{lost} records were not acknowledged")
