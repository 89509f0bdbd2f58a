"""Which changes of a story are published, and when."""

from __future__ import annotations

from groundswell.record import Status
from pipeline.settings import PublisherSettings
from pipeline.store.outbox import Pending
from pipeline.story.snapshot import StorySnapshot


def due(pending: Pending, settings: PublisherSettings) -> bool:
    """True once the burst has settled and the story's last revision is old enough."""
    if pending.waiting_s < settings.settle_s:
        return False
    return pending.published_age_s is None or pending.published_age_s >= settings.interval_s


def wanted(snapshot: StorySnapshot, published_before: bool, settings: PublisherSettings) -> bool:
    """True where subscribers should see this revision.

    A story appears when it has `min_sources` outlets. From then on every change is shown, its end included.
    """
    if published_before:
        return True
    return snapshot.status is Status.ACTIVE and outlet_count(snapshot) >= settings.min_sources


def outlet_count(snapshot: StorySnapshot) -> int:
    """Distinct outlets; an article that names none counts as one of its own."""
    return len({each.source or each.outlet or each.article_id for each in snapshot.articles})
