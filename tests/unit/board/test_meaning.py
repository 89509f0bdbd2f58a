"""The board's search by meaning: with the encoder where records tell vectors, by words elsewhere."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi.testclient import TestClient
from structlog.testing import capture_logs

from consumers.board import meaning as module
from consumers.board.app import create_app
from consumers.board.events import EventLog
from consumers.board.meaning import story_meaning
from consumers.board.query import StoryQuery
from consumers.board.view import StoryView
from groundswell.record import StoryRecord
from pipeline.domain.clustering.model import load_model
from pipeline.domain.clustering.packed_vectors import packed_direction
from pipeline.domain.clustering.stream import StreamState, centred
from pipeline.domain.encoder import Encoder
from pipeline.domain.encoder.made import open_made
from pipeline.domain.encoder.models import MULTILINGUAL
from pipeline.domain.encoder.quantised import made_form
from pipeline.settings import BoardSettings, SearchMeaning, Settings
from pipeline.testing.articles import START
from pipeline.testing.outlets import OUTLETS
from pipeline.testing.records import member, story

Tell = Callable[..., StoryRecord]


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return open_made(MULTILINGUAL)


@pytest.fixture
def tell(encoder: Encoder) -> Tell:
    """A record of a story with this title, with its vector."""
    means = load_model(encoder.name).means

    def told(story_id: str, title: str, language: str = "en", minutes: int = 0, **changes: object) -> StoryRecord:
        vector = centred(StreamState(), means, language, encoder.encode([title])[0])
        known = {"encoder": encoder.name, "vector": b64encode(packed_direction(vector)).decode(), **changes}
        members = [member(OUTLETS[0], title, START + timedelta(minutes=minutes), language=language)]
        return story(story_id, members, language=language, **known)

    return told


@pytest.fixture
def view() -> StoryView:
    return StoryView(100, meaning=story_meaning(Settings()))


@pytest.fixture
def client(view: StoryView) -> TestClient:
    return TestClient(create_app(view, EventLog(gather_s=0)))


def listed(client: TestClient, address: str) -> list[str]:
    return [each["story_id"] for each in client.get(address).json()["stories"]]


def test_what_has_the_words_comes_first_then_what_means_the_same(
    view: StoryView, client: TestClient, tell: Tell
) -> None:
    view.apply(tell("greek", "Ferry runs aground off a Greek islet"))
    view.apply(tell("german", "Passagierschiff vor griechischer Insel auf Grund gelaufen", "de", 5))
    view.apply(tell("cheese", "Goat cheese wins the fair", minutes=9))
    for order in ("top", "latest", "sources"):
        assert listed(client, f"/api/stories?q=greek&sort={order}") == ["greek", "german"]
    assert listed(client, "/api/stories?q=greek&language=de") == ["german"]
    assert client.get("/api/stories?q=greek").json()["total"] == 2


def test_pages_show_it_and_feeds_keep_to_words(view: StoryView, client: TestClient, tell: Tell) -> None:
    view.apply(tell("german", "Passagierschiff vor griechischer Insel auf Grund gelaufen", "de"))
    assert "Passagierschiff" in client.get("/?q=ship+accident").text
    assert client.get("/feed.json?q=ship+accident").json()["items"] == []


def test_an_answer_keeps_its_tag_while_nothing_changes(view: StoryView, client: TestClient, tell: Tell) -> None:
    view.apply(tell("greek", "Ferry runs aground off a Greek islet"))
    tag = client.get("/api/stories?q=ship+accident").headers["etag"]
    assert client.get("/api/stories?q=ship+accident", headers={"If-None-Match": tag}).status_code == 304


def test_a_list_read_in_parts_misses_nothing_while_nearer_stories_come(
    view: StoryView, client: TestClient, tell: Tell
) -> None:
    titles = ["Ferry sinks in a storm", "Ferry capsizes on a lake", "Fähre läuft auf Grund", "Un ferry encalla"]
    for at, title in enumerate(titles):
        view.apply(tell(f"s{at}", title, ["en", "de", "es"][max(0, at - 1)], at))
    whole = listed(client, "/api/stories?q=shipwreck")
    assert len(whole) >= 3
    address, read = "/api/stories?q=shipwreck&limit=1", list[str]()
    while address:
        body = client.get(address).json()
        read += [each["story_id"] for each in body["stories"]]
        if len(read) == 1:
            view.apply(tell("nearest", "Ship wrecked: shipwreck", minutes=50))
        address = body["next"]
    assert read == [*whole, "nearest"]


def test_a_cursor_is_of_one_query(view: StoryView, client: TestClient, tell: Tell) -> None:
    for at in range(3):
        view.apply(tell(f"s{at}", f"Ferry number {at} sinks"))
    following = client.get("/api/stories?q=shipwreck&limit=1").json()["next"]
    cursor = parse_qs(urlsplit(following).query)["cursor"][0]
    assert client.get(f"/api/stories?q=cheese&limit=1&cursor={cursor}").status_code == 400


def test_a_newer_revision_is_found_by_what_it_says_now(view: StoryView, client: TestClient, tell: Tell) -> None:
    view.apply(tell("a", "Ferry runs aground off a Greek islet"))
    view.apply(tell("a", "Goat cheese wins the fair", revision=2))
    assert listed(client, "/api/stories?q=ship+accident") == []
    assert listed(client, "/api/stories?q=prize+for+dairy+produce") == ["a"]
    view.forget("a")
    assert listed(client, "/api/stories?q=prize+for+dairy+produce") == []


def test_records_of_another_encoder_are_found_by_words_alone_which_is_said_once(
    view: StoryView, client: TestClient, tell: Tell
) -> None:
    with capture_logs() as logs:
        for name in ("a", "b"):
            view.apply(tell(name, "Ferry runs aground", encoder="another/encoder"))
    assert [each["encoder"] for each in logs if "searched by words" in each["event"]] == ["another/encoder"]
    assert listed(client, "/api/stories?q=ship+accident") == []
    assert set(listed(client, "/api/stories?q=ferries")) == {"a", "b"}


@pytest.mark.parametrize("lacking", ["settings", "packages", "model"])
def test_without_the_encoder_words_alone_find_and_that_is_said_once(
    lacking: str, tell: Tell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    board = BoardSettings(search_meaning=SearchMeaning.NEVER if lacking == "settings" else SearchMeaning.AUTO)
    if lacking == "packages":
        monkeypatch.setattr(module, "find_spec", lambda _name: None)
    if lacking == "model":
        monkeypatch.setenv("GROUNDSWELL_CACHE", str(tmp_path))
    view = StoryView(100, meaning=story_meaning(Settings(board=board)))
    client = TestClient(create_app(view, EventLog(gather_s=0)))
    with capture_logs() as logs:
        for name in ("a", "b"):
            view.apply(tell(name, "Ferry runs aground off a Greek islet"))
    said = [each for each in logs if each["event"] == "stories are searched by words"]
    assert len(said) == (0 if lacking == "settings" else 1)
    assert listed(client, "/api/stories?q=ship+accident") == []
    assert set(listed(client, "/api/stories?q=ferries")) == {"a", "b"}


@pytest.mark.parametrize("torn", ["encoder.xml", "embeddings.npy", "tokenizer.json"])
def test_an_encoder_whose_files_are_torn_costs_no_record(
    tell: Tell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, torn: str
) -> None:
    whole = made_form(MULTILINGUAL)
    assert whole is not None
    copy = tmp_path / "models" / whole.name
    copy.mkdir(parents=True)
    for file in whole.iterdir():
        if file.name == torn:
            (copy / torn).write_bytes(file.read_bytes()[:1_000])
        else:
            (copy / file.name).symlink_to(file)
    record = tell("greek", "Ferry runs aground off a Greek islet")  # with the whole encoder
    monkeypatch.setenv("GROUNDSWELL_CACHE", str(tmp_path))
    view = StoryView(100, meaning=story_meaning(Settings()))
    with capture_logs() as logs:
        view.apply(record)
    assert len(view) == 1
    assert view.page(StoryQuery(q="ferry"), 0, 10).total == 1
    assert [each["log_level"] for each in logs] == ["warning"]


def test_no_encoder_is_loaded_where_records_tell_no_vectors(tell: Tell) -> None:
    opened: list[bool] = []
    view = StoryView(100, meaning=module.StoryMeaning(lambda: opened.append(True)))
    view.apply(tell("a", "Ferry runs aground", vector=None))
    assert view.page(StoryQuery(q="ship"), 0, 10).total == 0
    assert opened == []
