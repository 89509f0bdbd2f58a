"""Why a mutant that no test notices is harmless: each has one reason, by its place and its change.

`reasons.toml` holds them. The first that fits counts; what none fits is a gap, of the tests or of the file.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

from benchmarks.mutants.results import Mutant

FILE = Path(__file__).with_name("reasons.toml")


@dataclass(frozen=True)
class Case:
    """Some mutants that share a reason."""

    place: str
    """Pattern of `module.Class.function`, as in a shell."""
    change: re.Pattern[str]
    """Found in `BEFORE -> AFTER`, the changed lines joined by spaces."""

    def fits(self, mutant: Mutant) -> bool:
        """Whether it is one of them."""
        text = f"{' '.join(mutant.removed)} -> {' '.join(mutant.added)}"
        return fnmatchcase(f"{mutant.module}.{mutant.function}", self.place) and bool(self.change.search(text))


@dataclass(frozen=True)
class Reason:
    """One sentence, and the mutants that it holds for."""

    name: str
    why: str
    cases: Sequence[Case]


@cache
def reasons() -> tuple[Reason, ...]:
    """All of them, in the order in which they are asked."""
    return tuple(
        Reason(name, said["why"], [Case(place, re.compile(change)) for place, change in said["cases"]])
        for name, said in tomllib.loads(FILE.read_text("utf-8")).items()
    )


def reason_of(mutant: Mutant) -> Reason | None:
    """The first that fits."""
    return next((each for each in reasons() if any(case.fits(mutant) for case in each.cases)), None)
