"""Sends a group of articles and tells each one's fate."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from pipeline.adapters.kafka.article_producer import DeliveryError
from pipeline.domain.records.article import Article
from producers.sink import ArticleSink, Delivery

TIMEOUT_S = 30.0
"""For a whole group. Kafka may still deliver what was given up: ids make that harmless."""


def deliver(
    sink: ArticleSink,
    articles: Sequence[Article],
    timeout_s: float = TIMEOUT_S,
    clock: Callable[[], float] = time.monotonic,
) -> list[str | None]:
    """Send all, then wait for all. None for each that Kafka acknowledged, else what went wrong."""
    deadline = clock() + timeout_s
    started = [_start(sink, article, clock() < deadline) for article in articles]
    return [_finish(each, max(0.0, deadline - clock())) for each in started]


def _start(sink: ArticleSink, article: Article, in_time: bool) -> Delivery | str:
    if not in_time:
        # A broker that is away blocks each send for a minute: one is enough to know.
        return "not sent: Kafka took nothing in time"
    try:
        return sink.send(article)
    except DeliveryError as error:
        return str(error)


def _finish(started: Delivery | str, timeout_s: float) -> str | None:
    if isinstance(started, str):
        return started
    try:
        started.result(timeout_s)
    except DeliveryError as error:
        return str(error)
    return None
