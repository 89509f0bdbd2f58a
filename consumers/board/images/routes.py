"""Where the board has the picture of a story, and what it answers there.

An address names a story and a digest of where its picture is. So nothing can be fetched that does not stand in a
record which the board holds, and an address means one picture for ever: another picture of the story has another.
"""

from __future__ import annotations

import hashlib
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, HTTPException, Query, Response

from consumers.board.api import REFUSED, NoQuery, problem
from consumers.board.images.cache import KEPT_S
from consumers.board.images.proxy import BusyError, ImageProxy
from consumers.board.view import StoryView

JPEG = "image/jpeg"
DIGEST_CHARS = 16
_KEPT = {"Cache-Control": f"public, max-age={KEPT_S:.0f}, immutable"}
_NONE = {"Cache-Control": "no-store"}
_AGAIN = {"Retry-After": "5", "Cache-Control": "no-store"}
_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"content": {JPEG: {"schema": {"type": "string", "format": "binary"}}}},
    404: problem("No such story on the board, or it has not this picture, or the picture can't be had"),
    503: problem("Too many pictures are fetched now: come again after `Retry-After` seconds"),
    **REFUSED,
}


class Pictures:
    """Says where the board has a picture; nowhere without a proxy."""

    def __init__(self, proxy: ImageProxy | None) -> None:
        self._proxy = proxy

    def address(self, story_id: str, url: str | None) -> str | None:
        """The path of a story's picture; None where none is shown, or it is known that it can't be had."""
        if not url or self._proxy is None or self._proxy.failed(url):
            return None
        return f"/images/{quote(story_id, safe='')}/{digest(url)}"


def digest(url: str) -> str:
    """What stands for the address of a picture."""
    return hashlib.sha256(url.encode("utf-8", "surrogatepass")).hexdigest()[:DIGEST_CHARS]


def image_router(view: StoryView, proxy: ImageProxy) -> APIRouter:
    """The route of pictures. It is open as the pages are, which show them."""
    router = APIRouter(tags=["images"])

    @router.get(
        "/images/{story_id}/{digest}",
        summary="The picture of a story",
        response_class=Response,
        responses=_ANSWERS,
    )
    async def image(story_id: str, digest: str, _query: Annotated[NoQuery, Query()]) -> Response:
        """A small JPEG of the picture that the record's `image_url` names."""
        url = _named(view, story_id, digest)
        try:
            picture = await proxy.picture(url)
        except BusyError:
            raise HTTPException(503, "too many pictures are fetched now; come again", _AGAIN) from None
        if picture is None:
            raise HTTPException(404, "the outlet gave no picture that can be shown", _NONE)
        return Response(picture, media_type=JPEG, headers=_KEPT)

    return router


def _named(view: StoryView, story_id: str, named: str) -> str:
    card = view.card(story_id)
    url = card.image_url if card else None
    if url is None or digest(url) != named:
        raise HTTPException(404, "no story on the board has this picture; it may have another one by now", _NONE)
    return url
