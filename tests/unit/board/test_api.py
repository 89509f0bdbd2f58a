"""The JSON API as a client sees it."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest
from fastapi.testclient import TestClient

from consumers.board import app as board_app
from consumers.board.api import MAX_LIMIT
from consumers.board.events import EventLog
from consumers.board.view import StoryView
from groundswell.record import Reason, Status, StoryRecord, Topic
from pipeline.testing.articles import START
from pipeline.testing.outlets import OUTLETS
from pipeline.testing.records import member, some_story, story
from tests.support.blast import blast
from tests.unit.board.conftest import Board


def merge(board: Board, story_id: str, into: str) -> None:
    board.view.apply(story(story_id, [member(OUTLETS[0], "Same thing", START)], revision=1))
    board.view.apply(
        story(
            story_id,
            [member(OUTLETS[0], "Same thing", START)],
            revision=2,
            status=Status.MERGED,
            merged_into=into,
            revision_reasons=[Reason.MERGED],
        )
    )


def test_a_story_is_the_record_as_it_stands_on_the_topic(board: Board) -> None:
    board.view.apply(blast())
    answer = board.client.get("/api/stories/st-harbour-blast")
    assert answer.status_code == 200
    assert StoryRecord.model_validate_json(answer.content) == blast()


def test_an_unknown_story_is_a_problem_as_json(board: Board) -> None:
    answer = board.client.get("/api/stories/nope")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == 404
    assert "nope" in answer.json()["detail"]


def test_a_merged_story_says_where_it_went(board: Board) -> None:
    board.view.apply(blast())
    merge(board, "old", "older")
    merge(board, "older", "st-harbour-blast")
    for path in ("/api/stories/old", "/api/stories/old/history"):
        assert board.client.get(path).json() == {
            "story_id": "old",
            "status": "merged",
            "merged_into": "st-harbour-blast",
            "title": "Same thing",
            "location": "/api/stories/st-harbour-blast",
        }


def test_a_list_is_read_to_its_end_by_following_next(board: Board) -> None:
    for number in range(23):
        board.view.apply(some_story(number))
    seen: list[str] = []
    address: str | None = "/api/stories?limit=10&sort=latest"
    while address:
        body = board.client.get(address).json()
        seen += [each["story_id"] for each in body["stories"]]
        address = body["next"]
    assert len(seen) == len(set(seen)) == 23


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        f"limit={MAX_LIMIT + 1}",
        "offset=10",
        "cursor=xyz",
        "since=yesterday",
        "min_sources=0",
        "coverage=up",
        "sort=best",
        "q=" + "x" * 201,
        "limit=x",
    ],
)
def test_a_bad_parameter_is_a_problem_that_names_it(board: Board, query: str) -> None:
    answer = board.client.get(f"/api/stories?{query}")
    assert answer.status_code == 400
    assert query.partition("=")[0] in answer.json()["detail"]


def test_history_shows_how_the_story_grew(board: Board) -> None:
    for upto in (1, 4, 9):
        board.view.apply(blast(upto))
    revisions = board.client.get("/api/stories/st-harbour-blast/history").json()["revisions"]
    assert [(each["revision"], each["article_count"]) for each in revisions] == [(9, 9), (4, 4), (1, 1)]
    assert revisions[0]["reasons"] == ["coverage"]


def test_facets_name_languages_countries_and_topics(board: Board) -> None:
    sport = Topic(id="medtop:15000000", name="sport", confidence=0.93)
    board.view.apply(blast().model_copy(update={"topics": [sport]}))
    facets = board.client.get("/api/facets").json()
    assert {"value": "de", "name": "German", "stories": 1} in facets["languages"]
    assert {"value": "FR", "name": "France", "stories": 1} in facets["countries"]
    assert facets["topics"] == [{"value": "medtop:15000000", "name": "sport", "stories": 1}]


def test_openapi_describes_the_record_and_every_route(board: Board) -> None:
    document = board.client.get("/openapi.json").json()
    assert {"/api/stories", "/api/stories/{story_id}", "/api/events", "/healthz", "/readyz", "/metrics"} <= set(
        document["paths"]
    )
    assert "StoryRecord" in document["components"]["schemas"]
    assert "/" not in document["paths"]


def test_metrics_say_how_many_stories_and_requests(board: Board) -> None:
    board.client.get("/api/stories")
    text = board.client.get("/metrics").text
    assert 'groundswell_board_request_seconds_count{route="/api/stories"} 1.0' in text
    assert 'groundswell_board_records_total{outcome="unusable"} 0.0' in text


def test_an_address_that_leads_nowhere_adds_no_series(board: Board) -> None:
    for number in range(5):
        board.client.get(f"/nowhere/{number}")
    assert "nowhere" not in board.client.get("/metrics").text


def test_a_failure_is_a_problem_with_the_headers_of_safety(monkeypatch: pytest.MonkeyPatch) -> None:
    view, log = StoryView(10), EventLog()
    monkeypatch.setattr(view, "raw", lambda _story_id: 1 / 0)
    client = TestClient(board_app.create_app(view, log), raise_server_exceptions=False)
    answer = client.get("/api/stories/x")
    assert answer.status_code == 500
    assert "ZeroDivision" not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def events_of(text: str) -> list[dict[str, Any]]:
    """Parse a stream of server-sent events."""
    blocks = [block.splitlines() for block in text.replace("\r\n", "\n").split("\n\n")]
    fields = [dict(line.split(": ", 1) for line in block if ": " in line) for block in blocks]
    return [{**each, "data": json.loads(each["data"])} for each in fields if "data" in each]


def test_events_resume_after_the_last_one_seen(board: Board) -> None:
    board.view.apply(blast(1))
    seen = board.log.last_id
    board.view.apply(blast(5))
    board.view.apply(some_story(1))
    merge(board, "old", "st-harbour-blast")
    lines = read_stream(board, "/api/events?story_id=st-harbour-blast", seen)
    told = [(each["event"], each["data"].get("article_count")) for each in lines]
    assert told == [("story", 5), ("merged", None)]
    assert int(lines[-1]["id"]) == board.log.last_id


def read_stream(board: Board, path: str, last_event_id: int) -> list[dict[str, Any]]:
    """What a stream sends until the board closes it."""
    timer = threading.Timer(0.5, board.log.close)
    timer.start()
    text = board.client.get(path, headers={"Last-Event-ID": str(last_event_id)}).text
    timer.join()
    return events_of(text)
