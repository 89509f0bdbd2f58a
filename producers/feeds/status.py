"""How each feed of the list is doing, from the state that the producer keeps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pipeline.settings import FeedsSettings
from producers.feeds.database import Database, StateError, default_path
from producers.feeds.feed_metrics import FeedHealth, Visit
from producers.feeds.opml import FeedSource, load_feeds
from producers.feeds.state import FeedState, FeedStates, RememberedFeed


@dataclass(frozen=True)
class FeedStatus:
    """One feed of the list."""

    feed: str
    """Its address in the list."""
    outlet: str | None
    url: str
    """Where it is visited, which differs once it moved for good."""
    status: FeedHealth
    last_visit: datetime | None
    last_result: Visit | None
    next_visit: datetime | None
    """None: at once where it is new, never where it is gone."""
    interval_s: float | None
    """Its own rhythm at present."""
    failures: int
    """In a row."""
    items_seen: int
    last_error: str | None
    last_error_at: datetime | None


def state_path(settings: FeedsSettings) -> Path:
    """The file of the state."""
    return settings.state or default_path()


def feed_statuses(settings: FeedsSettings) -> list[FeedStatus]:
    """Every feed of the list, in its order. Raises FeedListError and StateError.

    May be asked while the producer works; where it never did, all feeds are new.
    """
    path = state_path(settings)
    known: dict[str, RememberedFeed] = {}
    if path.exists():
        with Database(path, exclusive=False) as database:
            known = {each.source: each for each in FeedStates(database).all()}
    return [_status(each, known.get(each.url)) for each in load_feeds(settings.opml)]


def forget_feed(settings: FeedsSettings, feed: str) -> None:
    """Make a feed of the state new: it is visited at once, also if it was gone, and sent in full.

    Raises StateError where there is no such feed, and where a producer works with the state.
    """
    path = state_path(settings)
    if path.exists():
        with Database(path) as database:
            if FeedStates(database).forget(feed):
                return
    raise StateError(f"{path}: no feed {feed!r} in it; `groundswell feeds status` names those that there are")


def _status(source: FeedSource, known: RememberedFeed | None) -> FeedStatus:
    state = known.state if known else FeedState(source.url)
    return FeedStatus(
        feed=source.url,
        outlet=source.outlet,
        url=state.url,
        status=state.health,
        last_visit=state.visited_at,
        last_result=state.result,
        next_visit=state.next_at,
        interval_s=state.rhythm_s,
        failures=state.failures,
        items_seen=known.items if known else 0,
        last_error=state.error or None,
        last_error_at=state.error_at,
    )
