"""The clusterer's replica of the live stories, kept in step with the store."""

from __future__ import annotations

from collections.abc import Callable

from pipeline.clustering import Clustering
from pipeline.clustering.types import Changes
from pipeline.metrics import BatchStage, ClustererMetrics, Refusal
from pipeline.store.commit import Batch, Committed, Committer, Fenced, Restarted, Stale
from pipeline.store.replica import Loaded, ReplicaReader


class Replica:
    """Decides on the replica and commits to the store; others' changes are caught up with in between.

    No lock is held: a decision that others overtook is taken again on what they changed (promise 4).
    """

    def __init__(
        self, clustering: Clustering, committer: Committer, reader: ReplicaReader, metrics: ClustererMetrics
    ) -> None:
        self._clustering = clustering
        self._committer = committer
        self._reader = reader
        self._metrics = metrics
        self._seen = -1

    @property
    def live_stories(self) -> int:
        """Live stories in the replica."""
        return self._clustering.live_stories

    def catch_up(self) -> None:
        """Apply what others committed; load everything at the start or when too far behind."""
        latest = self._reader.load() if self._seen < 0 else self._reader.since(self._seen)
        if isinstance(latest, Loaded):
            self._clustering.load(latest.snapshot)
        else:
            self._clustering.apply(latest.delta)
        self._seen = latest.sequence

    def commit(
        self, decide: Callable[[Clustering], Changes], pack: Callable[[int, Changes], Batch]
    ) -> tuple[Changes, Committed | Fenced | Restarted]:
        """Decide and commit until the store takes it, says that the batch is not ours, or is not ready itself."""
        if self._seen < 0:
            self.catch_up()
        while True:
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
                self._seen = outcome.sequence
                return changes, outcome
            self._clustering.rollback()
            if isinstance(outcome, Fenced):
                self._metrics.refused(Refusal.FENCED)
            if isinstance(outcome, Fenced | Restarted):
                return changes, outcome
            assert isinstance(outcome, Stale)
            self._metrics.refused(Refusal.STALE)
            self.catch_up()

