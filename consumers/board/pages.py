"""The pages for readers: front page, blindspots, a story. They work without JavaScript."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment
from pydantic import BeforeValidator

from consumers.board.articles import ArticleQuery
from consumers.board.names import country_name, language_name
from consumers.board.query import BlindspotOf, Order, Stance, StoryQuery
from consumers.board.rendering import render
from consumers.board.story_page import build_page
from consumers.board.view import StoryView

FRAGMENT_HEADER = "X-Fragment"
"""Our script asks for the main part alone with it."""
_HTML_HEADERS = {"Cache-Control": "no-cache", "Vary": FRAGMENT_HEADER}
_MAX_PAGE = 10_000


def _page_number(value: object) -> object:
    """Readers edit addresses; nonsense is page one."""
    text = str(value)
    return min(max(int(text), 1), _MAX_PAGE) if text.isascii() and text.isdigit() and len(text) < 9 else 1


class FrontQuery(StoryQuery):
    """Filters of the front page, and which page of it."""

    page: Annotated[int, BeforeValidator(_page_number)] = 1

    def address(self, **changes: Any) -> str:
        """The query string of this list with changes."""
        chosen = self.model_copy(update={"page": 1} | changes)
        fields = chosen.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
        return f"?{urlencode(fields)}" if fields else "?"


class Pages:
    """Renders the pages from the view."""

    def __init__(self, view: StoryView, env: Environment, page_size: int) -> None:
        self._view = view
        self._env = env
        self._size = page_size

    def front(self, request: Request, query: FrontQuery) -> Response:
        """The ranked list."""
        blind = StoryQuery(blindspot=BlindspotOf.ANY)
        rail = [] if query.is_filtered else self._view.page(blind, 0, 4).cards
        return self._list(request, "front.html", query, rail=rail, order=Order, stances=Stance)

    def blindspots(self, request: Request, query: FrontQuery) -> Response:
        """Stories that a side hardly covers."""
        chosen = query.model_copy(update={"blindspot": query.blindspot or BlindspotOf.ANY})
        counts = {of: self._view.page(StoryQuery(blindspot=of), 0, 0).total for of in BlindspotOf}
        return self._list(request, "blindspots.html", chosen, counts=counts)

    def story(self, request: Request, story_id: str, query: ArticleQuery) -> Response:
        """A story, or the way to the one that it was merged into."""
        record = self._view.record(story_id)
        if record is None:
            return self._gone(request, story_id)
        if not record.article_count:
            detail = "The outlets withdrew all articles of this story."
            return self.error(request, 410, "Story withdrawn", detail)
        page = build_page(record, self._view, query)
        return self._answer(request, "story.html", page=page, record=record, query=query)

    def error(self, request: Request, status: int, title: str, detail: str) -> Response:
        """A page that says what went wrong and where to go on."""
        return self._answer(request, "error.html", status, title=title, detail=detail)

    def _gone(self, request: Request, story_id: str) -> Response:
        survivor = self._view.resolve(story_id)
        if survivor != story_id and self._view.card(survivor):
            address = f"/stories/{quote(survivor, safe='')}"
            return RedirectResponse(address, 308, {"Cache-Control": "no-cache"})
        detail = "No story with this id is on the board. It may have been quiet for too long."
        if survivor != story_id:
            detail = "This story became part of another one that is not on the board, or not yet."
        return self.error(request, 404, "Story not found", detail)

    def _list(self, request: Request, template: str, query: FrontQuery, **context: Any) -> Response:
        page = self._view.page(query, (query.page - 1) * self._size, self._size)
        languages, countries = self._view.facets()
        return self._answer(
            request,
            template,
            query=query,
            page=page,
            pages=-(-page.total // self._size),
            first=(query.page - 1) * self._size + 1,
            languages=_choices(languages, language_name),
            countries=_choices(countries, country_name),
            **context,
        )

    def _answer(self, request: Request, template: str, code: int = 200, **context: Any) -> Response:
        fragment = FRAGMENT_HEADER in request.headers
        html = render(self._env, template, fragment=fragment, path=request.url.path, **context)
        return HTMLResponse(html, code, _HTML_HEADERS)


def page_router(pages: Pages) -> APIRouter:
    """Routes of the pages; they are not part of the API's description."""
    router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

    @router.get("/")
    def front(request: Request, query: Annotated[FrontQuery, Query()]) -> Response:
        return pages.front(request, query)

    @router.get("/blindspots")
    def blindspots(request: Request, query: Annotated[FrontQuery, Query()]) -> Response:
        return pages.blindspots(request, query)

    @router.get("/stories/{story_id}")
    def story(request: Request, story_id: str, query: Annotated[ArticleQuery, Query()]) -> Response:
        return pages.story(request, story_id, query)

    return router


def _choices(counts: Any, name: Any) -> list[tuple[str, str, int]]:
    """For a select: in alphabetical order of the names."""
    return sorted(((code, name(code), count) for code, count in counts.items()), key=lambda choice: choice[1])
