"""`groundswell feeds`, run as operators type it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from pipeline.domain.records.article import Article
from pipeline.runtime.cli.feeds import _distance
from pipeline.runtime.cli.main import app
from producers.feeds.database import Database, StateError
from producers.feeds.feed_metrics import FeedHealth, Visit
from producers.feeds.seen import SeenArticles
from producers.feeds.state import FeedState, FeedStates

OK, FAILING, GONE, NEW = (f"https://{name}.example/feed" for name in ("ok", "failing", "gone", "new"))
ERROR = "no XML: [/] <1:1>"
Command = Callable[..., Result]


@pytest.fixture
def now() -> datetime:
    """The time of the test, not of its import: the whole suite takes minutes."""
    return datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def state(tmp_path: Path, now: datetime) -> Path:
    """One feed of each kind, as a producer leaves them."""
    path = tmp_path / "feeds.db"
    at, later = now - timedelta(minutes=5), now + timedelta(hours=2)
    with Database(path) as database:
        states = FeedStates(database)
        kept = {
            OK: FeedState("https://ok.example/moved", FeedHealth.OK, Visit.FETCHED, rhythm_s=450.0, next_at=later),
            FAILING: FeedState(
                FAILING, FeedHealth.FAILING, Visit.FAILED, failures=3, next_at=later, error=ERROR, error_at=at
            ),
            GONE: FeedState(GONE, FeedHealth.GONE, Visit.GONE, error="HTTP 410 Gone", error_at=at),
        }
        for source, each in kept.items():
            states.save(states.load(source)[0], replace(each, visited_at=at))
        articles = [Article(title="One", url="https://ok.example/1"), Article(title="Two")]
        SeenArticles(database).remember(states.load(OK)[0], articles)
    return path


@pytest.fixture
def groundswell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    opml = tmp_path / "feeds.opml"
    outlines = "".join(f'<outline type="rss" text="O" xmlUrl="{url}"/>' for url in (OK, FAILING, GONE, NEW))
    opml.write_text(f'<opml version="2.0"><body>{outlines}</body></opml>')
    monkeypatch.setenv("GROUNDSWELL_FEEDS__OPML", str(opml))
    monkeypatch.setenv("GROUNDSWELL_FEEDS__STATE", str(tmp_path / "feeds.db"))
    return lambda *words: CliRunner().invoke(app, words)


def by_feed(groundswell: Command) -> dict[str, dict[str, Any]]:
    return {each["feed"]: each for each in json.loads(groundswell("feeds", "status", "--json").stdout)}


def test_the_status_has_every_feed_of_the_list_as_its_last_visit_left_it(
    groundswell: Command, state: Path, now: datetime
) -> None:
    found = by_feed(groundswell)
    assert list(found) == [OK, FAILING, GONE, NEW]
    assert found[OK] == {
        "feed": OK,
        "outlet": "O",
        "url": "https://ok.example/moved",
        "status": "ok",
        "last_visit": (now - timedelta(minutes=5)).isoformat(),
        "last_result": "fetched",
        "next_visit": (now + timedelta(hours=2)).isoformat(),
        "interval_s": 450.0,
        "failures": 0,
        "items_seen": 2,
        "last_error": None,
        "last_error_at": None,
    }
    assert (found[FAILING]["last_error"], found[FAILING]["failures"]) == (ERROR, 3)
    assert (found[GONE]["status"], found[GONE]["next_visit"]) == ("gone", None)
    assert (found[NEW]["status"], found[NEW]["last_visit"]) == ("new", None)


def test_the_table_tells_the_same_to_people(groundswell: Command, state: Path) -> None:
    lines = groundswell("feeds", "status").stdout.splitlines()
    table = {line.split()[0]: line for line in lines if "http" in line}
    assert "ok" in table[OK]
    assert "5 min ago" in table[OK]
    assert "in 2 h" in table[OK]
    assert ERROR in table[FAILING]
    assert "never" in table[GONE]
    assert "due" in table[NEW]


def test_the_status_can_be_asked_while_the_producer_works_and_before_it_ever_did(
    groundswell: Command, state: Path
) -> None:
    with Database(state):
        assert by_feed(groundswell)[OK]["items_seen"] == 2
    state.unlink()
    assert {each["status"] for each in by_feed(groundswell).values()} == {"new"}
    assert not state.exists()


def test_a_feed_that_is_forgotten_is_new_again(groundswell: Command, state: Path) -> None:
    assert groundswell("feeds", "forget", GONE).exit_code == 0
    assert by_feed(groundswell)[GONE]["status"] == "new"


def test_what_can_not_be_forgotten_is_told(groundswell: Command, state: Path) -> None:
    unknown = groundswell("feeds", "forget", NEW)
    assert isinstance(unknown.exception, StateError)
    assert "no feed" in str(unknown.exception)
    with Database(state):
        busy = groundswell("feeds", "forget", GONE)
    assert "another feeds producer" in str(busy.exception)
    assert by_feed(groundswell)[GONE]["status"] == "gone"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s ago"), (-59, "59 s ago"), (-90, "2 min ago"), (3_600, "in 1 h"), (200_000, "in 2 d")],
)
def test_distances_are_short(seconds: float, text: str, now: datetime) -> None:
    assert _distance(now + timedelta(seconds=seconds), now) == text
