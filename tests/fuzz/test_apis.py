"""Both OpenAPI documents are kept to, whatever is asked: schemathesis makes requests of what they say.

`make test-fuzz` makes many more of them, and broken ones on purpose.
"""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from schemathesis.checks import CheckFunction
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from consumers.board.app import create_app as create_board
from consumers.board.events import EventLog
from consumers.board.view import StoryView
from pipeline.settings import BoardImages, BoardSettings, HttpSettings
from pipeline.testing.records import some_story
from producers.http.app import create_app as create_http
from tests.unit.producers.fakes import FakeSink

TOKEN = "a token that is long enough to be one"
HEADERS = {"Authorization": f"Bearer {TOKEN}"}


@schemathesis.serializer("application/x-ndjson")
def lines(_: schemathesis.SerializationContext, value: Any) -> bytes:
    """What the document calls a string, whatever was made of it."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")


def board() -> FastAPI:
    """With a few stories."""
    log = EventLog(gather_s=0)
    view = StoryView(1_000, on_change=log.publish)
    for number in range(20):
        view.apply(some_story(number))
    return create_board(view, log, BoardSettings(page_size=10, images=BoardImages.PROXY))


def http() -> FastAPI:
    """With a Kafka that takes everything, and no bound on requests."""
    return create_http(HttpSettings(token=TOKEN, rate_per_token=1_000_000_000), FakeSink())


# An endless stream of events has no answer to compare.
BOARD = schemathesis.openapi.from_asgi("/openapi.json", board()).exclude(path="/api/events")
HTTP = schemathesis.openapi.from_asgi("/openapi.json", http(), headers=HEADERS)


@BOARD.parametrize()
def test_the_board_answers_as_its_document_says(case: schemathesis.Case[Any]) -> None:
    # A form sends the filters that nobody chose empty, and they are taken for none; a schema can't say what a
    # cursor is.
    excluded: list[CheckFunction] = [negative_data_rejection]
    if "cursor" in (case.query or {}):
        excluded.append(positive_data_acceptance)
    case.call_and_validate(excluded_checks=excluded)


@HTTP.parametrize()
def test_the_http_producer_answers_as_its_document_says(case: schemathesis.Case[Any]) -> None:
    # An odd date is left out instead of refused, and a schema can't say what an address is.
    case.call_and_validate(headers=HEADERS, excluded_checks=[negative_data_rejection, positive_data_acceptance])


@pytest.mark.parametrize("app", [board, http])
def test_there_is_something_to_ask(app: object) -> None:
    schema = BOARD if app is board else HTTP
    assert len(list(schema.get_all_operations())) >= 4
