"""What is told of mutants: which the type checker refuses, what changed, and why one is harmless."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.mutants.reasons import reason_of, reasons
from benchmarks.mutants.results import Mutant, Outcome, mutants
from benchmarks.mutants.type_errors import copies, refused

SOURCE = """
class Lease:
    def xǁLeaseǁkeep__mutmut_orig(self, seconds: float = 1.0) -> bool:
        left = self.left(seconds)
        return left > 0

    def xǁLeaseǁkeep__mutmut_1(self, seconds: float = 2.0) -> bool:
        left = self.left(seconds)
        return left > 0

    def xǁLeaseǁkeep__mutmut_2(self, seconds: float = 1.0) -> bool:
        left = self.left(None)
        return left > 0

    def xǁLeaseǁkeep__mutmut_3(self, seconds: float = 1.0) -> bool:
        left = self.left(seconds)
        return left >= 0
"""
CODES = {"xǁLeaseǁkeep__mutmut_1": 1, "xǁLeaseǁkeep__mutmut_2": 37, "xǁLeaseǁkeep__mutmut_3": 0}


def error(line: int, code: str, message: str) -> dict[str, object]:
    return {"line": line, "code": code, "message": message}


def test_the_type_checker_refuses_what_it_would_not_say_of_the_code_as_it_is() -> None:
    found = copies(SOURCE)
    errors = [
        error(1, "unused-ignore", "made by mutmut"),
        error(4, "arg-type", "said of every copy"),
        error(8, "arg-type", "said of every copy"),
        error(8, "assignment", "has the type that the first copy gave it"),
        error(12, "arg-type", "None is no float"),
    ]
    assert [each["line"] for each in refused(errors, found)] == [12]


def test_a_mutant_is_told_by_its_place_its_change_and_what_became_of_it(tmp_path: Path) -> None:
    folder = tmp_path / "pipeline" / "adapters" / "store"
    folder.mkdir(parents=True)
    (folder / "lease.py").write_text(SOURCE, "utf-8")
    module = "pipeline.adapters.store.lease"
    codes = {f"{module}.{name}": code for name, code in CODES.items()}
    (folder / "lease.py.meta").write_text(json.dumps({"exit_code_by_key": codes}), "utf-8")
    one, two, three = mutants(tmp_path)
    assert (one.name, one.folder, one.outcome) == (
        f"{module}.Lease.keep#1", "pipeline.adapters.store", Outcome.TESTS,
    )  # fmt: skip
    assert (one.removed, one.added) == (
        ("def(self, seconds: float = 1.0) -> bool:",), ("def(self, seconds: float = 2.0) -> bool:",),
    )  # fmt: skip
    assert (two.outcome, two.removed, two.added) == (
        Outcome.TYPES, ("left = self.left(seconds)",), ("left = self.left(None)",),
    )  # fmt: skip
    assert (three.outcome, three.added) == (Outcome.SURVIVED, ("return left >= 0",))


@pytest.mark.parametrize(
    ("before", "after", "name"),
    [
        ('raise LostError("the lease ran out")', "raise LostError(None)", "said to people"),
        ("for a, b in zip(one, two, strict=True):", "for a, b in zip(one, two, ):", "strict of zip"),
        ("ids = np.array(found, dtype=np.int64)", "ids = np.array(found, )", "type of an array"),
        ("if size > LARGEST:", "if size >= LARGEST:", None),
        ("total = one + other", "total = one - other", None),
    ],
)
def test_a_reason_is_told_by_the_change(before: str, after: str, name: str | None) -> None:
    mutant = Mutant("key", "pipeline.x.y", "function", 1, Outcome.SURVIVED, (before,), (after,))
    reason = reason_of(mutant)
    assert (reason and reason.name) == name


def test_each_reason_says_why_in_a_sentence() -> None:
    assert all(each.why.endswith(".") and each.cases for each in reasons())
