"""The shards of the outbox: held by a publisher, and drained."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.adapters.store.outbox import Outbox
from pipeline.runtime.doctor.finding import Finding, counted, ok, warning, wrong
from pipeline.runtime.doctor.reach import Reach

LATE_S = 60.0
"""Beyond the time that a story waits by the settings, as in the alert GroundswellPublisherStalled."""
_START = "start `groundswell consume publisher`; are all of one publisher.shards?"


def check_outboxes(reach: Reach) -> Iterator[Finding]:
    """Each shard."""
    outbox = Outbox(reach.redis, reach.settings.redis)
    publisher = reach.settings.publisher
    for shard in range(publisher.shards):
        yield _shard(outbox, shard, LATE_S + publisher.interval_s + publisher.settle_s)


def _shard(outbox: Outbox, shard: int, late_s: float) -> Finding:
    subject, waiting, held = f"outbox {shard}", outbox.size(shard), outbox.held(shard)
    oldest_s = max((each.waiting_s for each in outbox.pending(shard, 1)), default=0.0)
    said = f"{'held' if held else 'no publisher holds it'}, {counted(waiting, 'story waits', 'stories wait')}"
    if waiting:
        said += f", the oldest for {oldest_s:.0f} s"
    if not held:
        return wrong(subject, said, _START) if waiting else warning(subject, said, _START)
    if oldest_s > late_s:
        return warning(subject, said, "does Kafka take records? the publisher's log says")
    return ok(subject, said)
