"""What the clusterer makes of one record, whatever its time says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kafka.consumer.fetcher import ConsumerRecord

from consumers.clusterer.intake import receive
from consumers.clusterer.newest_versions import version_of
from pipeline.domain.records.dates import MAX_AHEAD
from tests.unit.clustering.made import vector

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


YEAR_2100 = "2100-01-01T00:00:00Z"
YEAR_2100_MS = 4_102_444_800_000


@settings(deadline=None)
@given(
    timestamp_ms=st.integers(-(2**63), 2**63 - 1) | st.integers(1, 2 * YEAR_2100_MS),
    published_at=st.datetimes(datetime(1900, 1, 2), datetime(2100, 12, 30)),
)
def test_no_date_lies_ahead_of_the_time_at_which_the_broker_took_it_nor_that_ahead_of_now(
    timestamp_ms: int, published_at: datetime
) -> None:
    received = receive(record(timestamp_ms, published_at.isoformat() + "Z"), 1_000)
    now = datetime.now(UTC)
    assert received.received_at <= now
    dated = received.article.published_at
    if dated is not None:
        assert dated <= (received.received_at if timestamp_ms > 0 else now) + MAX_AHEAD


def test_a_sender_that_sets_the_time_of_its_record_ahead_gets_no_date_there() -> None:
    """Where a topic takes the sender's time (CreateTime) and the broker has no bound for it."""
    received = receive(record(YEAR_2100_MS, YEAR_2100), 1_000)
    assert received.article.published_at is None
    assert received.encoded(vector()).published_at is None
    assert received.stored(None, 10).published_at is None


def test_a_withdrawal_with_a_time_ahead_does_not_outlive_all_later_versions() -> None:
    sent = record(YEAR_2100_MS, YEAR_2100)._replace(value=b'{"url": "https://example.org/a", "withdrawn": true}')
    assert version_of(receive(sent, 1_000), 0).number <= datetime.now(UTC).timestamp() * 1_000


def test_the_clustering_learns_when_an_article_came() -> None:
    received = receive(record(NOON_MS, "2025-08-15T11:00:00Z"), 1_000)
    assert received.encoded(vector()).arrived_at == NOON_MS / 1_000
