"""What the last `mutmut run` left in the folder `mutants`: every mutant, its change and what came of it."""

from __future__ import annotations

import ast
import difflib
import json
from collections.abc import Iterator, Set
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

FOLDERS = ("pipeline.adapters.store", "pipeline.domain.clustering", "consumers.clusterer", "consumers.publisher")
RUN = Path("mutants")
_SEPARATOR = "ǁ"
"""Between class and method in mutmut's names."""


class Outcome(StrEnum):
    """What became of a mutant."""

    TYPES = "by types"
    """mypy refuses it."""
    TESTS = "by tests"
    """A test fails."""
    TIME = "by time-out"
    """A test takes fifteen times as long as it did, or never ends."""
    SURVIVED = "survived"
    UNTESTED = "no test"
    """No test of those that are run passes through the function."""
    UNCHECKED = "not run"


KILLED = (Outcome.TYPES, Outcome.TESTS, Outcome.TIME)
_OF_EXIT_CODE = {
    0: Outcome.SURVIVED, 1: Outcome.TESTS, 3: Outcome.TESTS, 5: Outcome.UNTESTED, 33: Outcome.UNTESTED,
    37: Outcome.TYPES, 24: Outcome.TIME, -24: Outcome.TIME, 36: Outcome.TIME, 152: Outcome.TIME, 255: Outcome.TIME,
    -9: Outcome.TESTS, -11: Outcome.TESTS,
}  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """One small breakage."""

    key: str
    """mutmut's name of it."""
    module: str
    function: str
    """`function`, or `Class.method`."""
    number: int
    outcome: Outcome
    removed: tuple[str, ...]
    """Lines of the function as they are, without indentation."""
    added: tuple[str, ...]
    """What stands there instead."""

    @property
    def name(self) -> str:
        """Module, function and number."""
        return f"{self.module}.{self.function}#{self.number}"

    @property
    def folder(self) -> str:
        """Of FOLDERS."""
        return next(each for each in FOLDERS if self.module.startswith(f"{each}."))


def mutants(run: Path = RUN) -> Iterator[Mutant]:
    """All of them, file by file."""
    for meta in sorted(run.rglob("*.py.meta")):
        codes = json.loads(meta.read_text("utf-8"))["exit_code_by_key"]
        if codes:
            yield from _of_file(meta.with_suffix(""), codes)


def forget(keys: Set[str], run: Path = RUN) -> None:
    """Take back what became of these, so that they are tested again."""
    for meta in run.rglob("*.py.meta"):
        said = json.loads(meta.read_text("utf-8"))
        codes = said["exit_code_by_key"]
        if keys & codes.keys():
            said["exit_code_by_key"] = {**codes, **dict.fromkeys(keys & codes.keys())}
            meta.write_text(json.dumps(said, indent=4), "utf-8")


def _of_file(path: Path, codes: dict[str, int | None]) -> Iterator[Mutant]:
    text = path.read_text("utf-8")
    lines = text.splitlines()
    copies = {
        node.name: [
            each.strip().replace(f"def {node.name}", "def") for each in lines[node.lineno - 1 : node.end_lineno]
        ]
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    for key, code in codes.items():
        module, _, copy = key.rpartition(".")
        function, _, number = copy.partition("__mutmut_")
        removed, added = _changed(copies[f"{function}__mutmut_orig"], copies[copy])
        outcome = Outcome.UNCHECKED if code is None else _OF_EXIT_CODE[code]
        yield Mutant(key, module, _plain(function), int(number), outcome, removed, added)


def _plain(function: str) -> str:
    """`xǁClassǁmethod` or `x_function`, as mutmut writes them, as in the code."""
    return function.removeprefix("x").strip(_SEPARATOR).replace(_SEPARATOR, ".").removeprefix("_")


def _changed(before: list[str], after: list[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    found = [each for each in difflib.ndiff(before, after) if each[:2] in ("- ", "+ ")]
    return tuple(each[2:] for each in found if each[0] == "-"), tuple(each[2:] for each in found if each[0] == "+")
