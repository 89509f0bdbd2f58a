"""The producers on real brokers: what they send arrives, each article once."""

from __future__ import annotations

import contextlib
import http.server
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
from fastapi.testclient import TestClient

from pipeline.adapters.kafka.article_producer import ArticleProducer
from pipeline.domain.records.parse import parse_article
from pipeline.settings import HttpSettings
from producers.feeds.run import run_feeds
from producers.http.app import create_app
from producers.replay import replay
from tests.conftest import SettingsFor
from tests.support.brokers import BrokerUnderTest
from tests.support.samples import article, article_ids, sample_lines
from tests.support.waiting import eventually
from tests.support.world import World, open_world

TOKEN = "a token for tests"


def sent(world: World) -> list[bytes]:
    return [record.value for record in world.read(world.settings.kafka.topics.articles)]


def test_a_replay_sends_every_line_as_it_stands_keyed_by_the_article(
    broker: BrokerUnderTest, settings_for: SettingsFor, tmp_path: Path
) -> None:
    lines = [*sample_lines()[:30], b"{broken"]
    file = tmp_path / "articles.jsonl"
    file.write_bytes(b"\n".join(lines))
    with open_world(settings_for(broker)) as world:
        with ArticleProducer(world.settings.kafka, "replay") as producer:
            summary = replay([file], producer)
        records = world.read(world.settings.kafka.topics.articles)
        assert (summary.sent, summary.invalid) == (31, 1)
        assert sorted(record.value for record in records) == sorted(lines)
        assert {record.key.decode() for record in records if record.key} == article_ids(lines[:-1])
        assert all(dict(record.headers)["ce_type"] == b"groundswell.article.v1" for record in records)


def test_posted_articles_are_on_the_topic_when_the_answer_says_accepted(
    broker: BrokerUnderTest, settings_for: SettingsFor
) -> None:
    posted = [json.loads(article(1)), {"title": ""}, json.loads(article(2))]
    with open_world(settings_for(broker)) as world, ArticleProducer(world.settings.kafka, "http") as producer:
        app = create_app(HttpSettings(token=TOKEN), producer, 100_000)
        with TestClient(app) as client:
            answer = client.post("/articles", json=posted, headers={"Authorization": f"Bearer {TOKEN}"})
        assert answer.status_code == httpx.codes.ACCEPTED
        assert [each["status"] for each in answer.json()["results"]] == ["accepted", "rejected", "accepted"]
        assert {parse_article(value).title for value in sent(world)} == {posted[0]["title"], posted[2]["title"]}


FEED = b"""<?xml version="1.0"?><rss version="2.0"><channel><title>Oststadt News</title>
<link>http://127.0.0.1/</link><language>en</language>
<item><title>Bridge closed</title><link>https://oststadt.example/1</link><description>A crack.</description></item>
<item><title>Bridge open</title><link>https://oststadt.example/2</link><description>Mended.</description></item>
</channel></rss>"""


@contextlib.contextmanager
def feed_server() -> Iterator[str]:
    """One good feed and one that is broken."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/good" else 500)
            self.end_headers()
            self.wfile.write(FEED if self.path == "/good" else b"no")

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def test_feeds_are_polled_and_a_broken_one_does_not_stop_the_others(
    broker: BrokerUnderTest, settings_for: SettingsFor, tmp_path: Path
) -> None:
    with feed_server() as address, contextlib.ExitStack() as stack:
        opml = tmp_path / "feeds.opml"
        opml.write_text(
            f'<opml version="2.0"><body><outline type="rss" text="bad" xmlUrl="{address}/bad"/>'
            f'<outline type="rss" text="good" xmlUrl="{address}/good"/></body></opml>'
        )
        local = {
            "opml": str(opml),
            "state": str(tmp_path / "feeds.db"),
            "interval_s": 1.0,
            "max_interval_s": 1.0,
            "allow_addresses": ["127.0.0.1"],
        }
        settings = settings_for(broker, feeds=local)
        world = stack.enter_context(open_world(settings))
        producer = stack.enter_context(ArticleProducer(settings.kafka, "feeds"))
        stop = threading.Event()
        thread = threading.Thread(target=run_feeds, args=(settings, producer, stop))
        thread.start()
        try:
            eventually(lambda: len(sent(world)) >= 2, what="articles of the good feed")
            time.sleep(2.5)  # it is polled again, and has nothing new
        finally:
            stop.set()
            thread.join(20)
        assert sorted(parse_article(value).title for value in sent(world)) == ["Bridge closed", "Bridge open"]
