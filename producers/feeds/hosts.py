"""Takes turns at the hosts of pages: robots.txt is obeyed, and each gets one request at a time, spaced out."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import urlsplit

import httpx
from protego import Protego

from pipeline.settings import FeedsSettings
from producers.feeds.characters import decode_document
from producers.feeds.fetch import NO_VALIDATORS, Failed, Fetched, Gone, fetch

RULES_FOR_S = 86_400.0
"""RFC 9309: robots.txt should not be used for longer than a day."""
UNREACHABLE_FOR_S = 600.0
"""How long a host whose robots.txt can't be had is left alone."""
ROBOTS_CHARS = 500_000
"""RFC 9309 demands that so much is read; what is beyond is not."""
MAX_DELAY_S = 60.0
"""A host that asks for a longer pause between two requests gets none: articles would wait for hours."""
MAX_HOSTS = 5_000

_FREE = Protego.parse("")
_CLOSED = Protego.parse("User-agent: *\nDisallow: /")


class NotAllowedError(Exception):
    """robots.txt forbids this address."""


class NotNowError(Exception):
    """The turn would come too late."""


@dataclass(frozen=True)
class _Rules:
    """Of one robots.txt: that of a scheme, name and port."""

    robots: Protego
    until: float


@dataclass
class _Host:
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    ready_at: float = 0.0
    rules: dict[str, _Rules] = field(default_factory=dict)


class Hosts:
    """All hosts whose pages are fetched, by name."""

    def __init__(
        self, client: httpx.AsyncClient, settings: FeedsSettings, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._client = client
        self._settings = settings
        self._clock = clock
        self._hosts: dict[str, _Host] = {}

    @asynccontextmanager
    async def turn(self, url: str, deadline: float) -> AsyncIterator[None]:
        """For one request to this address, by the time of the clock.

        Raises NotAllowedError and NotNowError.
        """
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}".lower()
        host = self._host(parts.hostname or "")
        async with host.turn:
            await self._wait(host, deadline)  # to ask for its rules is a request too
            rules = host.rules.get(origin)
            if rules is None or self._clock() >= rules.until:
                rules = host.rules[origin] = await self._learn(origin)
                self._used(host, rules)
            if not rules.robots.can_fetch(url, self._settings.user_agent):
                raise NotAllowedError(f"{origin}/robots.txt forbids it")
            if self._delay_s(rules) > MAX_DELAY_S:
                raise NotAllowedError(f"{origin}/robots.txt asks for pauses of more than {MAX_DELAY_S:g} s")
            await self._wait(host, deadline)
            try:
                yield
            finally:
                self._used(host, rules)

    def _host(self, name: str) -> _Host:
        if len(self._hosts) >= MAX_HOSTS:
            self._hosts = {name: each for name, each in self._hosts.items() if each.turn.locked()}
        return self._hosts.setdefault(name, _Host())

    async def _wait(self, host: _Host, deadline: float) -> None:
        if max(host.ready_at, self._clock()) > deadline:
            raise NotNowError
        await asyncio.sleep(max(0.0, host.ready_at - self._clock()))

    async def _learn(self, origin: str) -> _Rules:
        """Ask for the rules. As RFC 9309 says: none where there is no file, all closed where nobody knows."""
        answer = await fetch(
            self._client,
            f"{origin}/robots.txt",
            NO_VALIDATORS,
            timeout_s=self._settings.timeout_s,
            max_bytes=self._settings.max_bytes,
        )
        match answer:
            case Fetched(body=body):
                robots = Protego.parse(decode_document(body)[:ROBOTS_CHARS])
            case Gone():
                robots = _FREE
            case Failed(status=status, throttled=False) if status and status < HTTPStatus.INTERNAL_SERVER_ERROR:
                robots = _FREE
            case _:
                return _Rules(_CLOSED, self._clock() + UNREACHABLE_FOR_S)
        return _Rules(robots, self._clock() + RULES_FOR_S)

    def _used(self, host: _Host, rules: _Rules) -> None:
        host.ready_at = self._clock() + self._delay_s(rules)

    def _delay_s(self, rules: _Rules) -> float:
        return max(self._settings.page_delay_s, rules.robots.crawl_delay(self._settings.user_agent) or 0.0)
