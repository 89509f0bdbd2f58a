"""Backfill from web archives: what becomes an article, and that a stop repeats and misses nothing."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.console import Console
from rich.progress import Progress as Bars

from pipeline.domain.records.article import Article
from producers.backfill import ArchiveError, BackfillError, Summary, backfill
from producers.backfill import run as run_module
from producers.backfill.archive import Page
from producers.backfill.page import article_of
from producers.backfill.progress import ProgressError, load
from tests.unit.producers.archives import address, in_parts, news_page, response, warc
from tests.unit.producers.fakes import FakeDelivery, FakeSink
from tests.unit.producers.feed_server import FeedServer, Reply, feed_server

TOWNS = [f"Town{number}" for number in range(10)]


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with feed_server() as running:
        yield running


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_module, "BATCH_RECORDS", 4)


class StoppingSink(FakeSink):
    """Asks for a stop once it has so many articles."""

    def __init__(self, after: int) -> None:
        super().__init__()
        self.stop = threading.Event()
        self._after = after

    def send(self, article: Article) -> FakeDelivery:
        delivery = super().send(article)
        if len(self.articles) >= self._after:
            self.stop.set()
        return delivery


def urls(*sinks: FakeSink) -> list[str | None]:
    return [article.url for sink in sinks for article in sink.articles]


def test_a_page_becomes_an_article_with_what_it_states_for_machines() -> None:
    article = article_of(Page(address("Aston"), news_page("Aston").decode()))
    assert article is not None
    assert article.model_copy(update={"text": ""}) == Article(
        title="Cycle lanes for Aston",
        url=address("Aston"),
        published_at=datetime(2026, 3, 3, 13, 5, 7, tzinfo=UTC),
        published_raw="2026-03-03T14:05:07+01:00",
        source="example.com",
        outlet="Example Times",
    )
    assert article.text.startswith("The council of Aston")
    assert "Home" not in article.text


JSON_LD = '<script type="application/ld+json">{"@graph": [{"author": {}, "datePublished": "%s"}]}</script>'


@pytest.mark.parametrize(
    ("head", "published"),
    [
        (JSON_LD % "2026-03-03T14:05:07Z", "2026-03-03T14:05:07Z"),
        (
            "<script type='application/ld+json'>{broken</script>" + JSON_LD % "2026-03-03T14:05:07Z",
            "2026-03-03T14:05:07Z",
        ),
        ("<meta itemprop='datePublished' content='2026-03-03T14:05:07Z'>", "2026-03-03T14:05:07Z"),
        ("<meta name='date' content='2026-03-03'>", "2026-03-03T00:00:00Z"),
    ],
)
def test_the_date_is_the_one_that_the_markup_states(head: str, published: str) -> None:
    article = article_of(Page(address("Aston"), news_page("Aston", head).decode()))
    assert article is not None
    assert article.wire()["published_at"] == published


@pytest.mark.parametrize(
    "html",
    [
        news_page("Aston", head="").decode(),
        news_page("Aston", head=JSON_LD % "yesterday").decode(),
        "<html><head><title>Front</title><meta name='date' content='2026-03-03'></head><body>Hi</body></html>",
        "",
        "<",
        "\x00" * 100,
    ],
)
def test_a_page_without_a_date_or_without_a_text_is_no_article(html: str) -> None:
    assert article_of(Page(address("Aston"), html)) is None


def test_the_address_that_a_page_gives_itself_counts_within_its_outlet_only() -> None:
    date = '<meta property="article:published_time" content="2026-03-03">'
    heads = [
        f'{date}<link rel="canonical" href="{link}">'
        for link in ("https://example.com/news/aston", "https://other.example.org/aston")
    ]
    named = [article_of(Page(address("Aston"), news_page("Aston", head).decode())) for head in heads]
    assert [each.url for each in named if each] == ["https://example.com/news/aston", address("Aston")]


@pytest.mark.parametrize("packed", [True, False])
def test_only_html_pages_that_were_fetched_with_success_are_looked_at(tmp_path: Path, packed: bool) -> None:
    archive = tmp_path / "news.warc.gz"
    others = [
        response("Gone", status="404 Not Found"),
        response("Film", kind="video/mp4"),
        response("Huge", body=b"<p>" + b"x" * 3_000_001),
        response("Мост", body=news_page("Каменск").decode().encode("cp1251"), kind="text/html;charset=cp1251"),
    ]
    archive.write_bytes(warc([*others, response("Aston")], packed))
    sink = FakeSink()
    assert backfill([str(archive)], sink, tmp_path) == Summary(articles=2, pages=2)
    assert [each.title for each in sink.articles] == ["Cycle lanes for Каменск", "Cycle lanes for Aston"]


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("far", [False, True])
def test_a_backfill_that_stops_goes_on_there_and_repeats_and_misses_nothing(
    tmp_path: Path, server: FeedServer, packed: bool, far: bool
) -> None:
    body = warc([response(town) for town in TOWNS], packed)
    (tmp_path / "news.warc.gz").write_bytes(body)
    server.replies["/news.warc.gz"] = in_parts(body)
    archive = f"{server.url}/news.warc.gz" if far else str(tmp_path / "news.warc.gz")
    sinks = [StoppingSink(after) for after in (3, 1, 2, 99, 1)]
    for sink in sinks:
        backfill([archive], sink, tmp_path / "progress", stop=sink.stop)
    assert urls(*sinks) == [address(town) for town in TOWNS]
    assert all(len(sink.articles) < len(TOWNS) for sink in sinks)
    if far:
        first, *more = server.requests
        assert "range" not in first.headers
        assert all(int(each.headers["range"][6:-1]) > 0 for each in more)


def test_a_server_that_sends_all_although_a_part_was_asked_for_is_understood(
    tmp_path: Path, server: FeedServer
) -> None:
    server.replies["/news.warc"] = Reply(warc([response(town) for town in TOWNS]))
    sinks = [StoppingSink(3), StoppingSink(99)]
    for sink in sinks:
        backfill([f"{server.url}/news.warc"], sink, tmp_path, stop=sink.stop)
    assert urls(*sinks) == [address(town) for town in TOWNS]


def test_progress_moves_only_behind_what_kafka_acknowledged(tmp_path: Path) -> None:
    archive = tmp_path / "news.warc.gz"
    archive.write_bytes(warc([response(town) for town in TOWNS]))
    losing = FakeSink(loses=lambda value: b"Town5" in value)
    with pytest.raises(BackfillError, match=r"did not acknowledge 1 of \d articles"):
        backfill([str(archive)], losing, tmp_path)
    assert not load(tmp_path, str(archive), None).done
    after = FakeSink()
    backfill([str(archive)], after, tmp_path)
    assert address("Town5") in urls(after)
    assert set(urls(losing, after)) == {address(town) for town in TOWNS}
    assert len(after.articles) < len(TOWNS)


def test_another_topic_gets_everything(tmp_path: Path) -> None:
    archive = tmp_path / "news.warc.gz"
    archive.write_bytes(warc([response("Aston")]))
    sent = [backfill([str(archive)], FakeSink(), tmp_path, topic=topic).articles for topic in ("a", "a", "b")]
    assert sent == [1, 0, 1]


@pytest.mark.parametrize("kept", [0.95, 0.5])
def test_an_archive_that_is_cut_off_is_sent_up_to_there_and_said_to_be_damaged(
    tmp_path: Path, server: FeedServer, kept: float
) -> None:
    body = warc([response(town) for town in TOWNS])
    cut = body[: int(len(body) * kept)]
    server.replies["/cut"] = Reply(headers={"Content-Length": str(len(body))}, chunks=lambda: iter([cut]))
    sink = FakeSink()
    with pytest.raises(ArchiveError, match="/cut"):
        backfill([f"{server.url}/cut"], sink, tmp_path)
    server.replies["/cut"] = in_parts(body)
    after = FakeSink()
    backfill([f"{server.url}/cut"], after, tmp_path)
    assert set(urls(sink, after)) == {address(town) for town in TOWNS}


@pytest.mark.parametrize("packed", [True, False])
def test_a_file_that_ends_in_the_middle_of_a_record_is_not_taken_for_read(tmp_path: Path, packed: bool) -> None:
    archive = tmp_path / "news.warc.gz"
    body = warc([response(town) for town in TOWNS], packed)
    archive.write_bytes(body[:-300])
    first = FakeSink()
    with pytest.raises(ArchiveError, match=r"cut off in its last record|broken behind byte"):
        backfill([str(archive)], first, tmp_path / "notes")
    archive.write_bytes(body)
    second = FakeSink()
    backfill([str(archive)], second, tmp_path / "notes")
    assert set(urls(first, second)) == {address(town) for town in TOWNS}


@pytest.mark.parametrize("content", [b"no archive at all\n" * 100, b"\x1f\x8b broken"])
def test_what_is_no_archive_says_so(tmp_path: Path, content: bytes) -> None:
    archive = tmp_path / "news.warc.gz"
    archive.write_bytes(content)
    with pytest.raises(ArchiveError, match=r"news\.warc\.gz"):
        backfill([str(archive)], FakeSink(), tmp_path)


def test_what_is_not_there_says_so(tmp_path: Path, server: FeedServer) -> None:
    for archive in (str(tmp_path / "none.warc"), f"{server.url}/none.warc", "http://127.0.0.1:9/none.warc"):
        with pytest.raises(ArchiveError, match=r"none\.warc: can't be read"):
            backfill([archive], FakeSink(), tmp_path)


def test_a_note_of_progress_that_is_broken_is_named(tmp_path: Path) -> None:
    archive = tmp_path / "news.warc.gz"
    archive.write_bytes(warc([response("Aston")]))
    backfill([str(archive)], FakeSink(), tmp_path / "notes")
    (note,) = (tmp_path / "notes").iterdir()
    assert json.loads(note.read_text())["articles"] == 1
    note.write_text("{")
    with pytest.raises(ProgressError, match=r"news\.warc\.gz\..*\.json: can't be read"):
        backfill([str(archive)], FakeSink(), tmp_path / "notes")


def test_the_bar_starts_where_the_last_run_ended_and_reaches_the_end(tmp_path: Path) -> None:
    archive = tmp_path / "news.warc.gz"
    archive.write_bytes(warc([response(town) for town in TOWNS]))
    first = StoppingSink(3)
    backfill([str(archive)], first, tmp_path, stop=first.stop)
    seen: list[float] = []

    class Watched(Bars):
        def update(self, *given: object, **fields: object) -> None:
            seen.append(float(str(fields["completed"])))

    backfill([str(archive)], FakeSink(), tmp_path, bars=Watched(console=Console(quiet=True)))
    assert seen == sorted(seen)
    assert 0 < seen[0] < seen[-1] == archive.stat().st_size
