"""Small pictures that were made, and addresses that gave none, for as long as they are worth it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from cachetools import TLRUCache

KEPT_S = 86_400.0
"""A picture. Outlets exchange one under the same address now and then."""
FAILED_S = 600.0
"""An address without a picture: nobody asks again for so long."""
ENTRY_BYTES = 512
"""What an entry takes beside its picture: bounds the number of those that failed."""


class ImageCache:
    """By address, within so many bytes; what nobody asked for longest goes first. Safe between threads."""

    def __init__(self, max_bytes: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._lock = threading.Lock()
        self._kept: TLRUCache[str, bytes, float] = TLRUCache(max_bytes, _until, clock, getsizeof=_bytes_of)

    def get(self, url: str) -> bytes | None:
        """The picture; empty where there is none, None where that is not known."""
        with self._lock:
            return self._kept.get(url)

    def put(self, url: str, picture: bytes) -> None:
        """Keep it; an empty one says that there is none."""
        if _bytes_of(picture) <= self._kept.maxsize:
            with self._lock:
                self._kept[url] = picture

    @property
    def bytes(self) -> int:
        """Held now."""
        with self._lock:
            return int(self._kept.currsize)


def _until(_url: str, picture: bytes, now: float) -> float:
    return now + (KEPT_S if picture else FAILED_S)


def _bytes_of(picture: bytes) -> int:
    return len(picture) + ENTRY_BYTES
