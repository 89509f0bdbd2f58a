"""The pages for readers: front page, blindspots, a story. They work without JavaScript."""

from __future__ import annotations

import http
from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BeforeValidator

from consumers.board.articles import ArticleQuery
from consumers.board.images.routes import Pictures
from consumers.board.interface.interface import Interface, interface
from consumers.board.interface.languages import LANGUAGES, choose_language
from consumers.board.interface.wording import _
from consumers.board.query import BlindspotOf, Order, Stance, StoryQuery
from consumers.board.rendering import render
from consumers.board.story_page import build_page
from consumers.board.view import StoryView
from groundswell.media_topics import SCHEME, broader_id

FRAGMENT_HEADER = "X-Fragment"
"""Our script asks for the main part alone with it."""
LANGUAGE_PARAMETER = "lang"
"""Of an address, to switch the language; the cookie of this name keeps the choice."""
_COOKIE_AGE_S = 365 * 86_400
_HTML_HEADERS = {"Cache-Control": "no-cache", "Vary": f"{FRAGMENT_HEADER}, Accept-Language, Cookie"}
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

    def __init__(
        self, view: StoryView, page_size: int, *, public_url: str = "", pictures: Pictures | None = None
    ) -> None:
        """`public_url`: where readers reach the board, named in previews of shared links."""
        self._view = view
        self._size = page_size
        self._public_url = public_url
        self._pictures = pictures or Pictures(None)

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
        if record.hidden:
            return self._missing(request, 410, _("Story taken back"), _("The editors took this story back."))
        if not record.article_count:
            return self._missing(
                request, 410, _("Story withdrawn"), _("The outlets withdrew all articles of this story.")
            )
        page = build_page(record, self._view, query)
        return self._answer(request, "story.html", page=page, record=record, query=query)

    def error(self, request: Request, status: int, technical: str = "") -> Response:
        """A page that says what went wrong; `technical` is shown where the reader can mend it."""
        title, detail = _ui(request).error(status)
        shown = technical if status == http.HTTPStatus.BAD_REQUEST else ""
        return self._answer(request, "error.html", status, title=title, detail=detail, technical=shown)

    def _missing(self, request: Request, status: int, title: str, detail: str) -> Response:
        ui = _ui(request)
        return self._answer(
            request, "error.html", status, title=ui.text(title), detail=ui.text(detail), technical=""
        )

    def _gone(self, request: Request, story_id: str) -> Response:
        survivor = self._view.resolve(story_id)
        if survivor != story_id and self._view.card(survivor):
            address = f"/stories/{quote(survivor, safe='')}"
            return RedirectResponse(address, 308, {"Cache-Control": "no-cache"})
        detail = _("No story with this id is on the board. It may have been quiet for too long.")
        if survivor != story_id:
            detail = _("This story became part of another one that is not on the board, or not yet.")
        return self._missing(request, 404, _("Story not found"), detail)

    def _list(self, request: Request, template: str, query: FrontQuery, **context: Any) -> Response:
        page = self._view.page(query, (query.page - 1) * self._size, self._size)
        counts = self._view.facets()
        ui = _ui(request)
        return self._answer(
            request,
            template,
            query=query,
            page=page,
            pages=-(-page.total // self._size),
            first=(query.page - 1) * self._size + 1,
            languages=_choices(counts.languages, ui.language_name),
            countries=_choices(counts.countries, ui.country),
            topics=_topics(counts.topics, query.topic, ui),
            **context,
        )

    def _answer(self, request: Request, template: str, code: int = 200, **context: Any) -> Response:
        ui = _ui(request)
        html = render(
            ui.language,
            template,
            fragment=FRAGMENT_HEADER in request.headers,
            path=request.url.path,
            switches=_switches(request),
            public_url=self._public_url,
            picture_at=self._pictures.address,
            **context,
        )
        answer = HTMLResponse(html, code, _HTML_HEADERS | {"Content-Language": ui.language})
        if request.query_params.get(LANGUAGE_PARAMETER) == ui.language:
            answer.set_cookie(LANGUAGE_PARAMETER, ui.language, _COOKIE_AGE_S, httponly=True, samesite="lax")
        return answer


def _ui(request: Request) -> Interface:
    """The interface in the language of this reader."""
    asked, before = request.query_params.get(LANGUAGE_PARAMETER), request.cookies.get(LANGUAGE_PARAMETER)
    return interface(choose_language(asked, before, request.headers.get("Accept-Language", "")))


def _switches(request: Request) -> dict[str, str]:
    """The address of this page in each language."""
    kept = [(name, value) for name, value in request.query_params.multi_items() if name != LANGUAGE_PARAMETER]
    return {each: f"?{urlencode([*kept, (LANGUAGE_PARAMETER, each)])}" for each in LANGUAGES}


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


def _topics(
    counts: Mapping[tuple[str, str], int], chosen: str | None, ui: Interface
) -> list[tuple[str, str, int]]:
    """Likewise, of Media Topics by id, each part after the topic that it is part of.

    That which is chosen stays to be seen where no story has it.
    """
    none = {topic: (name, 0) for topic, name in ui.topics if topic == chosen}
    choices = none | {topic: (ui.topic(topic, name), count) for (topic, name), count in counts.items()}
    placed = sorted((*_place(topic, name, ui), topic, count) for topic, (name, count) in choices.items())
    return [(topic, f"– {part}" if part else whole, count) for whole, part, topic, count in placed]


def _place(topic: str, name: str, ui: Interface) -> tuple[str, str]:
    """The names of a topic at the top and of its part; the latter is empty where the topic is no part."""
    whole = broader_id(topic.removeprefix(SCHEME))
    return (ui.topic(whole, whole), name) if whole else (name, "")
