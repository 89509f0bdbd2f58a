"""Which changes of a story are published, and when."""

from __future__ import annotations

from dataclasses import dataclass

from groundswell.record import Status
from pipeline.adapters.store.outbox import Pending
from pipeline.domain.story.roll import roll_of
from pipeline.domain.story.snapshot import StorySnapshot
from pipeline.domain.story.sources import OutletLookup
from pipeline.settings import PublisherSettings


@dataclass(frozen=True)
class Policy:
    """The settings' bounds, held to what a record says of the same story."""

    settings: PublisherSettings
    outlets: OutletLookup

    def is_due(self, pending: Pending) -> bool:
        """True once the burst has settled and the story's last revision is old enough."""
        if pending.waiting_s < self.settings.settle_s:
            return False
        return pending.published_age_s is None or pending.published_age_s >= self.settings.interval_s

    def wants(self, snapshot: StorySnapshot, published_before: bool) -> bool:
        """True where subscribers should see this revision.

        A story appears when its record would count `min_sources` sources; one whose articles name none has one
        all the same. From then on every change is shown, its end included.
        """
        if published_before:
            return True
        if snapshot.status is not Status.ACTIVE or snapshot.hidden:
            return False
        return max(1, len(roll_of(snapshot.articles, self.outlets).sources)) >= self.settings.min_sources
