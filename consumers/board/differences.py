"""Where figures differ, as a page shows it: one line for each value, with all outlets that stand by it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from groundswell.record import Contradiction, FigureClaim


@dataclass(frozen=True, slots=True)
class Value:
    """What several outlets say, the same within rounding."""

    shown: str
    """As most of them say it."""
    claims: Sequence[FigureClaim]
    """Newest first."""
    cited: FigureClaim
    """Whose sentence is shown: the newest in these words, in the story's language where one is."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Values for one thing, that of the newest claim first: a toll grows."""

    about: str
    values: Sequence[Value]


def difference_of(contradiction: Contradiction, spoken: Collection[str]) -> Difference:
    """The lines for one thing; `spoken` are the ids of the articles in the story's language.

    Records from before 1.1.0 have no groups: there each wording is a value.
    """
    claims = contradiction.claims
    grouped = any(claim.group for claim in claims)
    groups: dict[object, list[FigureClaim]] = {}
    for claim in claims:
        groups.setdefault(claim.group if grouped else claim.value, []).append(claim)
    return Difference(contradiction.about, [_value(group, spoken) for group in groups.values()])


def _value(claims: Sequence[FigureClaim], spoken: Collection[str]) -> Value:
    shown = Counter(claim.value for claim in claims).most_common(1)[0][0]
    worded = [claim for claim in claims if claim.value == shown]
    return Value(shown, claims, next((claim for claim in worded if claim.article_id in spoken), worded[0]))
