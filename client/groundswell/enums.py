"""`enum.StrEnum`, which Python 3.10 lacks."""

from __future__ import annotations

import sys

if sys.version_info >= (3, 11):
    from enum import StrEnum
else:  # pragma: no cover
    from enum import Enum

    class StrEnum(str, Enum):
        """Members are strings, and are printed as such."""

        __str__ = str.__str__


__all__ = ["StrEnum"]
