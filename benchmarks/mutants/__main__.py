"""`python -m benchmarks.mutants [--survivors [PLACE]]`: the result of the last `mutmut run`, as tables.

Killed is what the type checker refuses or a test notices, by failing or by never ending. `--survivors` lists each
other one with its change and why it is harmless, then counts those without a reason.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from fnmatch import fnmatchcase

from benchmarks.mutants.reasons import reason_of, reasons
from benchmarks.mutants.results import FOLDERS, KILLED, Mutant, Outcome, mutants

NONE = "no reason"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mutants", description=__doc__)
    parser.add_argument(
        "--survivors", nargs="?", const="*", metavar="PLACE", help="show each, of these modules: consumers.*"
    )
    options = parser.parse_args()
    found = list(mutants())
    left = [each for each in found if each.outcome in (Outcome.SURVIVED, Outcome.UNTESTED)]
    if options.survivors:
        _print_each([each for each in left if fnmatchcase(each.module, options.survivors)])
    _print_outcomes(found)
    _print_reasons(left)


def _print_each(left: Sequence[Mutant]) -> None:
    for each in left:
        reason = reason_of(each)
        print(f"{each.name}: {each.outcome}; {reason.name if reason is not None else NONE}")
        print(*(f"  - {line}" for line in each.removed), *(f"  + {line}" for line in each.added), sep="\n")


def _print_outcomes(found: Sequence[Mutant]) -> None:
    print(f"| folder | mutants | {' | '.join(Outcome)} | killed | of those that types let pass |")
    print("|---" * (len(Outcome) + 4) + "|")
    for row in (*FOLDERS, "all"):
        outcomes = Counter(each.outcome for each in found if row in (each.folder, "all"))
        cells = [f"{outcomes.total():,}", *(f"{outcomes[each]:,}" for each in Outcome)]
        killed, by_types = sum(outcomes[each] for each in KILLED), outcomes[Outcome.TYPES]
        cells += [_share(killed, outcomes.total()), _share(killed - by_types, outcomes.total() - by_types)]
        print(f"| `{row}` | {' | '.join(cells)} |")


def _share(part: int, whole: int) -> str:
    return f"{part / max(1, whole):.1%}"


def _print_reasons(left: Sequence[Mutant]) -> None:
    counts: Counter[tuple[str, str]] = Counter()
    for each in left:
        reason = reason_of(each)
        counts[reason.name if reason is not None else NONE, each.folder] += 1
    print(f"\n| why the others are harmless | {' | '.join(f'`{each}`' for each in FOLDERS)} |")
    print("|---" * (len(FOLDERS) + 1) + "|")
    for name in (*(each.name for each in reasons()), NONE):
        print(f"| {name} | {' | '.join(str(counts[name, folder] or '') for folder in FOLDERS)} |")
    print(f"\nWithout a reason: {sum(count for (name, _), count in counts.items() if name == NONE)}")


if __name__ == "__main__":
    main()
