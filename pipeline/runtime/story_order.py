"""In what order stories are listed. A module of its own: the command line loads no more until it must."""

from __future__ import annotations

from enum import StrEnum


class Order(StrEnum):
    """The order of a list."""

    TIME = "time"
    """Newest coverage first."""
    SIZE = "size"
    """Most articles first."""
