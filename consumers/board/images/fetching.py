"""Fetches a picture from where an outlet says it is: bounded in time, size and hops, and never inwards."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from http.cookiejar import DefaultCookiePolicy

import httpx

from pipeline.adapters.outward.addresses import Network
from pipeline.adapters.outward.connecting import OutwardTransport
from pipeline.adapters.outward.redirects import followed

MEDIA_TYPES = ("image/jpeg", "image/jpg", "image/png", "image/webp", "image/gif")
"""What a server may call what it sends. Of SVG there is none: it is a document with scripts in it."""
MAX_BYTES = 5_000_000
TIMEOUT_S = 10.0
"""For the whole picture, redirects among it."""
MAX_REDIRECTS = 5
CONCURRENCY = 8
USER_AGENT = "Groundswell-Board/0.1"
_HEADERS = {"User-Agent": USER_AGENT, "Accept": ", ".join(MEDIA_TYPES), "Accept-Encoding": "identity"}


class FetchError(Exception):
    """There is no picture this time; the message says why."""


class ImageFetcher:
    """Fetches pictures. Nothing of a reader goes along: no cookie, no referrer, no address."""

    def __init__(self, allowed: Sequence[Network] = (), timeout_s: float = TIMEOUT_S) -> None:
        """Addresses of the networks `allowed` may be connected to although they are not public."""
        self._timeout_s = timeout_s
        # Each picture has a host of its own, so no connection is kept.
        limits = httpx.Limits(max_connections=CONCURRENCY, max_keepalive_connections=0)
        self._client = httpx.AsyncClient(
            headers=_HEADERS,
            timeout=timeout_s,
            transport=OutwardTransport(allowed, limits, "board.allow_addresses"),
            trust_env=False,
        )
        self._client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=()))

    async def fetch(self, url: str) -> bytes:
        """The bytes that stand there. Raises FetchError, whatever network and server do."""
        try:
            # httpx bounds each read; a server that drips a byte at a time needs a bound on the whole.
            async with (
                asyncio.timeout(self._timeout_s),
                followed(self._client, self._client.build_request("GET", url), MAX_REDIRECTS) as (response, _),
            ):
                return await _body(response)
        except TimeoutError:
            raise FetchError(f"not within {self._timeout_s:g} s") from None
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, ValueError) as error:
            # ValueError: an address, of a redirect too, that idna or the URL parser can't take.
            raise FetchError(f"{type(error).__name__}: {error}"[:300]) from None


async def _body(response: httpx.Response) -> bytes:
    if response.status_code != httpx.codes.OK:
        raise FetchError(f"HTTP {response.status_code}")
    media_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if media_type not in MEDIA_TYPES:
        raise FetchError(f"{media_type[:100] or 'no media type'} is no picture that is shown")
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > MAX_BYTES:
            raise FetchError(f"larger than {MAX_BYTES} bytes")
    return bytes(body)
