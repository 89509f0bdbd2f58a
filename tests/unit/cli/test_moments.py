"""`--since` takes a date or how long ago, and refuses the rest in one sentence."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pipeline.runtime.cli.command_errors import CommandError
from pipeline.runtime.cli.moments import moment

NOW = datetime(2026, 3, 4, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("2h", "2026-03-04T08:00:00+00:00"),
        ("90min", "2026-03-04T08:30:00+00:00"),
        ("90 m", "2026-03-04T08:30:00+00:00"),
        ("30s", "2026-03-04T09:59:30+00:00"),
        ("3d", "2026-03-01T10:00:00+00:00"),
        ("1w", "2026-02-25T10:00:00+00:00"),
        ("2026-03-01", "2026-03-01T00:00:00+00:00"),
        ("2026-03-01T12:00+02:00", "2026-03-01T10:00:00+00:00"),
    ],
)
def test_a_moment_is_a_date_or_how_long_ago(given: str, meant: str) -> None:
    assert moment(given, NOW).isoformat() == meant


@pytest.mark.parametrize("given", ["yesterday", "", "2x", "-2h", "2027-01-01", "999999999w", "h"])
def test_what_is_no_moment_in_the_past_is_told(given: str) -> None:
    with pytest.raises(CommandError, match="is no moment in the past: give a date"):
        moment(given, NOW)
