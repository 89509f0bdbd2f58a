"""What a feed shows last stands on `stories`, whenever its producer was killed."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from pipeline.adapters.kafka.article_producer import ArticleProducer
from pipeline.quality.bench.hashing_encoder import HashingEncoder
from producers.feeds.seen import SeenArticles
from tests.conftest import SettingsFor
from tests.support.brokers import BrokerUnderTest
from tests.support.drive import run_through
from tests.support.world import open_world
from tests.unit.producers.feed_server import Reply, feed_server, rss
from tests.unit.producers.test_feed_visit import Producer

EAGER = {"min_sources": 1, "interval_s": 0.0, "settle_s": 0.0, "shards": 1}


@contextlib.contextmanager
def killed_before_it_remembers() -> Iterator[None]:
    """What a producer does inside ends when Kafka has its articles, and before its file says so."""

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SeenArticles, "remember", killed)
        with pytest.raises(KeyboardInterrupt):
            yield


@pytest.mark.parametrize(
    ("versions", "killed_at"),
    [(["Arrested", "Not arrested"], 0), (["Calm", "Arrested", "Calm"], 1)],
)
def test_what_a_feed_shows_last_outlives_a_kill_before_what_was_sent_is_remembered(
    embedded_broker: BrokerUnderTest,
    settings_for: SettingsFor,
    tmp_path: Path,
    versions: Sequence[str],
    killed_at: int,
) -> None:
    settings = settings_for(embedded_broker, publisher=EAGER)
    with feed_server() as server, open_world(settings) as world:
        producer = Producer(tmp_path / "feeds.db", server)
        with ArticleProducer(settings.kafka, "feeds") as sink:
            for number, title in enumerate(versions):
                server.replies["/feed"] = Reply(rss("1").replace(b"<title>1<", f"<title>{title}<".encode()))
                with killed_before_it_remembers() if number == killed_at else contextlib.nullcontext():
                    producer.visit(sink)
            producer.visit(sink)
        sent = len(world.read(settings.kafka.topics.articles))
        assert sent == len(versions), "each once"
        run_through(settings, world, HashingEncoder(), sent)
        (last,) = world.last_records().values()
        assert last["title"] == versions[-1]
