"""What a check found."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How bad it is."""

    OK = "ok"
    """As it should be."""
    WARNING = "warning"
    """Works now; somebody should look at it."""
    WRONG = "wrong"
    """Something does not work, or loses data."""


@dataclass(frozen=True)
class Finding:
    """One line."""

    subject: str
    """What was looked at."""
    verdict: Verdict
    said: str
    """What was seen."""
    todo: str = ""
    """What to do about it; empty where there is nothing to do."""


@dataclass(frozen=True)
class Report:
    """All that was found."""

    verdict: Verdict
    """The worst of them."""
    findings: tuple[Finding, ...]


def counted(number: int, thing: str, things: str = "") -> str:
    """`1 broker`, `2 brokers`."""
    return f"{number} {thing if number == 1 else things or thing + 's'}"


def ok(subject: str, said: str) -> Finding:
    """As it should be."""
    return Finding(subject, Verdict.OK, said)


def warning(subject: str, said: str, todo: str = "") -> Finding:
    """Worth a look."""
    return Finding(subject, Verdict.WARNING, said, todo)


def wrong(subject: str, said: str, todo: str) -> Finding:
    """To be mended."""
    return Finding(subject, Verdict.WRONG, said, todo)


def report(findings: Iterable[Finding]) -> Report:
    """With the worst verdict of all."""
    every = tuple(findings)
    seen = {each.verdict for each in every}
    worst = next((each for each in (Verdict.WRONG, Verdict.WARNING) if each in seen), Verdict.OK)
    return Report(worst, every)
