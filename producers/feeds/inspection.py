"""How a feed is understood: the records that the producer would send, without sending them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pipeline.json_codec import to_json
from pipeline.settings import FeedsSettings
from producers.feeds.articles import feed_articles, read_feed
from producers.feeds.fetch import NO_VALIDATORS, Failed, Fetched, fetch, make_client
from producers.feeds.opml import FeedSource
from producers.feeds.parsed import FeedFormatError


class NoFeedError(Exception):
    """There is no feed to look into; the message says why."""


@dataclass(frozen=True)
class FeedDocument:
    """A feed as it came, and what is known of where it came from."""

    body: bytes
    url: str
    content_type: str


def fetch_document(url: str, settings: FeedsSettings) -> FeedDocument:
    """The feed at this address, fetched as the producer fetches it. Raises NoFeedError."""
    return asyncio.run(_fetched(url, settings))


async def _fetched(url: str, settings: FeedsSettings) -> FeedDocument:
    async with make_client(settings.user_agent, settings.timeout_s, 1, settings.allow_addresses) as client:
        answer = await fetch(
            client, url, NO_VALIDATORS, timeout_s=settings.timeout_s, max_bytes=settings.max_bytes
        )
    match answer:
        case Fetched():
            return FeedDocument(answer.body, answer.url, answer.headers.get("content-type", ""))
        case Failed(reason=reason):
            raise NoFeedError(f"{url}: {reason}")
        case _:
            raise NoFeedError(f"{url}: was taken down for good (410)")


def feed_records(document: FeedDocument, now: datetime) -> tuple[Sequence[bytes], int]:
    """The records that its entries become, and how many entries are left out. Raises NoFeedError."""
    try:
        feed = read_feed(document.body, document.url, document.content_type)
    except FeedFormatError as error:
        raise NoFeedError(str(error)) from None
    found = feed_articles(feed, FeedSource(document.url), document.url, now)
    return [to_json(each.wire()) for each in found.articles], found.entries - len(found.articles)
