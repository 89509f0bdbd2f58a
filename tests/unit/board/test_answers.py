"""The API's filters, cursors, keys and tags, as a client sees them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from consumers.board.app import create_app
from consumers.board.events import EventLog
from consumers.board.view import StoryView
from groundswell.record import Entity
from pipeline.settings import ApiKey, BoardSettings
from pipeline.testing.articles import START
from pipeline.testing.outlets import OUTLETS
from pipeline.testing.records import ident, member, some_story, story
from tests.unit.board.conftest import Board

LATE = START + timedelta(days=3)
KEY = "a key of sixteen letters or more"


@pytest.fixture
def three(board: Board) -> Board:
    """One story of three outlets, one of a German one, one that is late and has no outlet in common."""
    shared = "https://example.org/a?utm_source=mail"
    canonical = ident("https://example.org/a")
    flood = [member(each, "Flood", START) for each in OUTLETS[:3]]
    flood.append(member(OUTLETS[3], "Flood again", START, url=shared, article_id=canonical))
    names = [Entity(name="Vladimir Putin", articles=2), Entity(name="Łódź", articles=1)]
    board.view.apply(story("flood", flood, entities=names))
    board.view.apply(story("tal", [member(OUTLETS[7], "Tal", START, language="de")]))
    board.view.apply(story("late", [member(OUTLETS[10], "Late", LATE)]))
    return board


def listed(board: Board, **query: Any) -> list[str]:
    answer = board.client.get("/api/stories", params=query)
    assert answer.status_code == 200, answer.text
    return sorted(each["story_id"] for each in answer.json()["stories"])


def told(board: Board, query: str) -> str:
    answer = board.client.get(f"/api/stories?{query}")
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    return str(answer.json()["detail"])


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"entity": "putin"}, ["flood"]),
        ({"entity": "vladimir PUTIN"}, ["flood"]),
        ({"entity": "lodz"}, ["flood"]),
        ({"entity": "putin lodz"}, []),
        ({"entity": "put"}, []),
        ({"entity": "Путин"}, ["flood"]),
        ({"entity": "Владимира Путина"}, ["flood"]),
        ({"entity": "Пугин"}, []),
        ({"outlet": OUTLETS[1].domain}, ["flood"]),
        ({"outlet": f"WWW.{OUTLETS[1].domain}"}, ["flood"]),
        ({"outlet": "nobody.example"}, []),
        ({"source_country": "DE"}, ["tal"]),
        ({"country": "DE", "source_country": "US"}, []),
        ({"min_sources": 2}, ["flood"]),
        ({"since": "2025-08-18"}, ["late"]),
        ({"until": LATE.isoformat()}, ["flood", "tal"]),
        ({"since": START.isoformat(), "until": LATE.isoformat()}, ["flood", "tal"]),
        ({"article_url": "https://www.example.org/a?fbclid=1#top"}, ["flood"]),
        ({"article_url": "https://example.org/b"}, []),
        ({"language": "de", "min_sources": 1}, ["tal"]),
    ],
)
def test_all_filters_must_hold(three: Board, query: dict[str, Any], expected: list[str]) -> None:
    assert listed(three, **query) == expected


def test_an_unknown_parameter_is_refused_with_the_nearest_name_and_all_that_there_are(board: Board) -> None:
    detail = told(board, "entitty=x")
    assert detail.startswith("entitty: there is no such parameter; did you mean entity?")
    assert "article_url" in detail
    assert "known are none here" in board.client.get("/api/facets?x=1").json()["detail"]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("blindspot=lft", "blindspot: must be any, left, center or right; did you mean left? (got 'lft')"),
        ("min_sources=many", "min_sources: must be a whole number (got 'many')"),
        ("since=soon", "since: must be a date or time, as in 2025-08-15 or 2025-08-15T20:30:00Z (got 'soon')"),
        ("limit=1000", "limit: must be at most 200 (got '1000')"),
    ],
)
def test_a_bad_value_is_refused_in_plain_words(board: Board, query: str, words: str) -> None:
    assert told(board, query).replace("'any', 'left', 'center' or 'right'", "any, left, center or right") == words


@pytest.mark.parametrize("sort", ["top", "latest", "sources"])
def test_nothing_is_missed_while_stories_change_and_only_what_changed_comes_twice(board: Board, sort: str) -> None:
    for number in range(40):
        board.view.apply(some_story(number, members=3))
    seen: list[tuple[str, int]] = []
    address: str | None = f"/api/stories?limit=7&sort={sort}"
    changing = iter((3, 39, 17, 3, 0))
    while address:
        body = board.client.get(address).json()
        seen += [(each["story_id"], each["revision"]) for each in body["stories"]]
        address = body["next"]
        if (grows := next(changing, None)) is not None:  # it may move to the top or fall
            grown = some_story(grows, members=8 + len(seen) // 10)
            board.view.apply(grown.model_copy(update={"revision": 10 + len(seen)}))
    assert len(seen) == len(set(seen))
    latest = {each.card.story_id: each.card.revision for each in board.view.ranked()}
    assert latest.items() <= set(seen)
    twice = {each for each in latest if sum(seen_id == each for seen_id, _ in seen) > 1}
    assert twice <= {some_story(number).story_id for number in (3, 39, 17, 0)}


def test_a_cursor_is_of_its_own_filters(board: Board) -> None:
    for number in range(4):
        board.view.apply(some_story(number))
    address = board.client.get("/api/stories?limit=2").json()["next"]
    assert "other filters" in told(board, address.partition("?")[2] + "&sort=latest")
    assert board.client.get(address + "&limit=1").status_code == 200


def test_who_has_the_answer_already_gets_none(board: Board) -> None:
    board.view.apply(some_story(1))
    first = board.client.get("/api/stories")
    known = {"If-None-Match": first.headers["etag"]}
    again = board.client.get("/api/stories", headers=known)
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    strong = {"If-None-Match": '"other", ' + first.headers["etag"].removeprefix("W/")}
    assert board.client.get("/api/stories", headers=strong).status_code == 304
    board.view.apply(some_story(2))
    assert board.client.get("/api/stories", headers=known).status_code == 200


@pytest.mark.parametrize("path", ["/api/stories", "/api/facets", "/", "/healthz", "/static/board.css"])
def test_head_answers_as_get_without_the_body(board: Board, path: str) -> None:
    got, head = board.client.get(path), board.client.head(path)
    assert (head.status_code, head.content) == (got.status_code, b"")
    assert head.headers["content-type"] == got.headers["content-type"]


def locked(**settings: Any) -> TestClient:
    log = EventLog()
    key = ApiKey(name="desk", key=KEY, per_minute=2)
    view = StoryView(10, on_change=log.publish)
    return TestClient(create_app(view, log, BoardSettings(api_keys=(key,), **settings)))


def test_without_a_key_there_is_no_answer_where_one_is_needed() -> None:
    client = locked(api_needs_key=True)
    assert client.get("/api/stories").status_code == 401
    assert client.get("/api/stories", headers={"Authorization": "Bearer wrong"}).status_code == 403
    assert client.get("/api/stories", headers={"Authorization": f"Bearer {KEY}"}).status_code == 200
    assert client.get("/api/stories", auth=("anybody", KEY)).status_code == 200
    assert client.get("/").status_code == 200
    assert client.get("/openapi.json").json()["paths"]["/api/stories"]["get"]["security"]


@pytest.mark.parametrize("header", [b"Basic \xe9", b"Basic !!!", b"Basic", b"Bearer", b"Bearer ", b"\xff"])
def test_what_is_no_key_is_as_good_as_none(header: bytes) -> None:
    answers = [
        locked(api_needs_key=needed).get("/api/stories", headers=[(b"authorization", header)])
        for needed in (False, True)
    ]
    assert [each.status_code for each in answers] == [200, 401]


def test_a_key_has_its_quota_and_so_has_an_address_without_one() -> None:
    client = locked(api_rate_per_address=1)
    keyed = {"Authorization": f"Bearer {KEY}"}
    assert [client.get("/api/stories", headers=keyed).status_code for _ in range(3)] == [200, 200, 429]
    assert [client.get("/api/facets").status_code for _ in range(2)] == [200, 429]
    refused = client.get("/api/facets")
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert "1 requests a minute from this address" in refused.json()["detail"]
