"""docs/mistakes.md: each of its mistakes is made, on real services, and answered in the words that stand there."""

from __future__ import annotations

import re
import shlex
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from kafka import TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType
from redis import Redis

from pipeline.adapters.kafka.clients import make_admin, make_consumer
from pipeline.adapters.kafka.group import GroupMark
from pipeline.adapters.store.keys import Keys
from pipeline.runtime.embedded import EmbeddedRedis
from pipeline.settings import Settings
from tests.conftest import SettingsFor
from tests.support.forked import run_forked
from tests.support.kafka import free_ports
from tests.support.pages import Row, rows
from tests.support.roles import ROOT
from tests.support.settings import settings_env
from tests.support.world import open_world

PAGE = ROOT / "docs" / "mistakes.md"
SPOKEN_OF = {"REASON": r".+", "ENCODER": r"\S+"}
"""What a message holds that no page can know."""


@dataclass
class Scene:
    """What a mistake needs: services, and settings whose names the page tells by their defaults."""

    request: pytest.FixtureRequest
    settings_for: SettingsFor
    folder: Path
    stack: ExitStack
    port: int = 8080
    """That of the board on the page."""

    def settings(self, *, apache: bool = False, **sections: Any) -> Settings:
        """On Apache Kafka where the embedded broker can't show it."""
        broker = self.request.getfixturevalue("kafka_broker" if apache else "embedded_broker")
        return self.settings_for(broker, **sections)

    def with_topics(self, *, apache: bool = False, **sections: Any) -> Settings:
        settings = self.settings(apache=apache, **sections)
        self.stack.enter_context(open_world(settings))
        return settings

    def redis(self, **options: str) -> EmbeddedRedis:
        """One of its own."""
        return self.stack.enter_context(EmbeddedRedis(options=options))


Situation = Callable[[Scene], Settings]


def no_kafka(scene: Scene) -> Settings:
    (port,) = free_ports(1)
    return scene.settings(
        kafka={"bootstrap_servers": f"127.0.0.1:{port}", "client": {"bootstrap_timeout_ms": 500}}
    )


def no_redis(scene: Scene) -> Settings:
    (port,) = free_ports(1)
    return scene.settings(redis={"url": f"redis://127.0.0.1:{port}/0", "wait_s": 0.1})


def uncompacted(scene: Scene) -> Settings:
    settings = scene.with_topics(apache=True)
    configs = {"cleanup.policy": "delete"}
    with closing(make_admin(settings.kafka)) as admin:
        admin.alter_configs(
            [ConfigResource(ConfigResourceType.TOPIC, settings.kafka.topics.stories, configs=configs)]
        )
    return settings


def guarded_redis(scene: Scene) -> Settings:
    server = scene.redis()
    with Redis.from_url(server.url) as admin:
        admin.config_set("requirepass", "a password")
    return scene.settings(redis={"url": server.url})


def evicting_redis(scene: Scene) -> Settings:
    server = scene.redis(**{"maxmemory": "100mb", "maxmemory-policy": "allkeys-lru"})
    return scene.with_topics(redis={"url": server.url})


def stated(scene: Scene, **fields: str | int) -> Settings:
    """The edition has this identity already."""
    settings = scene.with_topics()
    with Redis.from_url(settings.redis.url) as redis:
        redis.hset(Keys(settings.redis.edition).identity, mapping={"shards": settings.publisher.shards, **fields})
    return settings


def marked_group(scene: Scene) -> Settings:
    settings = scene.with_topics(apache=True)
    kafka = settings.kafka
    with closing(make_consumer(kafka, group_id=kafka.group)) as consumer:
        partition = TopicPartition(kafka.topics.articles, 0)
        consumer.assign([partition])
        consumer.commit({partition: GroupMark(kafka.group, settings.redis.edition).offset(0)})
    return settings


def taken_port(scene: Scene) -> Settings:
    taken = scene.stack.enter_context(socket.create_server(("127.0.0.1", 0)))
    scene.port = taken.getsockname()[1]
    return scene.settings()


def a_table(scene: Scene) -> Settings:
    (scene.folder / "articles.csv").write_text("headline,link\nOne,https://a.example/1\n")
    return scene.with_topics()


def articles(scene: Scene) -> Settings:
    (scene.folder / "articles.jsonl").write_text('{"title": "Bridge closed"}\n')
    return scene.settings()


