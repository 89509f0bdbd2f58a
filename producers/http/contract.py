"""What the OpenAPI document says about `POST /articles`, whose body is read by hand."""

from __future__ import annotations

from typing import Any

from pipeline.domain.records.article import Article
from producers.http.models import Problem, PushAnswer

_ARTICLE = {
    "url": "https://www.example.com/world/ferry-runs-aground",
    "title": "Ferry runs aground off the northern coast",
    "text": "A ferry with 212 people on board ran aground on Friday. Nobody was hurt.",
    "published_at": "2025-08-15T20:30:00Z",
    "outlet": "Example Times",
    "language": "en",
}
_SECOND = {"title": "All passengers of stranded ferry are safe", "source": "example.org"}
_ID = "b5b7f2c3a0f0a3f25c5e6a4c1a6d2f2b8a1d6b3cf5cf3d8f7a0f6d1e9c4b7a21"
_NDJSON = '{"title": "All passengers of stranded ferry are safe"}\n{"title": "Ferry afloat again"}\n'


def request_body() -> dict[str, Any]:
    """One article, an array, or lines."""
    article = Article.model_json_schema()
    return {
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {"oneOf": [article, {"type": "array", "items": article, "minItems": 1}]},
                    "examples": {
                        "one": {"summary": "One article", "value": _ARTICLE},
                        "many": {"summary": "Several", "value": [_ARTICLE, _SECOND]},
                    },
                },
                "application/x-ndjson": {"schema": {"type": "string"}, "example": _NDJSON},
            },
        },
        "security": [{"bearer": []}],
    }


def responses() -> dict[int | str, dict[str, Any]]:
    """Every answer, with an example of each that has results."""
    return {
        202: _answer(
            "Kafka acknowledged every article that is not `rejected`",
            [{"index": 0, "status": "accepted", "article_id": _ID},
             {"index": 1, "status": "rejected", "error": "title: missing"}],
        ),
        422: _answer(
            "No item is an article", [{"index": 0, "status": "rejected", "error": "title: missing"}]
        ),
        503: _answer(
            "Kafka did not acknowledge some; send the same request again after `Retry-After` seconds: "
            "an article that arrives twice counts once",
            [{"index": 0, "status": "failed", "article_id": _ID, "error": "not acknowledged: timeout"}],
        ),
        400: {"model": Problem, "description": "Not JSON, or no item in it"},
        401: {"model": Problem, "description": "No bearer token"},
        403: {"model": Problem, "description": "A wrong bearer token"},
        408: {"model": Problem, "description": "The body did not arrive in time"},
        413: {"model": Problem, "description": "Too many bytes or items"},
        415: {"model": Problem, "description": "Another content type or encoding"},
        429: {"model": Problem, "description": "Too many requests with this token: wait `Retry-After` seconds"},
    }  # fmt: skip


def _answer(description: str, results: list[dict[str, Any]]) -> dict[str, Any]:
    counts = {
        status: sum(result["status"] == status for result in results)
        for status in ("accepted", "rejected", "failed")
    }
    return {
        "model": PushAnswer,
        "description": description,
        "content": {"application/json": {"example": {**counts, "results": results}}},
    }
