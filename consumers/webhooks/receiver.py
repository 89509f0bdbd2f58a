"""One receiver: an address to which signed events are sent."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

import httpx

from consumers.webhooks.event import Event
from consumers.webhooks.signing import Signer
from pipeline.adapters.outward.addresses import Network
from pipeline.adapters.outward.connecting import OutwardTransport
from pipeline.webhook_settings import Subscription

CONCURRENCY = 8
"""Events of different stories under way to one receiver."""
USER_AGENT = "Groundswell-Webhooks/0.1"
_AWAY = (408, 425, 429)
"""Of the answers below 500: not a word about the event."""


class Fate(StrEnum):
    """What became of a try."""

    DELIVERED = "delivered"
    """The receiver answered 2xx."""
    REFUSED = "refused"
    """It answered, and does not want this event, or not like this: other events may fare better."""
    AWAY = "away"
    """It did not answer in time, or not for itself: no other event would fare better."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Of one try."""

    fate: Fate
    reason: str = ""


class Receiver:
    """Sends to one address. No redirect is followed, and no inner address is connected to unless allowed."""

    def __init__(self, subscription: Subscription, timeout_s: float, allowed: Sequence[Network]) -> None:
        """Raises BadSecretError."""
        self._url = subscription.url
        self._signer = Signer(subscription)
        self._timeout_s = timeout_s
        limits = httpx.Limits(max_connections=CONCURRENCY, max_keepalive_connections=CONCURRENCY)
        self._client = httpx.AsyncClient(
            headers={"User-Agent": USER_AGENT, "Content-Type": "application/json"},
            timeout=timeout_s,
            transport=OutwardTransport(allowed, limits, "webhooks.allow_addresses"),
            follow_redirects=False,
            trust_env=False,
        )

    async def send(self, event: Event) -> Answer:
        """One try; whatever the network and the receiver do becomes an answer."""
        signed = self._signer.headers(event.webhook_id, datetime.now(UTC), event.body)
        try:
            # Of the answer only the status counts: a body is not read, however long it is.
            async with (
                asyncio.timeout(self._timeout_s),
                self._client.stream("POST", self._url, content=event.body, headers=signed) as response,
            ):
                return _judged(response.status_code)
        except TimeoutError:
            return Answer(Fate.AWAY, f"no answer within {self._timeout_s:g} s")
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            return Answer(Fate.AWAY, f"{type(error).__name__}: {error}"[:300])

    async def close(self) -> None:
        """Let go of its connections."""
        await self._client.aclose()


def _judged(status: int) -> Answer:
    if 200 <= status < 300:
        return Answer(Fate.DELIVERED)
    if 300 <= status < 400:
        return Answer(Fate.REFUSED, f"HTTP {status}: redirects are not followed; set the address that it leads to")
    return Answer(Fate.AWAY if status >= 500 or status in _AWAY else Fate.REFUSED, f"HTTP {status}")
