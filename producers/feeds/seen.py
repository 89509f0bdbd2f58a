"""Which articles this process has sent already."""

from __future__ import annotations

import threading
from collections import OrderedDict

MAX_SEEN = 100_000
"""About 20 MB. A feed shows its last few dozen entries, so this covers thousands of feeds; what falls out
and comes again is only sent again: the clusterer counts every article once."""


class SeenArticles:
    """Article ids, the least recently met dropped first. Safe to share between threads."""

    def __init__(self, capacity: int = MAX_SEEN) -> None:
        self._capacity = capacity
        self._ids: OrderedDict[str, None] = OrderedDict()
        self._lock = threading.Lock()

    def claim(self, article_id: str) -> bool:
        """True for the first who asks: that one sends it, and calls `forget` if that fails."""
        with self._lock:
            new = article_id not in self._ids
            self._ids[article_id] = None
            self._ids.move_to_end(article_id)
            if len(self._ids) > self._capacity:
                self._ids.popitem(last=False)
            return new

    def forget(self, article_id: str) -> None:
        """It was not sent after all."""
        with self._lock:
            self._ids.pop(article_id, None)
