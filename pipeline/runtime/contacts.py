"""When each dependency last answered: a line in the log when one is lost, and one when it is back."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog

from pipeline.runtime.folding import take_folded

log = structlog.get_logger(__name__)


@dataclass
class _Dependency:
    max_age_s: float
    """An older contact counts as lost."""
    last: float
    """On our clock; before the first contact the time from which it is waited for."""
    met: bool = False
    reason: str = "it was not asked yet"
    told: bool = False
    """Whether the log has the line that it is lost."""


class Contacts:
    """The dependencies of one role. Any thread may ask; of each dependency one thread tells."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._all: dict[str, _Dependency] = {}

    def expect(self, name: str, max_age_s: float) -> None:
        """From now on there must be contact with it, none older than this."""
        self._all = {**self._all, name: _Dependency(max_age_s, self._clock())}

    def made(self, name: str) -> None:
        """It answered."""
        dependency = self._all[name]
        if dependency.told:
            lost_s = round(self._clock() - dependency.last, 1)
            log.info("contact is back", dependency=name, lost_s=lost_s, folded_lines=take_folded())
        dependency.last, dependency.met, dependency.told = self._clock(), True, False

    def failed(self, name: str, reason: str) -> None:
        """It did not answer. Told once, as soon as the last contact is too old."""
        dependency = self._all[name]
        dependency.reason = reason
        if self._is_lost(dependency) and not dependency.told:
            dependency.told = True
            log.warning("contact lost", dependency=name, age_s=round(self._age_s(dependency), 1), reason=reason)

    def has(self, name: str) -> bool:
        """Whether the last contact is young enough, or none is expected."""
        dependency = self._all.get(name)
        return dependency is None or (dependency.met and not self._is_lost(dependency))

    def lost(self) -> str | None:
        """Which dependencies have not answered for too long, since when, and why; None where there is none."""
        return self._told(name for name, each in self._all.items() if self._is_lost(each))

    def missing(self) -> str | None:
        """As `lost`, and with those that never answered yet."""
        return self._told(name for name, each in self._all.items() if not each.met or self._is_lost(each))

    def _told(self, names: Iterable[str]) -> str | None:
        return "; ".join(self._tell(name, self._all[name]) for name in names) or None

    def _tell(self, name: str, dependency: _Dependency) -> str:
        age_s = self._age_s(dependency)
        since = (datetime.now(UTC) - timedelta(seconds=age_s)).isoformat(timespec="seconds")
        what = f"last contact {age_s:.0f} s ago" if dependency.met else f"no contact yet, for {age_s:.0f} s"
        return f"{name}: {what} (since {since}; ready is at most {dependency.max_age_s:g} s): {dependency.reason}"

    def _is_lost(self, dependency: _Dependency) -> bool:
        return self._age_s(dependency) > dependency.max_age_s

    def _age_s(self, dependency: _Dependency) -> float:
        return self._clock() - dependency.last
