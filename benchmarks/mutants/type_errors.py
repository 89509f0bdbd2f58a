"""`python -m benchmarks.mutants.type_errors`, in the folder `mutants`: which mutants the type checker refuses.

mutmut asks (`type_check_command`), and tests none of these. It puts the copies of a function beside each other, so
that mypy says more of them than it would of a file with one of them alone: only what can't come of that counts.
Printed as Pyright's report, which mutmut reads.
"""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

COUNTED = {
    "arg-type", "attr-defined", "call-arg", "call-overload", "comparison-overlap", "dict-item", "index",
    "list-item", "operator", "return", "return-value", "type-var", "union-attr",
}  # fmt: skip
"""Not `assignment`, `has-type` and the like: attributes have the types that the first copy gave them."""

UNCHANGED = "__mutmut_orig"


@dataclass(frozen=True)
class Copy:
    """A function of a mutated file: one mutant, or the code as it is."""

    start: int
    end: int
    name: str

    @property
    def function(self) -> str:
        """What it is a copy of."""
        return self.name.partition("__mutmut_")[0]


def copies(source: str) -> list[Copy]:
    """Those of a file, in their order."""
    found = [
        Copy(node.lineno, node.end_lineno or node.lineno, node.name)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and "__mutmut_" in node.name
    ]
    return sorted(found, key=lambda each: each.start)


def refused(errors: list[dict[str, Any]], found: list[Copy]) -> Iterator[dict[str, Any]]:
    """Errors of one file that tell of a mutant, and not of the unchanged function too."""
    starts = [each.start for each in found]
    placed = []
    for error in errors:
        at = bisect_right(starts, error["line"]) - 1
        if at >= 0 and error["line"] <= found[at].end:
            placed.append((found[at], error))
    usual = {(copy.function, error["message"]) for copy, error in placed if copy.name.endswith(UNCHANGED)}
    for copy, error in placed:
        told = error["code"] in COUNTED and (copy.function, error["message"]) not in usual
        if told and not copy.name.endswith(UNCHANGED):
            yield error


def main() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--output", "json"], capture_output=True, text=True, check=False
    )
    by_file: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for error in map(json.loads, done.stdout.splitlines()):
        by_file[error["file"]].append(error)
    report = [
        {
            "file": str(Path(file).absolute()),
            "range": {"start": {"line": each["line"] - 1}},
            "message": each["message"],
        }
        for file, errors in by_file.items()
        for each in refused(errors, copies(Path(file).read_text("utf-8")))
    ]
    print(json.dumps({"generalDiagnostics": report}))


if __name__ == "__main__":
    main()
