"""The clusterer's replica of the live stories, kept in step with the store."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_result,
    stop_after_attempt,
    stop_after_delay,
    wait_random_exponential,
)

from consumers.clusterer.clusterer_metrics import BatchStage, ClustererMetrics, Refusal
from pipeline.adapters.store.commit import Batch, CommitOutcome, Committed, Committer, Fenced, Stale
from pipeline.adapters.store.live_reader import LiveStoriesReader, Loaded
from pipeline.domain.clustering import Clustering
from pipeline.domain.clustering.types import Changes
from pipeline.runtime.vigil import LongStep

MAX_TRIES = 20
PATIENCE_S = 20.0
"""Tries of one batch, and the time after which there are no more of them: then the loop goes round first."""

LEAST_TRIES = 3
"""However long they take."""

WAIT_S, MAX_WAIT_S = 0.01, 1.0
"""The pause after a try is random, up to WAIT_S the first time and to twice as much each time: clusterers that get
in each other's way part."""

Decide = Callable[[Clustering], Changes]
Pack = Callable[[int, Changes], Batch]


class SyncedClustering:
    """Decides on the replica and commits to the store; others' changes are caught up with right before.

    No lock is held: a decision that others overtook is taken again on what they changed (promise 4).
    """

    def __init__(
        self,
        clustering: Clustering,
        committer: Committer,
        reader: LiveStoriesReader,
        metrics: ClustererMetrics,
        *,
        long_step: LongStep = nullcontext,
        turn: Callable[[], AbstractContextManager[None]] = nullcontext,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._clustering = clustering
        self._committer = committer
        self._reader = reader
        self._metrics = metrics
        self._long_step = long_step
        self._turn = turn
        self._sleep = sleep
        self._seen = -1

    @property
    def live_stories(self) -> int:
        """Live stories in the replica."""
        return self._clustering.live_stories

    def catch_up(self) -> None:
        """Apply what others committed; load everything at the start or when too far behind."""
        with self._metrics.stage(BatchStage.CATCH_UP), self._long_step():
            latest = self._reader.load() if self._seen < 0 else self._reader.since(self._seen)
            if isinstance(latest, Loaded):
                self._clustering.load(latest.snapshot)
            elif latest.sequence != self._seen:
                self._clustering.apply(latest.delta)
        self._seen = latest.sequence

    def commit(self, decide: Decide, pack: Pack) -> tuple[Changes, CommitOutcome]:
        """Decide and commit until the store takes it, says that the batch is not ours, or is not ready itself.

        Stale where others were quicker each time, up to the bound: the batch is as it was, and may be tried later.
        """
        retrying: Retrying = Retrying(
            retry=retry_if_result(lambda result: isinstance(result[1], Stale)),
            stop=stop_after_attempt(MAX_TRIES) | (stop_after_attempt(LEAST_TRIES) & stop_after_delay(PATIENCE_S)),
            wait=wait_random_exponential(WAIT_S, MAX_WAIT_S),
            sleep=self._sleep,
            retry_error_callback=_last,
        )
        with self._turn():
            return retrying(self._try, decide, pack)

    def _try(self, decide: Decide, pack: Pack) -> tuple[Changes, CommitOutcome]:
        self.catch_up()
        with self._long_step():  # much to repair, or an index that is made anew for twice as many stories
            return self._decide_and_commit(decide, pack)

    def _decide_and_commit(self, decide: Decide, pack: Pack) -> tuple[Changes, CommitOutcome]:
        with self._metrics.stage(BatchStage.DECIDE):
            changes = decide(self._clustering)
        try:
            with self._metrics.stage(BatchStage.COMMIT):
                outcome = self._committer.commit(pack(self._seen, changes))
        except BaseException:
            self._clustering.rollback()
            raise
        if isinstance(outcome, Committed):
            self._clustering.commit()
            # What changes no story is applied whatever others did meanwhile, which is still to be caught up with.
            if not changes.empty:
                self._seen = outcome.sequence
            return changes, outcome
        self._clustering.rollback()
        if isinstance(outcome, Fenced):
            self._metrics.refused(Refusal.FENCED)
        if isinstance(outcome, Stale):
            self._metrics.refused(Refusal.STALE)
        return changes, outcome


def _last(state: RetryCallState) -> tuple[Changes, CommitOutcome]:
    """What the last try gave."""
    assert state.outcome is not None
    result: tuple[Changes, CommitOutcome] = state.outcome.result()
    return result
