"""`python -m benchmarks.mutants [--survivors]`: the result of the last `mutmut run`, as a table.

Killed is what a test noticed, by failing or by never ending. `--survivors` lists each other one with its change.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

KILLED = ("killed", "timeout", "caught by type check", "segfault")
FOLDERS = ("pipeline.adapters.store", "pipeline.domain.clustering", "consumers.clusterer", "consumers.publisher")
MUTMUT = [str(Path(sys.executable).with_name("mutmut"))]


def results() -> Iterator[tuple[str, str]]:
    """Name and status of each mutant."""
    done = subprocess.run([*MUTMUT, "results", "--all", "true"], capture_output=True, text=True, check=True)
    for line in done.stdout.splitlines():
        name, colon, status = line.strip().rpartition(": ")
        if colon:
            yield name, status


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mutants", description=__doc__)
    parser.add_argument("--survivors", action="store_true", help="show each change that no test noticed")
    options = parser.parse_args()
    found = list(results())
    _print_table(found)
    if options.survivors:
        for name in (name for name, status in found if status not in KILLED):
            print(subprocess.run([*MUTMUT, "show", name], capture_output=True, text=True, check=False).stdout)


def _print_table(found: list[tuple[str, str]]) -> None:
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for name, status in found:
        folder = next((each for each in FOLDERS if name.startswith(f"{each}.")), "other")
        for row in (folder, "all"):
            counts[row]["killed" if status in KILLED else status] += 1
    print("| folder | mutants | killed | share | survived | no test runs them |\n|---|---|---|---|---|---|")
    for row in (*FOLDERS, "all"):
        one = counts[row]
        cells = (one.total(), one["killed"], f"{one['killed'] / max(1, one.total()):.1%}", one["survived"])
        print(f"| `{row}` | {' | '.join(map(str, cells))} | {one['no tests']} |")


if __name__ == "__main__":
    main()
