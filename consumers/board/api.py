"""The JSON API, and the stream of live changes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Header, HTTPException, Query, Response
from pydantic import BaseModel, ConfigDict, Field
from sse_starlette import EventSourceResponse, ServerSentEvent

from consumers.board.access import Access
from consumers.board.answering import TaggedRoute
from consumers.board.events import Event, EventLog
from consumers.board.models import (
    Facet,
    Facets,
    History,
    MergedAnswer,
    MergedEvent,
    Problem,
    RemovedEvent,
    Revision,
    StoryEvent,
    StoryList,
)
from consumers.board.names import country_name, language_name
from consumers.board.paging import BadCursorError, Cursor, part
from consumers.board.query import StoryQuery
from consumers.board.view import Change, StoryView
from groundswell.record import StoryRecord

MAX_LIMIT = 200
HEARTBEAT_S = 15.0
"""A comment this often keeps proxies from closing a quiet stream."""
SEND_TIMEOUT_S = 20.0
"""A reader that takes nothing for this long is dropped; its browser comes back by itself."""
RETRY_MS = 3_000
_Responses = dict[int | str, dict[str, Any]]


def problem(description: str) -> dict[str, Any]:
    """How the document describes an error."""
    content = {"application/problem+json": {"schema": Problem.model_json_schema()}}
    return {"description": description, "content": content}


REFUSED: _Responses = {"default": problem("A parameter that can't be used, or another error")}
NOT_FOUND: _Responses = {404: problem("No such story"), **REFUSED}
ANY: _Responses = {
    304: {"description": "What `If-None-Match` names is still the answer"},
    429: problem("More requests than the key or the address has: wait `Retry-After` seconds"),
}
STREAM: _Responses = {
    200: {
        "description": "Events `story`, `merged`, `removed`, `reload`",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    },
    503: problem("Too many open streams"),
    **REFUSED,
}


class NoQuery(BaseModel):
    """Of an address that takes no parameters."""

    model_config = ConfigDict(extra="forbid")


class ListQuery(StoryQuery):
    """Filters and the part of the list."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    cursor: Annotated[str | None, Field(max_length=1_000)] = None
    """Where to go on; `next` of the part before holds it."""
    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT)] = 50
    """Stories in one part."""


