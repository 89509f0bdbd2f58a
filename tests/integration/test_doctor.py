"""`groundswell doctor` on a real broker and Redis: what is whole is called so, and what is broken is named."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, MutableMapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from kafka.admin import ConfigResource, ConfigResourceType
from pydantic import TypeAdapter
from redis import Redis
from structlog.testing import capture_logs

from consumers.publisher.service import run_publisher
from pipeline.adapters.kafka.clients import make_admin, make_producer
from pipeline.adapters.kafka.kept_letters import note_of
from pipeline.adapters.store.rights import Writer
from pipeline.domain.encoder.protocol import Encoder
from pipeline.runtime.doctor import starting
from pipeline.runtime.doctor.checks import CHECKS
from pipeline.runtime.doctor.finding import Finding, Report, Verdict
from pipeline.runtime.doctor.reach import reaching
from pipeline.runtime.doctor.running import examine
from pipeline.runtime.doctor.starting import (
    MissingTopicError,
    await_topics,
    require_topic,
    tell_store,
    tell_topics,
)
from pipeline.runtime.embedded import EmbeddedRedis
from pipeline.settings import Settings
from tests.conftest import SettingsFor
from tests.integration.test_redis_users import EDITION, as_user
from tests.support.brokers import BrokerUnderTest
from tests.support.command_line import groundswell
from tests.support.drive import cluster_all, clusterer, publish_all, publisher
from tests.support.kafka import free_ports
from tests.support.redis import tls_redis
from tests.support.redis_cluster import RedisCluster
from tests.support.samples import article
from tests.support.waiting import eventually
from tests.support.world import World, open_world

EAGER = {"min_sources": 1, "interval_s": 0.0, "settle_s": 0.0, "lease_s": 60.0}


Told = list[MutableMapping[str, Any]]


def found(settings: Settings) -> dict[str, list[Finding]]:
    """All findings by subject; those of topics by their name alone."""
    told: dict[str, list[Finding]] = {}
    with reaching(settings, (Path.cwd(),)) as (reach, failed):
        for each in (*failed, *examine(reach, CHECKS)):
            told.setdefault(each.subject.removeprefix("topic "), []).append(each)
    return told


def only(findings: dict[str, list[Finding]], subject: str) -> Finding:
    (finding,) = findings[subject]
    return finding


def amiss(findings: dict[str, list[Finding]]) -> list[str]:
    return [f"{each.subject}: {each.said}" for one in findings.values() for each in one if each.verdict != "ok"]


def configure(settings: Settings, topic: str, **configs: str) -> None:
    named = {name.replace("_", "."): value for name, value in configs.items()}
    with closing(make_admin(settings.kafka)) as admin:
        admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, configs=named)])


def nowhere(settings: Settings, *, kafka: bool = False, redis: bool = False) -> Settings:
    """The same, where nobody listens."""
    (port,) = free_ports(1)
    changed = {
        "kafka": settings.kafka.model_copy(update={"bootstrap_servers": f"127.0.0.1:{port}"} if kafka else {}),
        "redis": settings.redis.model_copy(update={"url": f"redis://127.0.0.1:{port}/0"} if redis else {}),
    }
    return settings.model_copy(update=changed)


@pytest.fixture
def told() -> Iterator[Told]:
    """What our code logs."""
    with capture_logs() as events:
        yield events


def lines(told: Told, text: str) -> int:
    return sum(text in each["event"] for each in told)


@contextmanager
def at_work(settings: Settings, encoder: Encoder, articles: int) -> Iterator[World]:
    """A world with a clusterer and a publisher that have done all there was to do."""
    with open_world(settings) as world, clusterer(settings, encoder) as one, publisher(settings) as out:
        world.send(article(number) for number in range(articles))
        cluster_all(world, [one], articles)
        # Not `or`: a round that published something would end the wait while a shard is not held yet.
        eventually(lambda: (out.step(), out.held == settings.publisher.shards)[1], what="all shards held")
        publish_all(world, out)
        yield world


def test_a_healthy_world_is_ok_in_every_line(
    kafka_broker: BrokerUnderTest, settings_for: SettingsFor, encoder: Encoder, tmp_path: Path
) -> None:
    with EmbeddedRedis(tmp_path / "redis") as redis:
        settings = settings_for(
            kafka_broker, redis={"url": redis.url}, publisher=EAGER, feeds={"state": str(tmp_path / "feeds.db")}
        )
        with at_work(settings, encoder, 3):
            answer = groundswell("doctor", "--json", settings=settings)
            told = groundswell("doctor", settings=settings)
    report = TypeAdapter(Report).validate_json(answer.stdout)
    assert [each for each in report.findings if each.verdict is not Verdict.OK] == []
    assert (report.verdict, answer.returncode, told.returncode) == (Verdict.OK, 0, 0), answer.stderr
    assert {"kafka", "redis", "redis persistence", "redis rights", "outbox 0", "outbox 1", "clock", "lag",
            "dead letters", "disk of this machine", f"group {settings.kafka.group}",
            f"topic {settings.kafka.topics.stories}"} <= {each.subject for each in report.findings}  # fmt: skip
    assert all(line.startswith("ok ") for line in told.stdout.splitlines())
    assert len(told.stdout.splitlines()) == len(report.findings)


def test_a_missing_topic_is_wrong_and_its_line_says_what_to_do(
    broker: BrokerUnderTest, settings_for: SettingsFor
) -> None:
    settings = settings_for(broker)
    answer = groundswell("doctor", settings=settings)
    assert answer.returncode == 1
    assert answer.stdout.count("does not exist") == 3
    assert answer.stdout.count("do: create it with `groundswell topics apply`") == 3
    assert answer.stderr == ""


def test_stories_that_are_not_compacted_are_wrong(
    kafka_broker: BrokerUnderTest, settings_for: SettingsFor
) -> None:
    settings = settings_for(kafka_broker)
    with open_world(settings):
        configure(settings, settings.kafka.topics.stories, cleanup_policy="delete", max_message_bytes="1000000")
        findings = found(settings)[settings.kafka.topics.stories]
    assert [each.verdict for each in findings] == [Verdict.WRONG] * 2
    assert "cleanup.policy is delete and should be compact" in "".join(each.said for each in findings)
    assert "max.message.bytes 1000000, the settings say 8388608" in "".join(each.said for each in findings)
    assert {each.todo for each in findings} == {"`groundswell topics apply` sets it"}


def test_without_redis_the_rest_is_checked_and_told_within_seconds(
    broker: BrokerUnderTest, settings_for: SettingsFor
) -> None:
    settings = nowhere(settings_for(broker), redis=True)
    with open_world(settings):
        before = time.monotonic()
        answer = groundswell("doctor", "--json", settings=settings)
    assert time.monotonic() - before < 40
    assert (answer.returncode, answer.stderr) == (1, "")
    lines = {each["subject"]: each for each in json.loads(answer.stdout)["findings"]}
    assert lines["redis"]["verdict"] == "wrong"
    assert lines["redis"]["todo"]
    assert (
        lines["not checked"]["said"] == "redis rights, identity, outboxes, clock, positions: Redis did not answer"
    )
    assert lines[f"topic {settings.kafka.topics.articles}"]["verdict"] == "ok"


def test_without_kafka_the_rest_is_checked_and_nothing_of_its_client_is_seen(settings_for: SettingsFor) -> None:
    settings = nowhere(settings_for(), kafka=True)
    answer = groundswell("doctor", "--json", settings=settings)
    assert (answer.returncode, answer.stderr) == (1, "")
    lines = {each["subject"]: each for each in json.loads(answer.stdout)["findings"]}
    assert lines["kafka"]["verdict"] == "wrong"
    assert settings.kafka.bootstrap_servers in lines["kafka"]["said"]
    assert "start it, or set kafka.bootstrap_servers" in lines["kafka"]["todo"]
    assert lines["not checked"]["said"].endswith("positions: Kafka did not answer")
    assert lines["redis"]["verdict"] == "ok"


def test_a_redis_that_forgets_in_silence_is_wrong(redis: Redis, settings_for: SettingsFor) -> None:
    settings = settings_for()
    redis.config_set("maxmemory", "100mb")
    redis.config_set("maxmemory-policy", "allkeys-lru")
    try:
        finding = only(found(settings), "redis eviction")
    finally:
        redis.config_set("maxmemory", "0")
        redis.config_set("maxmemory-policy", "noeviction")
    assert finding.verdict is Verdict.WRONG
    assert "allkeys-lru" in finding.said
    assert "noeviction" in finding.todo


def test_an_outbox_that_nobody_holds_is_a_warning_and_wrong_once_stories_wait_in_it(
    broker: BrokerUnderTest, settings_for: SettingsFor, encoder: Encoder
) -> None:
    settings = settings_for(broker, publisher={**EAGER, "shards": 1})
    with open_world(settings) as world, clusterer(settings, encoder) as one:
        assert only(found(settings), "outbox 0").verdict is Verdict.WARNING
        world.send([article(1)])
        cluster_all(world, [one], 1)
        finding = only(found(settings), "outbox 0")
    assert finding.verdict is Verdict.WRONG
    assert "no publisher holds it, 1 story waits" in finding.said
    assert "groundswell consume publisher" in finding.todo


def test_settings_that_the_edition_would_refuse_are_wrong_with_both_values(
    broker: BrokerUnderTest, settings_for: SettingsFor, encoder: Encoder
) -> None:
    settings = settings_for(broker, publisher=EAGER)
    with at_work(settings, encoder, 1):
        other = settings.model_copy(update={"publisher": settings.publisher.model_copy(update={"shards": 7})})
        finding = only(found(other), "identity")
    assert finding.verdict == Verdict.WRONG
    assert f"has {settings.publisher.shards} for publisher.shards, this process has 7" in finding.said
    assert "edition apply" in finding.todo


def test_an_edition_that_is_in_another_database_is_wrong_with_both_numbers(
    broker: BrokerUnderTest, settings_for: SettingsFor, encoder: Encoder
) -> None:
    settings = settings_for(broker, publisher=EAGER)
    with at_work(settings, encoder, 1):
        elsewhere = settings.redis.model_copy(update={"url": settings.redis.url.removesuffix("0") + "3"})
        finding = only(found(settings.model_copy(update={"redis": elsewhere})), "identity")
    assert finding.verdict == Verdict.WRONG
    assert finding.said.endswith("is in database 0 of this Redis, redis.url names database 3")
    assert "name /0 in redis.url" in finding.todo


def test_what_waits_to_be_read_is_counted_and_much_of_it_is_a_warning(
    kafka_broker: BrokerUnderTest, settings_for: SettingsFor, encoder: Encoder
) -> None:
    settings = settings_for(kafka_broker, publisher=EAGER)
    with at_work(settings, encoder, 3) as world:
        assert only(found(settings), "lag").said == "0 records wait in 4 partitions"
        world.send([article(number, "more.example") for number in range(1_200)])
        findings = found(settings)
    assert "positions" not in findings
    lag = only(findings, "lag")
    assert lag.verdict is Verdict.WARNING
    assert lag.said.startswith("1200 records wait")


def test_records_that_were_deleted_before_they_were_read_are_told(
    kafka_broker: BrokerUnderTest, settings_for: SettingsFor
) -> None:
    settings = settings_for(kafka_broker)
    topic = settings.kafka.topics.articles
    with open_world(settings) as world:
        world.positions.start(topic, {0: 500}, "ffffffff-ffff-ffff-ffff-ffffffffffff")
        findings = found(settings)["positions"]
    assert [each.verdict for each in findings] == [Verdict.WRONG] * 2
    assert "which was deleted" in findings[0].said
    assert "partitions 0 end before what was read" in findings[1].said


def test_dead_letters_are_counted_by_reason(
    broker: BrokerUnderTest, settings_for: SettingsFor, encoder: Encoder
) -> None:
    settings = settings_for(broker, publisher=EAGER)
    with open_world(settings) as world, clusterer(settings, encoder) as one:
        world.send([b"<html>", b'{"title": "half', b'{"url": "https://example.org/a"}', article(1)])
        cluster_all(world, [one], 4)
        finding = only(found(settings), "dead letters")
        note, headers = note_of([0, 1])
        with closing(make_producer(settings.kafka)) as producer:
            producer.send(settings.kafka.topics.dead_letters, note, headers=headers, partition=0).get(10)
        assert only(found(settings), "dead letters").said == finding.said  # a note of a replay is no letter
    assert finding.verdict is Verdict.WARNING
    assert finding.said == "3 in the last 24 hours: 2 x not JSON, 1 x title"


def test_a_group_that_nobody_is_in_is_a_warning(kafka_broker: BrokerUnderTest, settings_for: SettingsFor) -> None:
    settings = settings_for(kafka_broker)
    with open_world(settings):
        finding = only(found(settings), f"group {settings.kafka.group}")
    assert (finding.verdict, finding.todo) == (Verdict.WARNING, "start `groundswell consume clusterer`")


def test_the_shipped_users_of_redis_have_the_rights_that_are_asked_for_and_the_reader_is_told_as_one(
    settings_for: SettingsFor, tmp_path: Path, told: Told
) -> None:
    with tls_redis(tmp_path, EDITION) as server:
        settings = settings_for(redis={"url": server.url("admin"), "edition": EDITION})
        said = {
            user: only(found(as_user(settings, server, user)), "redis rights")
            for user in ("clusterer", "publisher", "reader")
        }
        for writer in Writer:
            tell_store(as_user(settings, server, writer.value), writer)
        assert told == []
        tell_store(as_user(settings, server, "publisher"), Writer.CLUSTERER)
    assert said["clusterer"].said.endswith("do the work of clusterer")
    assert said["publisher"].said.endswith("do the work of publisher")
    assert said["reader"].verdict is Verdict.WARNING
    assert lines(told, "the clusterer's user may not use HSET gs:{guarded}:positions") == 1


def test_in_a_redis_cluster_the_node_of_the_edition_is_looked_at(
    settings_for: SettingsFor, tmp_path: Path
) -> None:
    cluster = RedisCluster(tmp_path, EDITION)
    with cluster.running():
        for user in ("admin", "publisher"):
            url = cluster.url(user, 0)
            findings = found(settings_for(redis={"cluster": True, "url": url, "edition": EDITION}))
            subjects = ("redis", "redis eviction", "redis rights", "clock")
            assert [only(findings, each).verdict for each in subjects] == [Verdict.OK] * 4, amiss(findings)
            assert only(findings, "outbox 0").verdict is Verdict.WARNING
            assert "cluster, master" in only(findings, "redis").said


# What a role does when it starts.


def test_a_publisher_waits_for_its_topic_with_one_line_and_goes_on_once_it_is_there(
    broker: BrokerUnderTest, settings_for: SettingsFor, told: Told, caplog: pytest.LogCaptureFixture
) -> None:
    settings, stop = settings_for(broker), threading.Event()
    role = threading.Thread(target=run_publisher, args=(settings, stop))
    role.start()
    try:
        eventually(lambda: lines(told, "create it with `groundswell topics apply`"))
        time.sleep(3)
        assert lines(told, "does not exist") == 1
        assert "not found in cluster metadata" not in caplog.text
        groundswell("topics", "apply", settings=settings)
        eventually(lambda: lines(told, "shard taken") == 2, what="work begun")
    finally:
        stop.set()
        role.join(30)
    assert lines(told, "does not exist") == 1


def test_a_topic_that_is_waited_for_is_told_again_after_a_while(
    embedded_broker: BrokerUnderTest, settings_for: SettingsFor, told: Told,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(starting, "AGAIN_S", 0.2)
    monkeypatch.setattr(starting, "LOOK_S", 0.02)
    settings, stop, waiting = settings_for(embedded_broker), threading.Event(), list[str]()
    threading.Timer(1.0, stop.set).start()
    await_topics(settings, ["articles-nobody-made"], stop, waiting.append)
    assert 2 <= lines(told, "articles-nobody-made does not exist") <= 6
    assert len(waiting) > 10


def test_a_topic_of_stories_that_is_not_compacted_is_one_line_at_the_start(
    kafka_broker: BrokerUnderTest, settings_for: SettingsFor, told: Told
) -> None:
    settings = settings_for(kafka_broker)
    stories = settings.kafka.topics.stories
    with open_world(settings):
        tell_topics(settings, (stories,))
        await_topics(settings, (stories,), threading.Event())
        assert told == [], "nothing is said of a topic as it should be"
        configure(settings, stories, cleanup_policy="delete")
        tell_topics(settings, (stories,))
        assert lines(told, "cleanup.policy is delete and should be compact") == 1
        await_topics(settings, (stories,), threading.Event())
        assert lines(told, "cleanup.policy is delete and should be compact") == 2


def test_a_role_does_not_wait_where_kafka_does_not_answer(settings_for: SettingsFor, told: Told) -> None:
    settings = nowhere(settings_for(), kafka=True)
    before = time.monotonic()
    await_topics(settings, ["articles"], threading.Event())
    assert time.monotonic() - before < 15
    assert lines(told, "topics not looked at") == 1


def test_a_replay_to_a_topic_that_is_not_there_ends_at_once(
    kafka_broker: BrokerUnderTest, settings_for: SettingsFor, tmp_path: Path
) -> None:
    settings, file = settings_for(kafka_broker), tmp_path / "articles.jsonl"
    file.write_bytes(article(1))
    answer = groundswell("produce", "replay", str(file), settings=settings)
    told = f"topic {settings.kafka.topics.articles} does not exist: create it with `groundswell topics apply`"
    assert (answer.returncode, answer.stderr) == (2, f"groundswell: {told}\n")
    with closing(make_admin(settings.kafka)) as admin, pytest.raises(MissingTopicError, match="topics apply"):
        require_topic(admin, settings.kafka.topics.articles)
