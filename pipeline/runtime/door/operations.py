"""/healthz, /readyz and /metrics of a role that has a web app of its own."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response
from prometheus_client import CollectorRegistry

from pipeline.runtime.health import Health, answer_operations

Responses = dict[int | str, dict[str, Any]]

_STUCK: Responses = {503: {"description": "The process is stuck: restart it"}}
_WAITING: Responses = {503: {"description": "Not now; `reason` says what it waits for"}}
_FORMATS: Responses = {200: {"content": {"text/plain": {}, "application/openmetrics-text": {}}}}


def operations_router(health: Health, registry: CollectorRegistry) -> APIRouter:
    """The three routes over the role's state and its metrics."""
    router = APIRouter(tags=["operations"])

    async def answer(request: Request) -> Response:
        told = answer_operations(request.url.path, health, registry, request.headers.get("accept"))
        return Response(told.body, told.status, {"Content-Type": told.content_type})

    router.get("/healthz", summary="Whether the process makes progress", responses=_STUCK)(answer)
    router.get("/readyz", summary="Whether it can do its work now", responses=_WAITING)(answer)
    router.get("/metrics", summary="Prometheus metrics", response_class=Response, responses=_FORMATS)(answer)
    return router
