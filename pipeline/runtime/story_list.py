"""Which stories of the store to list, and in what order."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from heapq import nlargest

from pipeline.adapters.store.stories import StoryReader
from pipeline.domain.search import finds, searchable
from pipeline.domain.story.snapshot import StorySnapshot
from pipeline.domain.story.timeline import publication_times
from pipeline.runtime.story_order import Order


@dataclass(frozen=True)
class Wanted:
    """Which stories, of those that there are."""

    ended: bool = False
    """Those that have ended too."""
    query: str = ""
    """Words that all begin a word of the headlines, first sentences and outlets of a story's articles."""
    order: Order = Order.TIME
    limit: int | None = None


def story_ids(reader: StoryReader, wanted: Wanted) -> list[str]:
    """The ids of the wanted stories in their order. Only one story is held at a time."""
    has_words = finds(wanted.query)
    rank = _RANKS[wanted.order]
    known: Iterable[str] = reader.all_ids() if wanted.ended else reader.live_ids()
    snapshots = (snapshot for each in known if (snapshot := reader.snapshot(each)) is not None)
    found = [(rank(each), each.story_id) for each in snapshots if not wanted.query or has_words(_searched(each))]
    return [story_id for _, story_id in nlargest(wanted.limit or len(found), found)]


def _searched(snapshot: StorySnapshot) -> str:
    return "".join(
        searchable(f"{each.title} {each.lead} {each.outlet or ''} {each.source or ''}")
        for each in snapshot.articles
    )


def _time(snapshot: StorySnapshot) -> datetime:
    """Of its newest coverage; of its last change where that has no date."""
    times = publication_times(snapshot.articles)
    return times[-1] if times else snapshot.updated_at


_RANKS: dict[Order, Callable[[StorySnapshot], tuple[int, datetime]]] = {
    Order.TIME: lambda snapshot: (0, _time(snapshot)),
    Order.SIZE: lambda snapshot: (len(snapshot.articles), _time(snapshot)),
}
