"""Sends articles to the topic `articles`; used by all producers."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

from kafka.errors import KafkaError
from kafka.producer.future import FutureRecordMetadata

from pipeline.adapters.kafka.clients import make_producer
from pipeline.adapters.kafka.envelope import EventType, Headers, cloud_event
from pipeline.domain.records.article import Article
from pipeline.json_codec import to_json
from pipeline.mendable import MendableError
from pipeline.settings import KafkaSettings


class DeliveryError(MendableError):
    """Kafka did not acknowledge a record; it may or may not be on the topic."""


class Delivery:
    """The fate of one record that was sent."""

    def __init__(self, future: FutureRecordMetadata) -> None:
        self._future = future

    def result(self, timeout_s: float) -> None:
        """Wait for the acknowledgement. Raises DeliveryError."""
        try:
            self._future.get(timeout=timeout_s)
        except KafkaError as error:
            raise DeliveryError(f"not acknowledged: {error}") from error


class ArticleProducer:
    """An idempotent producer of articles; `source` names who sends, for example `replay`."""

    def __init__(self, settings: KafkaSettings, source: str) -> None:
        self._topic = settings.topics.articles
        self._source = f"/producers/{source}"
        self._producer = make_producer(settings)
        self._failed = 0
        self._first_failure: BaseException | None = None

    def send(self, article: Article) -> Delivery:
        """Send one article, keyed by its id, so that all copies of it land in one partition."""
        article_id = article.article_id
        headers = cloud_event(article_id, EventType.ARTICLE, self._source, datetime.now(UTC))
        return self._send(to_json(article.wire()), article_id.encode(), headers)

    def send_raw(self, value: bytes, key: bytes | None) -> Delivery:
        """Send bytes as they are; what can't be used becomes a dead letter, whole, further on."""
        event_id = key.decode("utf-8", "replace") if key else hashlib.sha256(value).hexdigest()
        return self._send(value, key, cloud_event(event_id, EventType.ARTICLE, self._source, datetime.now(UTC)))

    def flush(self) -> None:
        """Wait for all that was sent. Raises DeliveryError if any of it was not acknowledged."""
        self._producer.flush()
        if self._failed:
            failed, self._failed = self._failed, 0
            raise DeliveryError(f"{failed} records were not acknowledged; the first: {self._first_failure}")

    def close(self) -> None:
        """Send what is left and let go of the broker."""
        self._producer.close()

    def _send(self, value: bytes, key: bytes | None, headers: Headers) -> Delivery:
        try:
            future: Any = self._producer.send(self._topic, value=value, key=key, headers=headers)
        except KafkaError as error:
            raise DeliveryError(f"not sent: {error}") from error
        future.add_errback(self._note_failure)
        return Delivery(future)

    def _note_failure(self, error: BaseException) -> None:
        """Only the first and their number: while Kafka is away there may be very many."""
        if not self._failed:
            self._first_failure = error
        self._failed += 1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
