"""When coverage came: bins, momentum, and who was first. Only dated members count here."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise, takewhile
from math import floor

from groundswell.record import FirstArticle, Momentum, TimelineBin
from pipeline.domain.story.roll import Roll
from pipeline.domain.story.snapshot import StoredArticle

MAX_BINS = 48
_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400
_WIDTHS_S = (
    5 * _MINUTE,
    15 * _MINUTE,
    30 * _MINUTE,
    _HOUR,
    2 * _HOUR,
    3 * _HOUR,
    6 * _HOUR,
    12 * _HOUR,
    _DAY,
    2 * _DAY,
    7 * _DAY,
    14 * _DAY,
    30 * _DAY,
)
"""Bin widths that a reader can name."""

_MOMENTUM_LEAST_S, _MOMENTUM_MOST_S = float(_HOUR), float(_DAY)


def publication_times(articles: Iterable[StoredArticle]) -> list[datetime]:
    """The known publication times, oldest first, in UTC."""
    return sorted(a.published_at.astimezone(UTC) for a in articles if a.published_at is not None)


def timeline_of(times: Sequence[datetime]) -> list[TimelineBin]:
    """Bins of one width from the first to the last time, empty ones included."""
    if not times:
        return []
    first, last = floor(times[0].timestamp()), floor(times[-1].timestamp())
    width = _width(first, last)
    # Days and their parts align to midnight UTC; longer bins start on the first day.
    start = first - first % min(width, _DAY)
    starts = [datetime.fromtimestamp(start + number * width, UTC) for number in range((last - start) // width + 1)]
    places = [*(bisect_left(times, each) for each in starts), len(times)]
    return [
        TimelineBin.model_validate({"from": each, "articles": end - begin})
        for each, (begin, end) in zip(starts, pairwise(places), strict=True)
    ]


def _width(first: int, last: int) -> int:
    for width in _WIDTHS_S:
        if (last - (first - first % min(width, _DAY))) // width < MAX_BINS:
            return width
    months = (last - first + _DAY) // (MAX_BINS * _WIDTHS_S[-1]) + 1
    return int(months * _WIDTHS_S[-1])


def momentum_of(times: Sequence[datetime]) -> Momentum | None:
    """The speed of coverage at the time of the last article; None with fewer than two dated articles.

    The rate is taken over the last quarter of the story's life, at least an hour and at most a day, and
    compared with the window of the same length before it. No clock is asked: the record of an old story
    says how fast it grew when it last grew.
    """
    if len(times) < 2:
        return None
    last = times[-1]
    life_s = (last - times[0]).total_seconds()
    window = timedelta(seconds=min(max(life_s / 4, _MOMENTUM_LEAST_S), _MOMENTUM_MOST_S))
    hours = window.total_seconds() / _HOUR
    window_start, before_start = bisect_right(times, last - window), bisect_right(times, last - 2 * window)
    now, before = len(times) - window_start, window_start - before_start
    rate, earlier = now / hours, before / hours
    return Momentum(articles_per_hour=round(rate, 4), acceleration=round((rate - earlier) / hours, 4))


def first_article_of(roll: Roll) -> FirstArticle | None:
    """The earliest dated article; of several at one time, an original before a reprint."""
    if not roll.dated:
        return None
    together = takewhile(lambda key: key[0] == roll.dated[0][0], roll.dated)
    originals = (article for _, each in together if (article := roll[each]).reprint_of is None)
    first = next(originals, roll[roll.dated[0][1]])
    return FirstArticle(
        article_id=first.article_id,
        outlet=roll.sources.label(first.article_id),
        published_at=first.published_at,
    )
