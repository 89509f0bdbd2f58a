"""Follows redirects: a bounded number, each connection checked like the first, no body of one read."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus

import httpx

_PERMANENT = (HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.PERMANENT_REDIRECT)


@asynccontextmanager
async def followed(
    client: httpx.AsyncClient, request: httpx.Request, most: int
) -> AsyncIterator[tuple[httpx.Response, str | None]]:
    """The answer after all redirects, and the new address where the first of them are permanent.

    httpx would read the body of each redirect to its end, however long; nobody needs it. Raises what httpx does,
    TooManyRedirects after `most` of them.
    """
    moved_to: str | None = None
    for_good = True
    for _ in range(most + 1):
        response = await client.send(request, stream=True, follow_redirects=False)
        try:
            onward = response.next_request
            if onward is None:
                yield response, moved_to
                return
        finally:
            await response.aclose()
        for_good = for_good and response.status_code in _PERMANENT
        moved_to = str(onward.url) if for_good else moved_to
        request = onward
    raise httpx.TooManyRedirects(f"more than {most} redirects")
