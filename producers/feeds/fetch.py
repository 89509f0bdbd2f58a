"""One visit of one feed over HTTP: conditional, bounded in time and size."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TypeVar

import httpx

from pipeline.adapters.outward.addresses import Network
from pipeline.adapters.outward.connecting import OutwardTransport
from pipeline.adapters.outward.redirects import followed
from producers.feeds.decoding import ACCEPT_ENCODING, GZIP, EncodingError, TooLargeError, layers_of, unpack
from producers.feeds.headers import fresh_for_s, retry_after_s

ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, "
    "application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, */*;q=0.1"
)
ACCEPT_PAGE = "text/html, application/xhtml+xml;q=0.9, */*;q=0.1"
MAX_REDIRECTS = 10
_THROTTLED = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)


@dataclass(frozen=True)
class Validators:
    """What the server gave to ask "changed since?" with."""

    etag: str | None = None
    last_modified: str | None = None

    def headers(self) -> dict[str, str]:
        """The request headers that make a request conditional."""
        pairs = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in pairs.items() if value}

    def renewed(self, headers: Mapping[str, str]) -> Validators:
        """With what a 304 gave anew; what it leaves out still holds."""
        return Validators(headers.get("ETag") or self.etag, headers.get("Last-Modified") or self.last_modified)


NO_VALIDATORS = Validators()


@dataclass(frozen=True)
class Fetched:
    """The feed changed, or the server can't tell."""

    body: bytes
    url: str
    """Where it came from in the end; relative links start here."""
    headers: Mapping[str, str]
    validators: Validators
    moved_to: str | None = None
    """Set where the server says that the address has changed for good."""
    fresh_s: float = 0.0
    """For so long the server would only repeat this answer."""


@dataclass(frozen=True)
class NotModified:
    """Nothing new (304)."""

    validators: Validators
    """For the next request: a server may give new ones although nothing changed."""
    moved_to: str | None = None
    fresh_s: float = 0.0


@dataclass(frozen=True)
class Gone:
    """The feed was taken down for good (410)."""


@dataclass(frozen=True)
class Failed:
    """No feed this time."""

    reason: str
    retry_after_s: float | None = None
    """How long the server wants to be left alone (429, 503)."""
    throttled: bool = False
    status: int | None = None
    """None where there was no answer."""


@dataclass(frozen=True)
class Moved:
    """What was asked for is elsewhere; only where redirects are not followed."""

    to: str


Answer = Fetched | NotModified | Gone | Failed
Result = TypeVar("Result")


def make_client(
    user_agent: str, timeout_s: float, concurrency: int, allow_addresses: Sequence[Network] = ()
) -> httpx.AsyncClient:
    """The HTTP client for all feeds: gzip, connections kept for reuse, and none to an inner address.

    No proxy of the environment is used: it would connect where nothing checks the address.
    """
    limits = httpx.Limits(max_connections=concurrency, max_keepalive_connections=concurrency)
    return httpx.AsyncClient(
        headers={"User-Agent": user_agent, "Accept": ACCEPT, "Accept-Encoding": ACCEPT_ENCODING},
        timeout=timeout_s,
        transport=OutwardTransport(allow_addresses, limits, "feeds.allow_addresses"),
    )


async def fetch(
    client: httpx.AsyncClient, url: str, validators: Validators, *, timeout_s: float, max_bytes: int
) -> Answer:
    """Visit the feed. Whatever the network and the server do becomes an answer; nothing is raised."""

    async def visit() -> Answer:
        request = client.build_request("GET", url, headers=validators.headers())
        async with followed(client, request, MAX_REDIRECTS) as (response, moved_to):
            return await _answer(response, validators, moved_to, max_bytes)

    return await _explained(visit(), timeout_s)


async def fetch_page(client: httpx.AsyncClient, url: str, *, timeout_s: float, max_bytes: int) -> Answer | Moved:
    """One request, which follows no redirect. Nothing is raised."""

    async def visit() -> Answer | Moved:
        request = client.build_request("GET", url, headers={"Accept": ACCEPT_PAGE})
        response = await client.send(request, stream=True, follow_redirects=False)
        try:
            if response.next_request is not None:
                return Moved(str(response.next_request.url))
            return await _answer(response, NO_VALIDATORS, None, max_bytes)
        finally:
            await response.aclose()

    return await _explained(visit(), timeout_s)


async def _explained(visit: Coroutine[None, None, Result], timeout_s: float) -> Result | Failed:
    """How the visit ended, whatever the network does."""
    try:
        # httpx bounds each read; a server that drips a byte at a time needs a bound on the whole.
        async with asyncio.timeout(timeout_s):
            return await visit
    except TimeoutError:
        return Failed(f"no answer within {timeout_s:g} s")
    except httpx.TimeoutException as error:
        return Failed(f"no answer within {timeout_s:g} s ({type(error).__name__})")
    except EncodingError as error:
        return Failed(f"DecodingError: {error}")
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, ValueError) as error:
        # ValueError: a redirect to an address that idna or the URL parser can't take.
        return Failed(f"{type(error).__name__}: {error}" if str(error) else type(error).__name__)


async def _answer(
    response: httpx.Response, asked_with: Validators, moved_to: str | None, max_bytes: int
) -> Answer:
    status, headers = response.status_code, response.headers
    if status == HTTPStatus.NOT_MODIFIED:
        return NotModified(asked_with.renewed(headers), moved_to, fresh_for_s(headers))
    if status == HTTPStatus.GONE:
        return Gone()
    if status in _THROTTLED:
        wait_s = retry_after_s(headers.get("Retry-After"), datetime.now(UTC))
        return Failed(_status(response), wait_s, throttled=True, status=status)
    if status != HTTPStatus.OK:
        return Failed(_status(response), status=status)
    body = await _read(response, max_bytes)
    if body is None:
        return Failed(f"larger than {max_bytes} bytes")
    validators = Validators(headers.get("ETag"), headers.get("Last-Modified"))
    return Fetched(body, str(response.url), headers, validators, moved_to, fresh_for_s(headers))


async def _read(response: httpx.Response, max_bytes: int) -> bytes | None:
    """The body after decompression, None as soon as it is too large."""
    layers = layers_of(response.headers.get("Content-Encoding", ""))
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > max_bytes:
            return None
    try:
        document = unpack(bytes(body), layers, max_bytes)
        # A file that is packed in itself, whatever the headers say: sitemaps are.
        return unpack(document, 1, max_bytes) if document.startswith(GZIP) else document
    except TooLargeError:
        return None


def _status(response: httpx.Response) -> str:
    return f"HTTP {response.status_code} {response.reason_phrase}".strip()
