"""The whole text of articles, from their pages, for feeds that only tease.

Limits: pages that only scripts fill, or that stand behind a wall, give no more than the feed does. A page that
changes while its feed does not, or that could not be had, is not fetched again.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import httpx
import structlog
import trafilatura

from pipeline.domain.records.article import Article
from pipeline.domain.text import clean_text
from pipeline.settings import FeedsSettings
from producers.feeds.feed_metrics import FeedMetrics, Page
from producers.feeds.fetch import Failed, Fetched, Gone, Moved, fetch_page
from producers.feeds.hosts import Hosts, NotAllowedError, NotNowError
from producers.html_page import html_of, is_html, without_title

log = structlog.get_logger(__name__)

VISIT_S = 60.0
"""For the pages of one visit; those that don't fit in wait for the next."""
MAX_PAGE_BYTES = 3_000_000
MAX_TEXT_CHARS = 100_000
MAX_REDIRECTS = 5


class Pages:
    """Fetches pages, politely. One for all feeds, because several may show pages of one host."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        settings: FeedsSettings,
        metrics: FeedMetrics,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._settings = settings
        self._metrics = metrics
        self._clock = clock
        self._hosts = Hosts(client, settings, clock)

    async def complete(self, articles: Sequence[Article]) -> list[Article]:
        """The articles with the text of their pages: as many, from the first on, as one visit may fetch.

        An article whose page gives no longer text stays as it is; one whose page is gone for good comes back
        withdrawn. Nothing is raised.
        """
        deadline = self._clock() + VISIT_S
        completed: list[Article] = []
        for article in articles[: self._settings.pages_per_visit]:
            try:
                completed.append(await self._completed(article, deadline))
            except NotNowError:
                break
        return completed

    async def _completed(self, article: Article, deadline: float) -> Article:
        """Raises NotNowError."""
        if article.url is None or article.withdrawn:
            return article
        result, text = await self._text(article.url, deadline)
        text = without_title(text, article.title)
        if result is Page.READ and len(text) <= len(article.text):
            result = Page.NO_LONGER
        self._metrics.pages.labels(result).inc()
        if result is Page.GONE:
            # The feed may show it for days, and another feed may have brought it onto the topic.
            return article.model_copy(update={"withdrawn": True, "updated_at": datetime.now(UTC)})
        return article.model_copy(update={"text": text}) if result is Page.READ else article

    async def _text(self, url: str, deadline: float) -> tuple[Page, str]:
        """Each redirect is a request of its own, which the host that it leads to may forbid."""
        for _ in range(MAX_REDIRECTS + 1):
            try:
                async with self._hosts.turn(url, deadline):
                    answer = await fetch_page(
                        self._client, url, timeout_s=self._settings.timeout_s, max_bytes=MAX_PAGE_BYTES
                    )
            except NotAllowedError as error:
                log.debug("page not fetched", page=url, why=str(error))
                return Page.FORBIDDEN, ""
            match answer:
                case Moved(to):
                    url = to
                case Fetched():
                    return Page.READ, await asyncio.to_thread(main_text, answer)
                case Gone():
                    return Page.GONE, ""
                case Failed(reason):
                    log.debug("page not read", page=url, why=reason)
                    return Page.FAILED, ""
                case _:
                    return Page.FAILED, ""
        return Page.FAILED, ""


def main_text(page: Fetched) -> str:
    """The text of the page's article, without what stands around it; empty where there is none."""
    content_type = page.headers.get("content-type", "")
    if not is_html(content_type):
        return ""
    try:
        html = html_of(page.body, content_type)
        text = trafilatura.extract(html, url=page.url, include_comments=False, include_tables=False)
    except Exception:
        # A mistake of a library in one page must not cost the visit.
        log.exception("page not understood", page=page.url)
        return ""
    return clean_text(text or "")[:MAX_TEXT_CHARS]
