"""Hands out small pictures: those that are kept, or fetched now, within bounds."""

from __future__ import annotations

import asyncio
from collections import Counter as Tally
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit
from weakref import WeakValueDictionary

import structlog
from prometheus_client import Counter

from consumers.board.board_metrics import PictureFate
from consumers.board.images.cache import ImageCache
from consumers.board.images.fetching import CONCURRENCY, FetchError, ImageFetcher
from consumers.board.images.thumbnail import UnusableImageError, thumbnail
from pipeline.runtime.door.rate import RequestRate

MAX_WAITING = 64
"""Pictures under way or waiting for their turn; more are refused, and their readers see none."""
OF_ONE_HOST = 2
"""Fetched at a time: a host that does not answer leaves the other places to others."""
WAITING_OF_ONE_HOST = 24
"""Of those that wait; a page shows about as many."""
PER_MINUTE = 600
"""Pictures fetched, at most: whoever asks for all of a board in turn makes us visit no outlet more often."""
MAKERS = 1
"""Threads that unpack: each may take 330 MB, and a usual picture 20 ms."""

log = structlog.get_logger(__name__)


class BusyError(Exception):
    """No picture can be fetched now."""


class ImageProxy:
    """One for a board; for its event loop, but for `failed`."""

    def __init__(self, fetcher: ImageFetcher, cache: ImageCache, fates: Counter) -> None:
        """`fates` counts what becomes of pictures, by `PictureFate`."""
        self._fetcher = fetcher
        self._cache = cache
        self._places = asyncio.Semaphore(CONCURRENCY)
        self._places_of: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()
        self._makers = ThreadPoolExecutor(MAKERS, "thumbnail")
        self._under_way: dict[str, asyncio.Task[bytes]] = {}
        self._rate = RequestRate(PER_MINUTE)
        self._fates = fates

    def failed(self, url: str) -> bool:
        """Whether it is known that there is no picture at this address; from any thread."""
        return self._cache.get(url) == b""

    async def picture(self, url: str) -> bytes | None:
        """A small JPEG; None where there is no picture. Raises BusyError."""
        kept = self._cache.get(url)
        if kept is not None:
            self._fates.labels(PictureFate.KEPT).inc()
            return kept or None
        under_way = self._under_way.get(url) or self._begin(url)
        # Whoever asks first may go away; the others still want it.
        return await asyncio.shield(under_way) or None

    def _begin(self, url: str) -> asyncio.Task[bytes]:
        hosts = Tally(map(_host, self._under_way))
        full = len(self._under_way) >= MAX_WAITING or hosts[_host(url)] >= WAITING_OF_ONE_HOST
        if full or self._rate.wait_s(b"pictures"):
            self._fates.labels(PictureFate.REFUSED).inc()
            raise BusyError
        task = asyncio.create_task(self._load(url))
        self._under_way[url] = task
        task.add_done_callback(lambda _done: self._under_way.pop(url, None))
        return task

    async def _load(self, url: str) -> bytes:
        outcome, picture = PictureFate.FETCHED, b""
        try:
            # Its host's place first: what waits for that holds up nobody else.
            async with self._places_of.setdefault(_host(url), asyncio.Semaphore(OF_ONE_HOST)), self._places:
                fetched = await self._fetcher.fetch(url)
                picture = await asyncio.get_running_loop().run_in_executor(self._makers, thumbnail, fetched)
        except FetchError as error:
            outcome = PictureFate.FAILED
            log.debug("picture not fetched", url=url, reason=str(error))
        except UnusableImageError as error:
            outcome = PictureFate.UNUSABLE
            log.debug("picture not shown", url=url, reason=str(error))
        self._fates.labels(outcome).inc()
        self._cache.put(url, picture)
        return picture


def _host(url: str) -> str:
    return urlsplit(url).netloc