SITUATIONS: dict[str, Situation] = {
    "Kafka does not run, or elsewhere": no_kafka,
    "Redis does not run, or elsewhere": no_redis,
    "an address of Redis without its scheme": Scene.settings,
    "one underscore instead of two": Scene.settings,
    "a mistyped setting": Scene.settings,
    "the topics were not made": articles,
    "more replicas than brokers": lambda scene: scene.settings(apache=True),
    "`stories` was made by somebody else and is not compacted": uncompacted,
    "Kafka is asked for TLS and has none": lambda scene: scene.settings(apache=True),
    "a wrong password of Redis, or none": guarded_redis,
    "a Redis that evicts": evicting_redis,
    "a Redis that keeps nothing on disk": lambda scene: scene.with_topics(redis={"must_persist": True}),
    "a wrong number of the database": stated,
    "shards that differ between processes": stated,
    "another encoder joins": lambda scene: stated(scene, encoder="intfloat/multilingual-e5-base"),
    "another edition in the same group": marked_group,
    "an encoder that is not installed": Scene.with_topics,
    "a port that is taken": taken_port,
    "a table (CSV) instead of articles": a_table,
    "no token for the HTTP producer": Scene.settings,
}
ROWS = {row["mistake"]: row for row in rows(PAGE)}


@pytest.fixture
def scene(request: pytest.FixtureRequest, settings_for: SettingsFor, tmp_path: Path) -> Iterator[Scene]:
    with ExitStack() as stack:
        yield Scene(request, settings_for, tmp_path, stack)


def here(text: str, settings: Settings, port: int) -> str:
    """Addresses of the page as they are in this test."""
    redis = settings.redis.url.removeprefix("redis://").removesuffix("/0")
    return text.replace("127.0.0.1:6379", redis).replace("8080", str(port))


def as_on_the_page(text: str, settings: Settings, port: int) -> str:
    """Addresses and names of this test as the page has them."""
    topics, default = settings.kafka.topics, Settings.model_construct()
    redis = settings.redis.url.removeprefix("redis://").removesuffix("/0")
    names = {
        settings.kafka.bootstrap_servers: "127.0.0.1:9092", redis: "127.0.0.1:6379",
        topics.dead_letters: default.kafka.topics.dead_letters, topics.articles: default.kafka.topics.articles,
        topics.stories: default.kafka.topics.stories, settings.kafka.group: default.kafka.group,
        settings.redis.edition: default.redis.edition, f"port {port} ": "port 8080 ",
    }  # fmt: skip
    for ours, page in names.items():
        text = text.replace(ours, page)
    return " ".join(text.split())


def expected(row: Row) -> str:
    """The message, as a pattern."""
    message = f"{row['it says']} {row['what to do']}"
    return "".join(SPOKEN_OF.get(part, re.escape(part)) for part in re.split(r"\b(REASON|ENCODER)\b", message))


def test_every_row_of_the_page_is_made_and_there_are_at_least_fifteen() -> None:
    assert ROWS.keys() == SITUATIONS.keys()
    assert len(ROWS) >= 15


@pytest.mark.parametrize("mistake", ROWS)
def test_a_mistake_is_answered_by_the_sentence_that_the_page_has(mistake: str, scene: Scene) -> None:
    settings = SITUATIONS[mistake](scene)
    words = shlex.split(here(ROWS[mistake]["command"], settings, scene.port))
    named = dict(word.split("=", 1) for word in words[: words.index("groundswell")])
    done = run_forked(
        "pipeline.runtime.cli.main", words[words.index("groundswell") + 1 :],
        folder=scene.folder, env=settings_env(settings) | quick(named), timeout_s=60,
    )  # fmt: skip
    said = done.stdout if "doctor" in words and done.stdout else done.stderr
    assert done.returncode == (1 if done.stdout and "doctor" in words else 2), said
    assert re.search(expected(ROWS[mistake]), as_on_the_page(said, settings, scene.port)), said
    assert "Traceback" not in said
    assert done.stderr.count("groundswell: ") == (0 if said is done.stdout else 1)


def quick(named: dict[str, str]) -> dict[str, str]:
    """Nobody waits half a minute for a broker in a test."""
    return {name: value.replace("{", '{"bootstrap_timeout_ms": 2000, ') for name, value in named.items()}
