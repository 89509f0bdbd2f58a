"""Fetches, parses and encodes the next batch while the one before is decided and committed.

Only the loop's thread touches Kafka and Redis; the encoder runs beside it. Nothing here moves what is durable: a
prepared batch that may not be applied any more is dropped, and its records are read again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass

from consumers.clusterer.clusterer_metrics import BatchStage, ClustererMetrics
from consumers.clusterer.decision import BatchDecision
from consumers.clusterer.encoding import EncodingThread, Portion
from consumers.clusterer.intake import Intake, take_in
from consumers.clusterer.partitions import BUFFERED_RECORDS, Partitions, Taken
from pipeline.domain.clustering.boilerplate import Boilerplate
from pipeline.domain.clustering.model import read_term_shares
from pipeline.runtime.vigil import LongStep
from pipeline.settings import ClustererSettings

AHEAD = 2
"""Batches under way: the one whose turn it is, and the one behind it."""

LOOK_S = 0.05
"""Between two looks at Kafka while vectors are waited for: the group hears of us, and buffers fill."""

SHARE_TAKEN = 4
"""A batch takes one part in so many of what waits: large in a backlog, and still small beside it."""


@dataclass(frozen=True)
class PreparedBatch:
    """Records that were parsed, and whose vectors are under way or there."""

    taken: Taken
    decision: BatchDecision
    portions: list[Portion]


class Preparation:
    """The batches under way, in the order in which they are committed."""

    def __init__(
        self,
        settings: ClustererSettings,
        partitions: Partitions,
        encoding: EncodingThread,
        decide: Callable[[Intake], BatchDecision],
        metrics: ClustererMetrics,
        *,
        long_step: LongStep = nullcontext,
    ) -> None:
        self._settings = settings
        self._partitions = partitions
        self._encoding = encoding
        self._decide = decide
        self._metrics = metrics
        self._long_step = long_step
        self._boilerplate = Boilerplate(read_term_shares())
        self._under_way: deque[PreparedBatch] = deque()

    def next(self) -> PreparedBatch | None:
        """The batch whose turn it is, with its vectors, and what came meanwhile is being encoded behind it.

        None where nothing comes in, or what was under way must be read again. The batch stays under way until
        `done` or `drop`.
        """
        if not self._is_held():
            self.drop()
        if not self._under_way:
            with self._metrics.stage(BatchStage.POLL):
                self._partitions.fetch(self._settings.batch_wait_s, self._largest)
            self._begin()
        if not self._under_way:
            return None
        self._await(self._under_way[0])
        self._look_ahead(least=1)
        if not self._is_held():
            self.drop()
            return None
        return self._under_way[0]

    def done(self) -> None:
        """The batch whose turn it was is applied."""
        self._metrics.let_go(self._under_way.popleft().taken.count)

    def drop(self) -> None:
        """Nothing that is under way is to be applied: it is read again from where the store stands."""
        while self._under_way:
            for portion in self._under_way[-1].portions:
                portion.vectors.cancel()
            self._metrics.let_go(self._under_way.pop().taken.count)
        self._partitions.go_back()

    @property
    def _largest(self) -> int:
        return max(self._settings.batch_size, self._settings.max_batch_size)

    def _size(self) -> int:
        """How many records the next batch takes at most."""
        share = self._partitions.waiting() // SHARE_TAKEN
        return max(self._settings.batch_size, min(share, self._settings.max_batch_size))

    def _await(self, batch: PreparedBatch) -> None:
        """Until its vectors are there, or it may not be applied any more."""
        for portion in batch.portions:
            with self._metrics.stage(BatchStage.AWAIT), self._long_step():
                while not portion.done_within(LOOK_S):
                    self._look_ahead(least=min(self._size(), BUFFERED_RECORDS))
                    if not self._is_held():
                        return
            batch.decision.keep(portion.articles, portion.vectors.result())

    def _look_ahead(self, least: int) -> None:
        """Keep up with Kafka, and begin the next batch once so many records wait for it."""
        self._partitions.fetch(0.0, self._largest)
        if len(self._under_way) < AHEAD and self._partitions.buffered >= least and self._is_held():
            self._begin()

    def _begin(self) -> None:
        """Take what has come, parse it and have encoded what the store does not know."""
        taken = self._partitions.take(self._size())
        if taken is None:
            return
        self._metrics.taken(taken.count)
        with self._metrics.stage(BatchStage.PREPARE):
            intake = take_in(taken.records, taken.starts, self._settings.max_text_chars, taken.topic_id)
            decision = self._decide(intake.without(self._boilerplate))
            portions = self._encoding.begin(decision.unencoded())
        self._under_way.append(PreparedBatch(taken, decision, portions))

    def _is_held(self) -> bool:
        return all(self._partitions.holds(each.taken) for each in self._under_way)
