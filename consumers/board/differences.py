"""Where figures differ, as a page shows it: one line for each value, with all outlets that stand by it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from groundswell.record import Contradiction, FigureClaim


@dataclass(frozen=True, slots=True)
class Value:
    """What several outlets say, the same within rounding."""

    shown: str
    """As most of them say it."""
    claims: Sequence[FigureClaim]
    """Newest first."""

    @property
    def cited(self) -> FigureClaim:
        """The newest claim in the words that are shown."""
        return next(claim for claim in self.claims if claim.value == self.shown)


@dataclass(frozen=True, slots=True)
class Difference:
    """Values for one thing, that of most outlets first."""

    about: str
    values: Sequence[Value]


def difference_of(contradiction: Contradiction) -> Difference:
    """The lines for one thing. Records from before 1.1.0 have no groups: there each wording is a value."""
    claims = contradiction.claims
    grouped = any(claim.group for claim in claims)
    groups: dict[object, list[FigureClaim]] = {}
    for claim in claims:
        groups.setdefault(claim.group if grouped else claim.value, []).append(claim)
    values = [_value(group) for group in groups.values()]
    return Difference(contradiction.about, sorted(values, key=lambda value: -len(value.claims)))


def _value(claims: Sequence[FigureClaim]) -> Value:
    return Value(Counter(claim.value for claim in claims).most_common(1)[0][0], claims)
