"""The coverage block: who covers the story, always recomputed from the members."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from groundswell.record import Bias, Blindspot, Coverage, Interval, ShareOf, Side, Statement
from pipeline.domain.story.roll import Roll
from pipeline.domain.story.sources import Source
from pipeline.domain.story.statistics import CONFIDENCE, as_few_by_chance, wilson

MIN_RATED = 3
"""With fewer rated sources there is no statement and no blindspot."""

CLEAR_SHARE = 0.4
"""A side leads with at least this share of the rated sources, and where no interval includes the opposite."""

BLINDSPOT_LEVEL = 0.05
"""Chance of a false blindspot per story; shared between the two sides tested."""

BLINDSPOT_FACTOR = 0.5
"""A blind side has less than this part of its expected share, however many sources make it significant."""

EXPECTED_SHARES: Mapping[Side, float] = {Side.LEFT: 1 / 3, Side.CENTER: 1 / 3, Side.RIGHT: 1 / 3}
"""Sides among rated sources where nothing better is known than that there are three."""

_VERBS = {Side.LEFT: "lean Left", Side.CENTER: "are Center", Side.RIGHT: "lean Right"}


def coverage_of(roll: Roll, expected: Mapping[Side, float] = EXPECTED_SHARES) -> Coverage:
    """The whole block. `expected` are the shares of the sides that a story would have by chance."""
    every = roll.sources.all()
    sides = Counter(source.side for source in every if source.side is not None)
    rated = sides.total()
    factuality = _counts(source.factuality for source in every)
    ownership = _counts(source.owner for source in every)
    countries = _counts(source.country for source in every)
    return Coverage(
        rated_source_count=rated,
        unrated_source_count=len(every) - rated,
        bias=Bias(**{side.value: _share(sides[side], rated) for side in Side}),
        statement=statement_of(sides),
        blindspot=blindspot_of(sides, expected),
        factuality={word: _share(count, sum(factuality.values())) for word, count in factuality.items()},
        factuality_unrated_count=len(every) - sum(factuality.values()),
        ownership=ownership,
        ownership_unknown_count=len(every) - sum(ownership.values()),
        countries=countries,
        countries_unknown_count=len(every) - sum(countries.values()),
        languages=_ranked(roll.languages),
    )


def publisher_count(sources: Iterable[Source]) -> int:
    """Sources, where all outlets of one known owner are one."""
    return len({source.publisher for source in sources})


def _counts(values: Iterable[str | None]) -> dict[str, int]:
    """Counts of what is known, most frequent first."""
    return _ranked(Counter(value for value in values if value))


def _ranked(counted: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(counted.items(), key=lambda item: (-item[1], item[0])))


def _share(count: int, total: int) -> ShareOf:
    return ShareOf(count=count, share=count / total if total else 0.0)


def statement_of(sides: Mapping[Side, int]) -> Statement | None:
    """What the leading side is, where the opposite is ruled out: that the next side has as many sources."""
    rated = sum(sides.values())
    if rated < MIN_RATED:
        return None
    leader, second = sorted(Side, key=lambda side: -sides[side])[:2]
    share = sides[leader] / rated
    low, high = wilson(sides[leader], rated)
    if share < CLEAR_SHARE or low <= sides[second] / rated or not _leads(sides[leader], sides[second]):
        return None
    return Statement(
        text=f"{share:.0%} of the sources {_VERBS[leader]}",
        side=leader,
        share=share,
        interval=Interval(low=low, high=high, confidence=CONFIDENCE),
        rated_source_count=rated,
    )


def _leads(count: int, next_count: int) -> bool:
    """Whether the interval of the first side's part of both leaves out the half that would be a draw."""
    return wilson(count, count + next_count)[0] > 0.5


def blindspot_of(sides: Mapping[Side, int], expected: Mapping[Side, float]) -> Blindspot | None:
    """The left or right side where it covers the story less than chance explains.

    A one-sided exact binomial test per side against the expected share; the level is divided by the two
    tests (Bonferroni). Center is no blindspot: nobody is kept from a story by its absence.
    """
    rated = sum(sides.values())
    if rated < MIN_RATED:
        return None
    found = []
    for side in (Side.LEFT, Side.RIGHT):
        share, usual = sides[side] / rated, expected[side]
        p_value = as_few_by_chance(sides[side], rated, usual)
        if share < BLINDSPOT_FACTOR * usual and p_value < BLINDSPOT_LEVEL / 2:
            found.append(Blindspot(side=side, share=share, expected_share=usual, p_value=p_value))
    return min(found, key=lambda spot: spot.p_value, default=None)
