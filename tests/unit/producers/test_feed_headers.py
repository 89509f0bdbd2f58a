"""What servers and feeds say about when to come again."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from producers.feeds.headers import fresh_for_s, retry_after_s, ttl_s

NOW = datetime(2025, 8, 15, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        (" 0 ", 0),
        ("Fri, 15 Aug 2025 12:01:00 GMT", 60),
        ("Fri, 15 Aug 2025 11:00:00 GMT", 0),
        ("9" * 400, 999_999_999),
        ("soon", None),
        ("Fri, 15 Aug 99999999999999999999 12:01:00 GMT", None),
        ("Fri, 15 Aug 2025 12:01:00 +99999999999999", None),
        ("-5", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str | None, seconds: float | None) -> None:
    assert retry_after_s(value, NOW) == seconds


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"cache-control": "max-age=600"}, 600),
        ({"cache-control": 'public, MAX-AGE = "600", must-revalidate'}, 600),
        ({"cache-control": "max-age=600", "age": "100"}, 500),
        ({"cache-control": "max-age=600", "age": "700"}, 0),
        ({"cache-control": "max-age=600", "age": "old"}, 600),
        ({"cache-control": "s-maxage=600"}, 0),
        ({"cache-control": "no-cache, max-age=600"}, 0),
        ({"cache-control": "max-age=600,no-store"}, 0),
        ({"cache-control": "max-age=-1"}, 0),
        ({"cache-control": "max-age=" + "9" * 400}, 999_999_999),
        ({"cache-control": "private"}, 0),
        ({}, 0),
    ],
)
def test_an_answer_is_fresh_for_its_max_age_less_its_age(headers: dict[str, str], seconds: float) -> None:
    assert fresh_for_s(headers) == seconds


@pytest.mark.parametrize(
    ("minutes", "seconds"), [("60", 3_600), (" 5 ", 300), ("0", 0), ("", 0), (None, 0), ("-5", 0), ("1h", 0)]
)
def test_a_ttl_is_minutes(minutes: str | None, seconds: float) -> None:
    assert ttl_s(minutes) == seconds
