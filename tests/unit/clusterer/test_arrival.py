"""What the clusterer makes of one record, whatever its time says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from kafka.consumer.fetcher import ConsumerRecord

from consumers.clusterer.intake import receive

NOON_MS = 1_755_259_200_000


def record(timestamp_ms: int, published_at: str) -> ConsumerRecord:
    value = b'{"title": "Ferry runs aground", "published_at": "%s"}' % published_at.encode()
    given = {"topic": "articles", "partition": 0, "offset": 7, "timestamp": timestamp_ms, "value": value}
    return ConsumerRecord(**{field: given.get(field) for field in ConsumerRecord._fields})


@pytest.mark.parametrize("timestamp_ms", [-1, 0, -(10**17), 10**17, 2**63 - 1])
def test_a_time_that_no_clock_shows_stops_nothing(timestamp_ms: int) -> None:
    received = receive(record(timestamp_ms, "2025-08-15T12:00:00Z"), 1_000)
    assert received.article.published_at == datetime.fromtimestamp(NOON_MS / 1_000, UTC)
    assert received.received_at.year <= datetime.now(UTC).year


def test_what_is_ahead_is_judged_by_when_the_article_came() -> None:
    """A replay of old articles finds the same dates as the first run did."""
    ahead = (datetime.fromtimestamp(NOON_MS / 1_000, UTC) + timedelta(days=1)).isoformat()
    assert receive(record(NOON_MS, ahead), 1_000).article.published_at is None
    assert receive(record(NOON_MS + 86_400_000, ahead), 1_000).article.published_at is not None
