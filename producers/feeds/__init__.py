"""The feeds producer: polls RSS, Atom and JSON feeds and sends what is new."""

from producers.feeds.opml import FeedListError
from producers.feeds.run import run_feeds

__all__ = ["FeedListError", "run_feeds"]
