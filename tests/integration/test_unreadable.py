"""Records in every compression, with any header, in a damaged log: each is used or told, none stops the rest."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.adapters.kafka.clients import make_producer
from pipeline.domain.encoder.protocol import Encoder
from tests.conftest import SettingsFor
from tests.support.brokers import BrokerUnderTest, kafka_bootstrap
from tests.support.drive import cluster_all, clusterer, run_through
from tests.support.samples import article, article_ids
from tests.support.world import World, check_promises, open_world
from tests.unit.client.test_unreadable import Odd

EAGER = {"min_sources": 1, "interval_s": 0.0, "settle_s": 0.0}


def send(world: World, values: list[bytes], codec: str | None = None, header: str = "h") -> None:
    """All of them in one batch of partition 0."""
    producer = make_producer(world.settings.kafka, compression_type=codec, linger_ms=200)
    topic = world.settings.kafka.topics.articles
    for value in values:
        producer.send(topic, value=value, headers=[(header, b"x")], partition=0)
    producer.close()


def test_articles_come_in_every_compression_and_with_any_header(
    broker: BrokerUnderTest, settings_for: SettingsFor, encoder: Encoder
) -> None:
    settings = settings_for(broker, publisher=EAGER)
    articles = [article(number) for number in range(7)]
    with open_world(settings) as world:
        for number, codec in enumerate([None, "gzip", "snappy", "lz4", "zstd"]):
            send(world, [articles[number]], codec)
        send(world, articles[5:], header=Odd("name"))
        run_through(settings, world, encoder, len(articles))
        check_promises(world, article_ids(articles))


def damage(folder: Path, found: bytes) -> None:
    """Turn one bit in the log of the broker, as a disk may."""
    (log,) = [each for each in folder.glob("*.log") if found in each.read_bytes()]
    at = log.read_bytes().index(found)
    with log.open("r+b") as file:
        file.seek(at)
        file.write(bytes([found[0] ^ 1]))


def test_a_batch_that_the_disk_damaged_is_a_dead_letter_and_the_rest_goes_on(
    kafka_broker: BrokerUnderTest,
    settings_for: SettingsFor,
    encoder: Encoder,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    if kafka_bootstrap():
        pytest.skip("the files of the broker at KAFKA_BOOTSTRAP are not ours to damage")
    settings = settings_for(kafka_broker, publisher=EAGER)
    whole = [article(1), article(4)]
    with open_world(settings) as world, clusterer(settings, encoder) as one:
        send(world, whole[:1])
        send(world, [article(2), article(3)])
        send(world, whole[1:])
        topic = settings.kafka.topics.articles
        (folder,) = tmp_path_factory.getbasetemp().glob(f"kafka[0-9]*/data-1/{topic}-0")
        damage(folder, article(2))
        cluster_all(world, [one], 3)
        (letter,) = world.dead_letters()
        assert article(3) in letter.value, "its bytes are kept"
        assert dict(letter.headers)["__connect.errors.exception.message"].decode() == (
            f"partition 0 of {topic}, offsets 1 to 2 can't be read: wrong checksum"
        )
        counters = world.positions.counters()
        assert (counters["in"], counters["dead_lettered"]) == (3, 1)
