"""What the producers need of Kafka; `pipeline.adapters.kafka.article_producer.ArticleProducer` provides it."""

from __future__ import annotations

from typing import Protocol

from pipeline.domain.records.article import Article


class Delivery(Protocol):
    """The fate of one record that was sent."""

    def result(self, timeout_s: float) -> None:
        """Wait for the acknowledgement. Raises DeliveryError."""


class ArticleSink(Protocol):
    """Takes articles and acknowledges them."""

    def send(self, article: Article) -> Delivery:
        """Send one valid article. Raises DeliveryError where it can't even be queued."""

    def send_raw(self, value: bytes, key: bytes | None) -> Delivery:
        """Send bytes as they are. Raises DeliveryError where they can't even be queued."""

    def flush(self) -> None:
        """Wait for all that was sent. Raises DeliveryError when some of it was not acknowledged."""
