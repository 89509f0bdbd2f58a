"""How the API answers: with an ETag, and to HEAD as to GET."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

STREAM = "/api/events"
"""It has no end, so there is no answer to leave the body out of."""
_HEADERS = {"Cache-Control": "no-cache", "Vary": "Authorization"}


class TaggedRoute(APIRoute):
    """Tags its answers; who has the same one already gets 304 and no body.

    The tag is made of the answer itself: it saves the line and not the work, and can't be wrong.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler around which the tag is put."""
        answer = super().get_route_handler()

        async def tagged(request: Request) -> Response:
            return _tagged(request, await answer(request))

        return tagged


def _tagged(request: Request, response: Response) -> Response:
    if response.status_code != 200 or not isinstance(getattr(response, "body", None), bytes):
        return response
    # Weak: compression on the way changes the bytes.
    tag = f'W/"{hashlib.sha256(response.body).hexdigest()[:20]}"'
    response.headers.update({**_HEADERS, "ETag": tag})
    # Compared weakly, as RFC 9110 wants it here: somebody on the way may have taken the mark away.
    known = [each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")]
    if tag.removeprefix("W/") in known or "*" in known:
        return Response(status_code=304, headers={**_HEADERS, "ETag": tag})
    return response


class Heads:
    """Answers HEAD as GET, without the body. Plain ASGI, so that streams stay streams."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["method"] != "HEAD" or scope["path"] == STREAM:
            await self._app(scope, receive, send)
            return

        async def send_head(message: Message) -> None:
            is_body = message["type"] == "http.response.body"
            await send({**message, "body": b""} if is_body else message)

        await self._app({**scope, "method": "GET"}, receive, send_head)
