"""The web application."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CollectorRegistry

from pipeline.domain.records.article import TEXT_CHARS
from pipeline.runtime.contacts import Contacts
from pipeline.runtime.door.operations import operations_router
from pipeline.runtime.door.rate import RequestRate
from pipeline.runtime.health import Health
from pipeline.runtime.metrics import new_registry
from pipeline.settings import HttpSettings
from producers.http import contract
from producers.http.auth import BearerToken
from producers.http.body import CLOSE, media_type, read_body, split_items
from producers.http.models import PushAnswer
from producers.http.push import push
from producers.http.push_metrics import HttpMetrics
from producers.sink import ArticleSink

BEAT_S = 1.0
RETRY_AFTER_S = 10
"""After a failed delivery we are not ready for this long. Then we are again: without requests nobody would
ever find out that Kafka is back."""

DESCRIPTION = "Takes articles and puts them on the topic `articles`; 202 means that Kafka has them."


def create_app(
    settings: HttpSettings,
    producer: ArticleSink,
    max_text_chars: int = TEXT_CHARS,
    registry: CollectorRegistry | None = None,
    contacts: Contacts | None = None,
) -> FastAPI:
    """The application; it is ready while there is contact with what `contacts` expects.

    Raises MissingTokenError where the settings have no token.
    """
    metrics = HttpMetrics(registry or new_registry("http-producer"))
    service = _Service(settings, producer, max_text_chars, metrics)
    service.health.contacts = contacts or service.health.contacts
    app = FastAPI(
        title="Groundswell: push articles", version="1", description=DESCRIPTION, lifespan=service.lifespan,
        openapi_url=None, docs_url=None, redoc_url=None,
    )  # fmt: skip
    _add_push(app, service)
    app.include_router(operations_router(service.health, metrics.registry))
    _add_document(app, service)
    return app


class _Service:
    """What the routes share."""

    def __init__(
        self, settings: HttpSettings, producer: ArticleSink, max_text_chars: int, metrics: HttpMetrics
    ) -> None:
        self.settings = settings
        self.token = BearerToken(settings.token)
        self.rate = RequestRate(settings.rate_per_token)
        self.metrics = metrics
        self.health = Health(self.metrics.registry)
        self._producer = producer
        self._max_text_chars = max_text_chars
        self._ready_at = 0.0

    @asynccontextmanager
    async def lifespan(self, _app: FastAPI) -> AsyncIterator[None]:
        """Beat as long as the event loop turns."""
        self.health.set_ready(True)
        beating = asyncio.create_task(self._beat())
        yield
        beating.cancel()

    async def take(self, request: Request) -> Response:
        """One request to POST /articles, start to end."""
        self._check(request)
        kind = media_type(request)
        body = await read_body(request, self.settings.max_bytes, self.settings.body_timeout_s)
        # Both in threads: parsing 16 MB takes a while, and Kafka takes as long as it takes.
        items = await asyncio.to_thread(split_items, body, kind, self.settings.max_items)
        answer = await asyncio.to_thread(push, items, self._producer, self._max_text_chars, self.metrics)
        return self._respond(answer)

    def _check(self, request: Request) -> None:
        """Raise 401 or 403 without the token, and 429 where it has used up its minute."""
        token = self.token.check(request.headers.get("authorization"))
        if wait_s := self.rate.wait_s(token):
            raise HTTPException(
                429,
                f"more than {self.rate.per_minute} requests a minute with this token; "
                "send several articles in one",
                {"Retry-After": str(wait_s), **CLOSE},
            )

    def _respond(self, answer: PushAnswer) -> Response:
        headers: dict[str, str] = {}
        status = 202 if answer.accepted else 422
        if answer.failed:
            status, headers = 503, {"Retry-After": str(RETRY_AFTER_S)}
            reason = next(each.error for each in answer.results if each.status == "failed")
            self.health.set_ready(False, f"Kafka: {reason}")
            self._ready_at = asyncio.get_running_loop().time() + RETRY_AFTER_S
        elif answer.accepted:
            self._ready_at = 0.0
            self.health.set_ready(True)
        return JSONResponse(answer.model_dump(mode="json", exclude_none=True), status, headers)

    async def _beat(self) -> None:
        while True:
            self.health.beat()
            if self._ready_at and asyncio.get_running_loop().time() >= self._ready_at:
                self._ready_at = 0.0
                self.health.set_ready(True)
            await asyncio.sleep(BEAT_S)


def _add_push(app: FastAPI, service: _Service) -> None:
    @app.post(
        "/articles",
        summary="Push articles",
        status_code=202,
        response_model=PushAnswer,
        responses=contract.responses(),
        openapi_extra=contract.request_body(),
    )
    async def push_articles(request: Request) -> Response:
        """One article or many; answered when Kafka has them, with one result per item, in order.

        Safe to repeat: an article is known by its URL and counts once.
        """
        return await _measured(service, lambda: service.take(request))


async def _measured(service: _Service, take: Callable[[], Awaitable[Response]]) -> Response:
    status = 500
    with service.metrics.request_seconds.time(), service.metrics.in_progress.track_inprogress():
        try:
            response = await take()
            status = response.status_code
            return response
        except HTTPException as error:
            status = error.status_code
            raise
        finally:
            service.metrics.requests.labels(str(status)).inc()


def _add_document(app: FastAPI, service: _Service) -> None:
    """The OpenAPI document, for who has the token: it tells a stranger what to try."""
    document = app.openapi()
    # The scheme that `POST /articles` refers to; the check itself reads the header.
    document.setdefault("components", {})["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer"}}

    @app.get("/openapi.json", include_in_schema=False)
    async def openapi(request: Request) -> Response:
        service.token.check(request.headers.get("authorization"))
        return JSONResponse(document)
