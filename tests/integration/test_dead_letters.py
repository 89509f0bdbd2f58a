"""What can't be used is kept whole, with the reason, once; the clusterer goes on."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Iterable
from hashlib import sha256
from typing import Any

import pytest
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.consumer.fetcher import ConsumerRecord

from consumers.clusterer import preparation
from consumers.clusterer.intake import Intake, take_in
from pipeline.adapters.kafka.clients import make_admin, make_producer
from pipeline.domain.encoder.protocol import Encoder
from tests.conftest import SettingsFor
from tests.support.brokers import BrokerUnderTest
from tests.support.drive import cluster_all, clusterer, publish_all, publisher
from tests.support.samples import article, article_ids
from tests.support.world import World, check_promises, open_world

EAGER = {"min_sources": 1, "interval_s": 0.0, "settle_s": 0.0}

MALFORMED: dict[str, bytes] = {
    "empty": b"",
    "not JSON": b"<html>no article</html>",
    "cut JSON": b'{"title": "half',
    "a list": b"[1, 2, 3]",
    "a number": b"42",
    "a JSON null": b"null",
    "no title": b'{"url": "https://example.org/a"}',
    "an empty title": b'{"title": "   "}',
    "a title that is a number": b'{"title": 7}',
    "a text that is a list": b'{"title": "x", "text": ["a"]}',
    "a URL that is an object": b'{"title": "x", "url": {}}',
    "invalid UTF-8": b'{"title": "\xff\xfe\xfa"}',
    "a body of 5 MB": json.dumps({"title": "x", "text": "long " * 1_000_000}).encode(),
    "a nested bomb": b'{"title": "x", "a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "a date that is an object": b'{"title": "x", "published_at": {"$date": 1}}',
}

DATES = ["2025-03-03", "2025-03-03T10:00:00", "2025-03-03T10:00:00+05:30", "Mon, 03 Mar 2025 10:00:00 GMT",
         1740996000, 1740996000000, None, "2025-13-45", "yesterday", "9999-01-01T00:00:00Z"]  # fmt: skip
"""Every kind of date that feeds and APIs send; the last three say no moment, and their articles are undated."""


def _header(record: ConsumerRecord, name: str) -> str:
    headers = dict(record.headers)
    return bytes(headers[f"__connect.errors.{name}"]).decode()


def _run(world: World, encoder: Encoder, records: int) -> None:
    with clusterer(world.settings, encoder) as one, publisher(world.settings) as out:
        cluster_all(world, [one], records)
        publish_all(world, out)


def test_malformed_records_become_dead_letters_with_bytes_and_headers_and_the_rest_goes_on(
    broker: BrokerUnderTest, settings_for: SettingsFor, encoder: Encoder
) -> None:
    settings = settings_for(broker, publisher=EAGER)
    good = [article(number, published_at=date) for number, date in enumerate(DATES)]
    with open_world(settings) as world:
        world.send([good[0], *MALFORMED.values(), *good[1:]], key=b"its own key")
        _run(world, encoder, len(good) + len(MALFORMED))
        letters = world.dead_letters()
        assert sorted(each.value for each in letters) == sorted(MALFORMED.values()), "bytes untouched, once"
        for each in letters:
            assert each.key == b"its own key"
            assert dict(each.headers)["ce_specversion"] == b"1.0", "the record's own headers stay"
            assert _header(each, "topic") == settings.kafka.topics.articles
            assert int(_header(each, "offset")) >= 0
            assert _header(each, "stage") == "VALUE_CONVERTER"
            assert _header(each, "exception.class.name").endswith("InvalidArticle")
            assert _header(each, "exception.message")
        assert world.positions.counters()["dead_lettered"] == len(MALFORMED)
        check_promises(world, article_ids(good))


LIMIT = 8_388_608
Raw = tuple[bytes, bytes, list[tuple[str, bytes]]]
TOO_LARGE: dict[str, Raw] = {
    "all of the topic's limit": (b"k", random.Random(11).randbytes(LIMIT - 200), []),
    "small only while it is packed": (b"k", b"<" * 20_000_000, []),
    "a key of 9 MB": (b"k" * 9_000_000, b"<", []),
    "headers of 9 MB": (b"k", b"<", [("h", b"x" * 9_000_000)]),
}


def _send_packed(world: World, records: Iterable[Raw]) -> None:
    """As a producer does that may send more at once than our settings allow."""
    producer = make_producer(world.settings.kafka, max_request_size=64_000_000)
    for key, value, headers in records:
        producer.send(world.settings.kafka.topics.articles, key=key, value=value, headers=headers, partition=0)
        producer.flush()
    producer.close()


def test_a_letter_that_does_not_fit_is_cut_and_says_so_and_the_rest_goes_on(
    broker: BrokerUnderTest, settings_for: SettingsFor, encoder: Encoder
) -> None:
    settings = settings_for(broker, publisher=EAGER)
    with open_world(settings) as world:
        _send_packed(world, TOO_LARGE.values())
        world.send([article(1)])
        _run(world, encoder, len(TOO_LARGE) + 1)
        letters = sorted(world.dead_letters(), key=lambda each: int(_header(each, "offset")))
        assert [int(_header(each, "offset")) for each in letters] == list(range(len(TOO_LARGE)))
        for letter, (key, value, _) in zip(letters, TOO_LARGE.values(), strict=True):
            told = dict(letter.headers)
            for part, content, kept in (("value", value, letter.value), ("key", key, letter.key)):
                if len(content) < 3_000:
                    assert kept == content
                else:
                    assert kept == content[:1024] + content[-1024:]
                    assert told[f"groundswell.cut.{part}.length"] == str(len(content)).encode()
                    assert told[f"groundswell.cut.{part}.sha256"] == sha256(content).hexdigest().encode()
        assert dict(letters[-1].headers)["groundswell.cut.headers.length"] == b"9000003"
        check_promises(world, article_ids([article(1)]))


def test_a_topic_that_takes_less_than_the_settings_say_gets_shorter_letters(
    kafka_broker: BrokerUnderTest, settings_for: SettingsFor, encoder: Encoder
) -> None:
    settings = settings_for(kafka_broker, publisher=EAGER)
    with open_world(settings) as world:
        admin = make_admin(settings.kafka)
        topic = settings.kafka.topics.dead_letters
        admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, {"max.message.bytes": "100000"})])
        admin.close()
        noise = random.Random(11)
        world.send([noise.randbytes(size) for size in (200_000, *[40_000] * 4)] + [article(1), b"short"])
        _run(world, encoder, 7)
        assert {5, 2_048} <= {len(each.value) for each in world.dead_letters()} <= {5, 2_048, 40_000}


def test_a_null_record_is_a_dead_letter_too(
    broker: BrokerUnderTest, settings_for: SettingsFor, encoder: Encoder
) -> None:
    settings = settings_for(broker, publisher=EAGER)
    with open_world(settings) as world:
        world.send([None], key=b"its own key")  # type: ignore[list-item]
        _run(world, encoder, 1)
        (letter,) = world.dead_letters()
        assert letter.value is None
        assert "null" in _header(letter, "exception.message")


def test_records_read_again_after_redis_lost_them_leave_no_second_dead_letter(
    broker: BrokerUnderTest, settings_for: SettingsFor, encoder: Encoder
) -> None:
    settings = settings_for(broker, publisher=EAGER)
    with open_world(settings) as world:
        world.send([article(1), b"broken 1", article(2), b"broken 2"])
        _run(world, encoder, 4)
        for key in world.redis.scan_iter(match=f"gs:{{{settings.redis.edition}}}:*"):
            world.redis.delete(key)
        world.send([b"broken 3"])
        _run(world, encoder, 5)
        assert sorted(each.value for each in world.dead_letters()) == [b"broken 1", b"broken 2", b"broken 3"]
        assert world.positions.counters()["dead_lettered"] == 3


def test_a_clusterer_that_fell_out_of_its_group_writes_no_letter_that_its_heir_has_written(
    kafka_broker: BrokerUnderTest, settings_for: SettingsFor, encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between polling and writing it is silent for so long that the group goes on without it."""
    settings = settings_for(kafka_broker, publisher=EAGER)
    fell_out = threading.Event()
    with open_world(settings) as world, clusterer(settings, encoder) as zombie:

        def silent_meanwhile(*arguments: Any) -> Intake:
            fell_out.set()
            monkeypatch.setattr(preparation, "take_in", take_in)
            zombie._consumer._coordinator.maybe_leave_group()
            with clusterer(settings, encoder) as heir:
                cluster_all(world, [heir], 1)
            return take_in(*arguments)

        monkeypatch.setattr(preparation, "take_in", silent_meanwhile)
        world.send([b"broken"])
        while not fell_out.is_set():
            zombie.step()
        world.send([b"broken too"])
        cluster_all(world, [zombie], 2)
        assert sorted(each.value for each in world.dead_letters()) == [b"broken", b"broken too"]
