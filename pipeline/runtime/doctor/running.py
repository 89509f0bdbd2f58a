"""How checks are run: one after the other, each within its time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from kafka.errors import AuthorizationError, IncompatibleBrokerVersion, UnsupportedVersionError
from redis.exceptions import NoPermissionError, RedisError

from pipeline.adapters.store.refusals import why_not
from pipeline.runtime.doctor.finding import Finding, warning, wrong
from pipeline.runtime.doctor.reach import Need, Reach

LIMIT_S = 10.0
"""For one check: each asks a few questions of `TIMEOUT_S` at most, and most are answered at once."""

UNTOLD = (AuthorizationError, IncompatibleBrokerVersion, NoPermissionError, UnsupportedVersionError)
"""We may not ask, or the server does not tell. What kafka-python can't read is a ValueError."""


@dataclass(frozen=True)
class Check:
    """One thing to look at."""

    subject: str
    look: Callable[[Reach], Iterable[Finding]]
    needs: tuple[Need, ...] = ()


def examine(reach: Reach, checks: Sequence[Check]) -> Iterator[Finding]:
    """What each check finds; one line for those that a missing service keeps from looking."""
    for check in checks:
        if reach.reached >= set(check.needs):
            yield from looked(check, reach)
    for needs, subjects in _left_out(reach, checks).items():
        yield warning("not checked", f"{', '.join(subjects)}: {' and '.join(needs)} did not answer")


def looked(check: Check, reach: Reach, limit_s: float = LIMIT_S) -> list[Finding]:
    """What one check finds within its time; whatever goes wrong in it is told as a finding."""
    found: list[Finding] = []

    def look() -> None:
        try:
            found.extend(check.look(reach))
        except ValueError:
            found.append(warning(check.subject, "not checked: the server tells nothing of it in Kafka's own form"))
        except UNTOLD as error:
            said = f"not checked, we may not ask or are not told: {_reason(error)}"
            found.append(warning(check.subject, said))
        except Exception as error:
            found.append(wrong(check.subject, f"not checked: {_reason(error)}", "does the server still answer?"))

    # Ends with the process where it hangs.
    thread = threading.Thread(target=look, name=f"check of {check.subject}", daemon=True)
    thread.start()
    thread.join(limit_s)
    if thread.is_alive():
        return [
            wrong(check.subject, f"not checked: no answer within {limit_s:g} s", "does the server still answer?")
        ]
    return found


def _reason(error: Exception) -> str:
    """What the server said; the `repr` of redis-py's errors leaves that out."""
    return why_not(error)[0] if isinstance(error, RedisError) else repr(error)


def _left_out(reach: Reach, checks: Sequence[Check]) -> dict[tuple[Need, ...], list[str]]:
    left: dict[tuple[Need, ...], list[str]] = {}
    for check in checks:
        lacking = tuple(need for need in check.needs if need not in reach.reached)
        if lacking and check.subject not in ("kafka", "redis"):
            left.setdefault(lacking, []).append(check.subject)
    return left
