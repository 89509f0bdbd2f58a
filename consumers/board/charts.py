"""Geometry of the drawings, as numbers for SVG attributes: a strict policy forbids inline styles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from groundswell.record import Bias, ShareOf, Side, TimelineBin

FACTUALITY_ORDER = ("very-high", "high", "mostly-factual", "mixed", "low", "very-low")
"""Best first; a level that is not here comes after them."""


@dataclass(frozen=True, slots=True)
class Segment:
    """Part of a stacked bar of width 100."""

    key: str
    count: int
    share: float
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Column:
    """A bar of the timeline, in a box one unit wide per column and 100 high."""

    x: float
    y: float
    height: float
    start: datetime
    end: datetime | None
    articles: int


@dataclass(frozen=True, slots=True)
class Timeline:
    """The chart of articles over time."""

    columns: Sequence[Column]
    peak: int
    step: timedelta | None
    """Length of each bin; None where there is only one."""


def bias_segments(bias: Bias) -> list[Segment]:
    """Left, center, right."""
    parts = [(Side.LEFT, bias.left), (Side.CENTER, bias.center), (Side.RIGHT, bias.right)]
    return stacked([(side.value, part) for side, part in parts])


def factuality_segments(factuality: Mapping[str, ShareOf]) -> list[Segment]:
    """Levels of factual reporting, best first."""
    order = {level: place for place, level in enumerate(FACTUALITY_ORDER)}
    levels = sorted(factuality, key=lambda level: (order.get(_slug(level), len(order)), level))
    return stacked([(_slug(level), factuality[level]) for level in levels if factuality[level].count])


def stacked(parts: Sequence[tuple[str, ShareOf]]) -> list[Segment]:
    """Segments side by side, as wide as their shares."""
    segments: list[Segment] = []
    x = 0.0
    for key, part in parts:
        width = round(100 * part.share, 3)
        segments.append(Segment(key, part.count, part.share, round(x, 3), width))
        x += width
    return segments


def timeline(bins: Sequence[TimelineBin]) -> Timeline:
    """Columns of the timeline; a bin with articles is never invisible."""
    peak = max((each.articles for each in bins), default=0)
    step = bins[1].start - bins[0].start if len(bins) > 1 else None
    columns = []
    for place, each in enumerate(bins):
        height = max(round(100 * each.articles / peak, 2), 2.0) if each.articles else 0.0
        end = bins[place + 1].start if place + 1 < len(bins) else (each.start + step if step else None)
        columns.append(Column(place, round(100 - height, 2), height, each.start, end, each.articles))
    return Timeline(columns, peak, step)


def _slug(level: str) -> str:
    return level.strip().lower().replace("_", "-").replace(" ", "-")
