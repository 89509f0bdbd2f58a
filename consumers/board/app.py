"""The board's web app: pages, JSON API, live events, probes."""

from __future__ import annotations

import http
import math
from importlib.resources import files

from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from consumers.board.access import Access
from consumers.board.answering import Heads
from consumers.board.api import api_router
from consumers.board.board_metrics import BoardMetrics
from consumers.board.events import EventLog
from consumers.board.feeds import feed_router
from consumers.board.images.cache import ImageCache
from consumers.board.images.fetching import ImageFetcher
from consumers.board.images.proxy import ImageProxy
from consumers.board.images.routes import Pictures, image_router
from consumers.board.models import Problem
from consumers.board.pages import Pages, page_router
from consumers.board.refusals import explain
from consumers.board.security import HEADERS, Guard
from consumers.board.view import StoryView
from pipeline.runtime.door.operations import operations_router
from pipeline.runtime.health import Health
from pipeline.settings import BoardImages, BoardSettings

DESCRIPTION = "All coverage of one event as one evolving story. Records are those of the topic of stories."


def create_app(
    view: StoryView,
    log: EventLog,
    settings: BoardSettings | None = None,
    *,
    metrics: BoardMetrics | None = None,
    health: Health | None = None,
) -> FastAPI:
    """The app over a view and its log of changes.

    `log.publish` must be the view's `on_change`. Without `health` the app is always alive and ready.
    """
    settings = settings or BoardSettings()
    metrics = metrics or BoardMetrics()
    metrics.readers.set_function(lambda: log.reader_count)
    app = FastAPI(title="Groundswell board", version="1", description=DESCRIPTION, docs_url=None, redoc_url=None)
    access = Access(settings)
    proxy = _image_proxy(settings, metrics)
    public_url = (settings.public_url or "").rstrip("/")
    pages = Pages(view, settings.page_size, public_url=public_url, pictures=Pictures(proxy))
    app.include_router(api_router(view, log, access))
    app.include_router(feed_router(view, access, settings.public_url))
    app.include_router(page_router(pages))
    if proxy is not None:
        app.include_router(image_router(view, proxy))
    app.mount("/static", _Static(directory=str(files("consumers.board") / "static")))
    app.add_api_route("/favicon.ico", lambda: RedirectResponse("/static/icon.svg", 301), include_in_schema=False)
    app.include_router(operations_router(health or _always_ready(metrics), metrics.registry))
    _add_errors(app, pages)
    app.add_middleware(Heads)
    app.add_middleware(GZipMiddleware, minimum_size=2_048, compresslevel=5)
    app.add_middleware(Guard, metrics=metrics)
    return app


def _image_proxy(settings: BoardSettings, metrics: BoardMetrics) -> ImageProxy | None:
    """None where the settings say that the board fetches nothing."""
    if settings.images is BoardImages.NEVER:
        return None
    fetcher = ImageFetcher(settings.allow_addresses)
    return ImageProxy(fetcher, ImageCache(settings.image_cache_bytes), metrics.images)


class _Static(StaticFiles):
    """Static files are addressed with a digest, so a browser may keep them."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        if response.status_code == http.HTTPStatus.OK and b"v=" in scope["query_string"]:
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


def _always_ready(metrics: BoardMetrics) -> Health:
    health = Health(metrics.registry, max_age_s=math.inf)
    health.set_ready(True)
    return health


def _add_errors(app: FastAPI, pages: Pages) -> None:
    def answer(request: Request, status: int, detail: str, headers: dict[str, str] | None = None) -> Response:
        title = http.HTTPStatus(status).phrase
        if request.url.path.startswith(("/api/", "/feed.", "/images/")):
            problem = Problem(title=title, status=status, detail=detail)
            return JSONResponse(problem.model_dump(), status, headers, "application/problem+json")
        page = pages.error(request, status, detail)
        page.headers.update(headers or {})
        return page

    @app.exception_handler(StarletteHTTPException)
    def known(request: Request, error: HTTPException) -> Response:
        return answer(request, error.status_code, str(error.detail), dict(error.headers or {}))

    @app.exception_handler(RequestValidationError)
    def invalid(request: Request, error: RequestValidationError) -> Response:
        return answer(request, 400, explain(error.errors(), _known_parameters(app, request)))

    @app.exception_handler(Exception)
    def failed(request: Request, _error: Exception) -> Response:
        # This answer goes out beyond the guard, so it brings the headers itself.
        return answer(request, 500, "The board failed to answer; its log says why.", dict(HEADERS))


def _known_parameters(app: FastAPI, request: Request) -> list[str]:
    """Names of the query of the address that was asked."""
    path = getattr(request.scope.get("route"), "path", "")
    described = app.openapi()["paths"].get(path, {}).get("get", {}).get("parameters", [])
    return [each["name"] for each in described if each["in"] == "query"]