class EventsQuery(BaseModel):
    """What to hear of."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    story_id: str | None = None
    """Only this story and its mergers."""


def api_router(view: StoryView, log: EventLog, access: Access) -> APIRouter:
    """Routes under /api."""
    stories = APIRouter(
        prefix="/api", tags=["stories"], route_class=TaggedRoute, dependencies=access.dependencies, responses=ANY
    )
    _add_lists(stories, view)
    _add_story(stories, view)
    events = APIRouter(prefix="/api", tags=["stories"])
    _add_events(events, view, log)
    router = APIRouter()
    router.include_router(stories)
    router.include_router(events)
    return router


def _add_lists(router: APIRouter, view: StoryView) -> None:
    @router.get("/stories", summary="List stories", responses=REFUSED)
    def list_stories(query: Annotated[ListQuery, Query()]) -> StoryList:
        """Stories by momentum and breadth, or as `sort` says, filtered.

        Follow `next` to read all of them: none is missed, and one comes twice only in a newer revision, at the
        end, if it changed meanwhile.
        """
        found = part(view, query, _place(query), query.limit)
        return StoryList(
            total=found.total,
            limit=query.limit,
            stories=list(found.cards),
            next=_address_of_next(query, found.next) if found.next else None,
        )

    @router.get("/facets", summary="What stories can be filtered by")
    def facets(_query: Annotated[NoQuery, Query()]) -> Facets:
        """Languages, countries and topics of the stories on the board, most frequent first."""
        counts = view.facets()
        names = dict(counts.topics.keys())
        return Facets(
            languages=_facets(counts.languages, language_name),
            countries=_facets(counts.countries, country_name),
            topics=_facets({topic: stories for (topic, _), stories in counts.topics.items()}, names.__getitem__),
        )


def _add_story(router: APIRouter, view: StoryView) -> None:
    @router.get(
        "/stories/{story_id}", summary="A story", responses=NOT_FOUND, response_model=StoryRecord | MergedAnswer
    )
    def story(story_id: str, _query: Annotated[NoQuery, Query()]) -> Response | MergedAnswer:
        """The latest record of a story, or where it went if it was merged."""
        raw = view.raw(story_id)
        if raw is not None:
            return Response(raw, media_type="application/json")
        return _merged_or_404(view, story_id)

    @router.get("/stories/{story_id}/history", summary="Revisions of a story", responses=NOT_FOUND)
    def history(story_id: str, _query: Annotated[NoQuery, Query()]) -> History | MergedAnswer:
        """How the story grew, as far as the board saw it."""
        notes = view.history(story_id)
        if not notes:
            return _merged_or_404(view, story_id)
        revisions = [Revision.model_validate(note, from_attributes=True) for note in notes]
        return History(story_id=story_id, revisions=revisions)


def _add_events(router: APIRouter, view: StoryView, log: EventLog) -> None:
    @router.get("/events", summary="Live changes", response_class=EventSourceResponse, responses=STREAM)
    async def events(
        query: Annotated[EventsQuery, Query()],
        last_event_id: Annotated[str | None, Header(description="Resume after this event")] = None,
    ) -> EventSourceResponse:
        """Changes as server-sent events; data is a `StoryEvent`, `MergedEvent` or `RemovedEvent`.

        Of a burst the last change of each story is sent. `reload` says that changes were missed: fetch anew.
        """
        if log.is_full:
            raise HTTPException(503, "too many open streams; try again later", {"Retry-After": "30"})
        stream = log.follow(_cursor(last_event_id), _wanted(view, query.story_id))
        return EventSourceResponse(_serialise(stream), ping=HEARTBEAT_S, send_timeout=SEND_TIMEOUT_S)


async def _serialise(stream: AsyncIterator[list[Event]]) -> AsyncIterator[bytes]:
    yield ServerSentEvent(comment="welcome", retry=RETRY_MS).encode()
    async for events in stream:
        yield b"".join(_encoded(event) for event in events)


def _encoded(event: Event) -> bytes:
    if event.wire is None:
        name, data = _payload(event.change)
        event.wire = ServerSentEvent(data=data, event=name, id=str(event.id)).encode()
    return event.wire


def _payload(change: Change | None) -> tuple[str, str]:
    if change is None:
        return "reload", "{}"
    if change.merged_into:
        merged = MergedEvent(story_id=change.story_id, merged_into=change.merged_into)
        return "merged", merged.model_dump_json()
    card = change.card
    if card is None:
        return "removed", RemovedEvent(story_id=change.story_id).model_dump_json()
    return "story", StoryEvent(
        story_id=card.story_id,
        revision=card.revision,
        title=card.title,
        article_count=card.article_count,
        source_count=card.source_count,
        rated_source_count=card.rated_source_count,
        left=card.bias.left.count,
        center=card.bias.center.count,
        right=card.bias.right.count,
        last_published_at=card.last_published_at,
        updated_at=card.updated_at,
    ).model_dump_json()


def _wanted(view: StoryView, story_id: str | None) -> Callable[[Change], bool]:
    if story_id is None:
        return lambda _change: True
    return lambda change: view.resolve(change.story_id) == view.resolve(story_id)


def _cursor(last_event_id: str | None) -> int | None:
    """An id that can't be ours starts anew, as if nothing had been said."""
    text = last_event_id or ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else None


def _merged_or_404(view: StoryView, story_id: str) -> MergedAnswer:
    survivor = view.resolve(story_id)
    merged = view.merged(story_id)
    if merged is None or survivor == story_id:
        raise HTTPException(404, f"no story {story_id!r} is on the board; it may have been quiet too long")
    return MergedAnswer(
        story_id=story_id, merged_into=survivor, title=merged.title, location=f"/api/stories/{survivor}"
    )


def _place(query: ListQuery) -> Cursor | None:
    try:
        return Cursor.read(query.cursor, query) if query.cursor else None
    except BadCursorError as error:
        raise HTTPException(400, f"cursor: {error}") from None


def _address_of_next(query: ListQuery, cursor: Cursor) -> str:
    fields = query.model_dump(mode="json", exclude_none=True, exclude_defaults=True) | {"cursor": cursor.token()}
    return f"/api/stories?{urlencode(fields)}"


def _facets(counts: Mapping[str, int], name: Callable[[str], str]) -> list[Facet]:
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [Facet(value=value, name=name(value), stories=count) for value, count in ordered]
