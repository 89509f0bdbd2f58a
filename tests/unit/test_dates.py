"""Dates: right to the second, or unknown; one reader for feeds and JSON."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.domain.records.article import RAW_CHARS, Article
from pipeline.domain.records.dates import first_date, read_date
from pipeline.domain.records.parse import InvalidArticle, article_from, parse_article

NOON = datetime(2025, 8, 15, 12, 0, tzinfo=UTC)


def published(date: object, received_at: datetime | None = None) -> Article:
    return article_from({"title": "One", "published_at": date}, received_at=received_at)


@pytest.mark.parametrize(
    "date",
    [
        "2025-08-15T12:00:00Z",
        "2025-08-15T12:00:00+00:00",
        "2025-08-15T14:00:00+02:00",
        "2025-08-15T14:00:00+0200",
        "2025-08-15T14:00:00+02",
        "2025-08-15T14:00:00 +02:00",
        "2025-08-15T11:00:00\N{MINUS SIGN}01:00",
        "2025-08-15T14:00:00+02:00[Europe/Paris]",
        "2025-08-15T14:00:00[Europe/Paris]",
        "2025-08-15 14:00:00 Europe/Berlin",
        "2025-08-15 12:00:00.000000000Z",
        "2025-08-15t12:00:00z",
        "2025-08-15 12:00:00",
        "2025-08-15T12:00",
        " 2025-08-15T12 ",
        "20250815T120000Z",
        "20250815120000",
        "Fri, 15 Aug 2025 12:00:00 GMT",
        "Fri, 15 Aug 2025 14:00:00 +0200",
        "Fri, 15 Aug 2025 12:00:00 -0000",
        "Fri, 15 Aug 2025 14:00:00 GMT+0200",
        "Fri, 15 Aug 2025 07:00:00 UTC-5",
        "Fri, 15 Aug 2025 14:00:00 UTC +2",
        "Fri, 15 Aug 2025 08:00:00 EDT",
        "Fri, 15 Aug 2025 14:00:00 CEST",
        "Fri, 15 Aug 2025 13:00:00 BST",
        "Fri, 15 Aug 2025 15:00:00 msk",
        "Fri, 15 Aug 2025 22:00:00 AEST",
        "Fri, 15 Aug 2025 14:00:00 SAST",
        "Fri, 15 Aug 2025 20:00:00 HKT",
        "Fri, 15 Aug 2025 09:00:00 BRT",
        "Sat, 16 Aug 2025 00:00:00 NZST",
        "Fri, 15 Aug 2025 08:00:00 America/New_York",
        "15 Aug 2025 12:00 GMT",
        "Friday, 15 August 2025 12:00:00 GMT",
        "Friday, 15-Aug-25 12:00:00 GMT",
        "Aug 15, 2025 12:00",
        "Fri Aug 15 12:00:00 2025",
        "Fri Aug 15 14:00:00 CEST 2025",
        "Fri Aug 15 2025 14:00:00 GMT+0200 (Central European Summer Time)",
        "Пт, 15 авг 2025 15:00:00 +0300",
        "vie, 15 ago 2025 14:00:00 +0200",
        "Fr, 15 août 2025 14:00:00 +0200",
        1755259200,
        1755259200.0,
        1755259200000,
        "1755259200",
        "1755259200000",
    ],
)
def test_dates_of_every_kind_are_understood(date: str | float) -> None:
    assert read_date(date) == NOON


@pytest.mark.parametrize("date", ["2025-08-15", "20250815", "2025-W33-5"])
def test_a_day_is_its_midnight_in_utc(date: str) -> None:
    assert read_date(date) == datetime(2025, 8, 15, tzinfo=UTC)


def test_a_zone_of_the_tz_database_follows_its_clocks() -> None:
    assert read_date("2025-07-01 12:00:00 Europe/Berlin") == datetime(2025, 7, 1, 10, tzinfo=UTC)
    assert read_date("2025-01-01 12:00:00 Europe/Berlin") == datetime(2025, 1, 1, 11, tzinfo=UTC)


def test_milliseconds_keep_their_fraction() -> None:
    assert read_date(1755259200250) == NOON.replace(microsecond=250_000)


def test_dates_before_1970_are_negative_numbers() -> None:
    assert read_date(-157_766_400) == datetime(1965, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "date",
    [
        "yesterday",
        "now",
        "soon",
        "2025",
        "2025-08",
        "2025-13-01",
        "2025-02-30",
        "2025-02-30T10:00:00Z",
        "2025-08-15T25:00:00Z",
        "01/02/2025",
        "03/04/2025 10:00",
        "15.08.2025",
        "2025年8月15日 14:05",
        "2025年8月15日(金) 14時05分",
        "Fri, 32 Aug 2025 12:00:00 GMT",
        "Sat, 30 Feb 2025 12:00:00 GMT",
        "12:00",
        "2025-08-15T12:00:00Zjunk",
        "123",
        "١٢",
    ],
)
def test_a_date_that_would_have_to_be_guessed_is_unknown(date: str | float) -> None:
    assert read_date(date) is None


@pytest.mark.parametrize(
    "zone",
    ["IST", "AST", "Mars/Base", "Europe", "+99:00", "+02:75", "GMT+25", "[Europe/Rome", "+01:00[Asia/Seoul]"],
)
def test_a_zone_that_is_unknown_or_has_several_meanings_leaves_no_date(zone: str) -> None:
    assert read_date(f"2025-08-15 12:00:00 {zone}") is None


def test_an_hour_that_the_clocks_repeat_is_no_certain_date() -> None:
    assert read_date("2024-10-27 02:30:00 Europe/Berlin") is None
    assert read_date("2024-10-27 02:30:00+02:00[Europe/Berlin]") == datetime(2024, 10, 27, 0, 30, tzinfo=UTC)


def test_a_month_of_another_language_needs_an_offset() -> None:
    """Without one the time is more likely local than UTC."""
    assert read_date("3 марта 2025 14:05") is None


@pytest.mark.parametrize(
    "date",
    [
        0,
        "0",
        -1,
        "1970-01-01T00:00:00Z",
        "Thu, 01 Jan 1970 01:00:00 +0100",
        "0000-00-00 00:00:00",
        "0001-01-01",
        "0001-01-01T00:00:00+14:00",
        "Mon, 01 Jan 0001 00:00:00 GMT",
        "1899-12-31",
        "9999-12-31T23:59:59-12:00",
        1e300,
        -1e300,
        10**25,
        float("nan"),
    ],
)
def test_zeros_of_programs_and_years_that_no_article_has_are_unknown(date: str | float) -> None:
    assert read_date(date) is None


@pytest.mark.parametrize(("ahead_s", "is_date"), [(3_600, True), (3_601, False), (31_536_000, False)])
def test_a_date_more_than_an_hour_ahead_of_the_arrival_is_unknown(ahead_s: int, is_date: bool) -> None:
    date = (NOON + timedelta(seconds=ahead_s)).isoformat()
    assert (read_date(date, NOON) is not None) is is_date
    assert (published(date, received_at=NOON).published_at is not None) is is_date


def test_without_a_time_of_arrival_the_present_counts() -> None:
    assert read_date((datetime.now(UTC) + timedelta(days=1)).isoformat()) is None


@pytest.mark.parametrize("date", ["yesterday", "2025-08", "Fri, 15 Aug 2025 12:00:00 IST", 0])
@pytest.mark.parametrize("field", ["published_at", "updated_at"])
def test_a_date_that_is_not_certain_costs_no_article(field: str, date: object) -> None:
    article = article_from({"title": "One", field: date})
    assert getattr(article, field) is None


@pytest.mark.parametrize("date", ["yesterday", "2025-08", "Fri, 15 Aug 2025 14:00:00 +0200", 1755259200])
def test_what_was_given_as_a_date_is_kept_through_the_wire(date: object) -> None:
    article = published(date)
    assert article.published_raw == str(date)
    assert article_from(article.wire()) == article


def test_a_date_in_its_one_written_form_is_not_kept_twice() -> None:
    assert published("2025-08-15T12:00:00Z").published_raw is None


def test_a_date_as_long_as_a_book_is_cut() -> None:
    assert published("x" * 5_000).published_raw == "x" * RAW_CHARS


@pytest.mark.parametrize("date", [True, [], {"$date": 1}])
def test_a_date_of_a_wrong_type_is_refused(date: object) -> None:
    with pytest.raises(InvalidArticle, match="must be a string or a number"):
        published(date)


def test_the_first_date_that_is_certain_is_taken() -> None:
    assert first_date("soon", "2025-08-15", "2025-08-16") == "2025-08-15"
    assert first_date("soon", None, "later") == "soon"
    assert first_date(None, None) is None


@given(st.one_of(st.text(max_size=40), st.integers(), st.floats(), st.binary().map(repr)))
@example("0" * 14)
@example("-1755259200.5")
@example(float("inf"))
@example(10**400)
@example("9" * 5_000)
@example("2025-08-15T12:00:00 " + "(" * 200)
def test_every_date_is_in_utc_or_unknown(date: str | float) -> None:
    moment = read_date(date)
    assert moment is None or (moment.tzinfo is UTC and 1900 <= moment.year <= 2100)


def test_the_same_bytes_are_the_same_date_wherever_they_come_in() -> None:
    data = b'{"title": "One", "published_at": "Fri, 15 Aug 2025 14:00:00 GMT+0200"}'
    assert parse_article(data).published_at == NOON
