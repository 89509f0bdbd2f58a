"""From the bytes of a request to its items."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from fastapi import HTTPException, Request
from starlette.requests import ClientDisconnect

from pipeline.domain.records.parse import InvalidArticle, parse_object, require_object
from pipeline.json_codec import from_json

JSON = "application/json"
NDJSON = ("application/x-ndjson", "application/ndjson", "application/jsonl")
CLOSE = {"Connection": "close"}
"""With every answer that leaves a body unread: else the server would read it to its end, however long."""


@dataclass(frozen=True)
class Item:
    """One item of a request: its fields, or why it has none."""

    fields: dict[str, Any] | None = None
    error: str | None = None


def media_type(request: Request) -> str:
    """The content type without parameters. Raises 415 where we can't read it."""
    given = request.headers.get("content-type", "")
    kind = given.partition(";")[0].strip().lower()
    if kind != JSON and kind not in NDJSON:
        raise HTTPException(415, f"content type is {given or 'missing'!r}; expected {JSON} or {NDJSON[0]}", CLOSE)
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding != "identity":
        raise HTTPException(415, f"content encoding is {encoding!r}; send the body unpacked", CLOSE)
    return kind


async def read_body(request: Request, max_bytes: int, timeout_s: float) -> bytes:
    """The body. Raises 413 as soon as it is too large, whatever length was declared, and 408 if too slow."""
    too_large = HTTPException(413, f"the body is larger than {max_bytes} bytes; send it in parts", CLOSE)
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared[:18]) > max_bytes:
        raise too_large
    body = bytearray()
    try:
        async with asyncio.timeout(timeout_s):
            async for chunk in request.stream():
                body += chunk
                if len(body) > max_bytes:
                    raise too_large
    except TimeoutError:
        raise HTTPException(408, f"the body was not complete within {timeout_s:g} s", CLOSE) from None
    except ClientDisconnect:
        raise HTTPException(400, "the connection was closed in the middle of the body") from None
    return bytes(body)


def split_items(body: bytes, kind: str, max_items: int) -> list[Item]:
    """The items of a body. Raises 400 where it has none or is no JSON, 413 where it has too many."""
    items = _array_or_object(body, max_items) if kind == JSON else _lines(body, max_items)
    if not items:
        raise HTTPException(400, "the body holds no article")
    return items


def _array_or_object(body: bytes, max_items: int) -> list[Item]:
    try:
        value = from_json(body)
    except (ValueError, RecursionError) as error:
        raise HTTPException(400, f"the body is not JSON: {error}") from None
    values = value if isinstance(value, list) else [value]
    _check_count(len(values), max_items)
    return [_item(each) for each in values]


def _lines(body: bytes, max_items: int) -> list[Item]:
    lines = [line for line in body.split(b"\n") if line.strip()]
    _check_count(len(lines), max_items)
    return [_line(line) for line in lines]


def _item(value: object) -> Item:
    try:
        return Item(require_object(value))
    except InvalidArticle as error:
        return Item(error=error.reason)


def _line(line: bytes) -> Item:
    try:
        return Item(parse_object(line))
    except InvalidArticle as error:
        return Item(error=error.reason)


def _check_count(count: int, max_items: int) -> None:
    if count > max_items:
        raise HTTPException(413, f"{count} articles in one request, at most {max_items} are taken")
