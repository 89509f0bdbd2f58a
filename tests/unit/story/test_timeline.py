from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from pipeline.domain.story.timeline import MAX_BINS, momentum_of, timeline_of
from tests.unit.story.made import START, article, record


@pytest.mark.parametrize("hours", [0, 1, 47, 48, 49, 24 * 30, 24 * 400, 24 * 365 * 30])
def test_bins_are_few_of_one_width_and_hold_every_article(hours: int) -> None:
    times = sorted([START, START + timedelta(hours=hours), START + timedelta(hours=hours / 3)])
    bins = timeline_of(times)
    assert 1 <= len(bins) <= MAX_BINS
    assert sum(each.articles for each in bins) == 3
    assert len({b.start - a.start for a, b in pairwise(bins)}) <= 1
    assert bins[0].start <= START


def test_momentum_is_of_the_time_of_the_last_article() -> None:
    busy = momentum_of([START + timedelta(hours=h) for h in (0, 7, 7.2, 7.4, 7.6, 8)])
    assert busy is not None
    assert busy.articles_per_hour == 2.5
    assert busy.acceleration == 1.25
    assert momentum_of([START]) is None


def test_undated_articles_are_in_no_bin_and_never_first() -> None:
    made = record([article("1", minutes=None), article("2", minutes=9)])
    assert sum(each.articles for each in made.timeline) == 1
    assert made.first_article is not None
    assert made.first_article.article_id == "2"
    assert record([article("1", minutes=None)]).first_article is None


def test_at_one_time_the_original_broke_the_story() -> None:
    made = record([article("a", reprint_of="b"), article("b")])
    assert made.first_article is not None
    assert made.first_article.article_id == "b"


def test_times_of_any_zone_are_published_in_utc() -> None:
    paris = datetime.fromisoformat("2025-08-15T10:00:00+02:00")
    made = record([article("1", published_at=paris)])
    assert made.first_published_at == datetime(2025, 8, 15, 8, tzinfo=UTC)
    assert made.first_published_at.utcoffset() == timedelta(0)
