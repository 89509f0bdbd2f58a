"""Times for machines."""

from __future__ import annotations

from datetime import UTC, datetime


def iso(moment: datetime) -> str:
    """`2025-08-16T08:20:00Z`."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
