"""A publisher's hold on one shard: its lease, also in the middle of steps that take longer than the lease."""

from __future__ import annotations

from contextlib import AbstractContextManager

from pipeline.adapters.store.outbox import Lease
from pipeline.runtime.vigil import Vigil
from pipeline.settings import SummariserSettings

STEP_S = 60.0
"""One step (a record made, a round sent, a producer opened) may honestly take this long, besides what a language
model takes. What takes longer counts as hung, and another publisher takes the shard."""


class ShardLostError(Exception):
    """Another publisher holds the shard now, or Kafka did not take our records."""


class Hold:
    """Ends when the lease is lost, and for good. Nothing may be sent after that."""

    def __init__(self, lease: Lease, vigil: Vigil | None, summariser: SummariserSettings) -> None:
        """`vigil` renews the lease while a step is under way, be it of this shard or of another."""
        self._lease = lease
        self._vigil = vigil or Vigil(STEP_S)
        self._step_s = STEP_S + _summary_s(summariser)
        self._lost = False
        self._vigil.add(self.keep)

    def step(self) -> AbstractContextManager[None]:
        """A step that may take long."""
        return self._vigil.during(self._step_s)

    def renew(self) -> None:
        """Before anything that must not be done twice. Raises ShardLostError."""
        if self._lost or not self._lease.renew():
            raise ShardLostError("the lease ran out, or another publisher has it")

    def check(self) -> None:
        """In the middle of long work. Raises ShardLostError."""
        if not self.keep():
            raise ShardLostError("the lease ran out while records were built")

    def keep(self) -> bool:
        """Whether the lease is still ours; the vigil asks too, from its own thread."""
        self._lost = self._lost or not self._lease.keep()
        return not self._lost

    def release(self) -> None:
        """Give the lease back."""
        self.let_go()
        self._lease.release()

    def let_go(self) -> None:
        """The lease runs out by itself."""
        self._vigil.remove(self.keep)


def _summary_s(settings: SummariserSettings) -> float:
    """What a language model may take: its time-out counts for connecting and for answering."""
    return 2 * settings.timeout_s if settings.url else 0.0
