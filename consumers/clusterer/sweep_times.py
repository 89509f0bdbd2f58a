"""When it is time for a sweep."""

from __future__ import annotations

import math
import time

from pipeline.adapters.store.positions import Positions
from pipeline.settings import ClustererSettings


class SweepTimes:
    """After so many articles of ours; and in a pause, which the store knows better than we do.

    Whoever applied the last articles may have been killed before the sweep, and a Redis may have lost it: what
    came in and was never swept is anybody's. A sweep that others made counts as ours.
    """

    def __init__(self, settings: ClustererSettings, positions: Positions) -> None:
        self._settings = settings
        self._positions = positions
        self._ours = 0
        """Records that we applied since our last sweep."""
        self._swept_at = time.monotonic()
        self.look_anew()

    def look_anew(self) -> None:
        """The store is another than it was: look at it in the next pause, however short."""
        self._looked_at = -math.inf
        self._came_in: int | None = None
        """As it stood at the last look."""

    def applied(self, records: int) -> bool:
        """So many more records are applied. Whether it is time now."""
        self._ours += records
        return self._ours >= self._settings.sweep_every

    def in_pause(self) -> bool:
        """Nothing comes. Whether it is time now; the store is asked once in `sweep_idle_s`.

        What others applied waits until nothing came in from one look to the next: while they are at work it is
        their sweep.
        """
        now, pause_s = time.monotonic(), self._settings.sweep_idle_s
        ours = bool(self._ours) and now - self._swept_at >= pause_s
        if not ours and now - self._looked_at < pause_s:
            return False
        self._looked_at = now
        counters = self._positions.counters()
        before, self._came_in = self._came_in, counters["in"]
        if counters["swept"] >= counters["in"]:
            self._ours = 0
            return False
        return ours or before == counters["in"]

    def begun(self) -> None:
        """A sweep begins. Whatever comes of it, in a pause the next follows `sweep_idle_s` later."""
        self._swept_at = time.monotonic()

    def done(self, *, more: bool) -> None:
        """It is committed; with `more` it left something."""
        self._ours = self._ours if more else 0
