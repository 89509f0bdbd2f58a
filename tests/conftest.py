"""Services for all tests. Each starts when the first test asks for it and is gone after the run."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any, Protocol

import hypothesis
import pytest
import structlog
from redis import Redis

from pipeline.domain.encoder.loading import load_encoder
from pipeline.domain.encoder.protocol import Encoder
from pipeline.runtime.embedded import EmbeddedBroker, EmbeddedRedis
from pipeline.settings import Settings
from tests.support.brokers import (
    KAFKA_SESSION_TIMEOUT_MS,
    NO_KAFKA,
    BrokerUnderTest,
    kafka_bootstrap,
    kafka_home,
)
from tests.support.kafka import KafkaCluster
from tests.support.settings import Section, is_setting, unique_settings

hypothesis.settings.register_profile("fuzz", max_examples=4_000, deadline=None)
"""`make test-fuzz` takes it."""
hypothesis.settings.register_profile("unhurried", deadline=None)
"""Where other tests run beside it, how long an example takes says nothing."""
hypothesis.settings.load_profile("unhurried")


class SettingsFor(Protocol):
    """The `settings_for` fixture."""

    def __call__(self, broker: BrokerUnderTest | None = None, **sections: Section | str) -> Settings:
        """Settings with names of their own; without a broker: the test's `broker`, else the embedded one."""


@pytest.fixture(scope="session", autouse=True)
def _no_logger_is_kept() -> Iterator[None]:
    """A command that runs in this process configures logs: what it logged with could never be captured again."""
    configure = structlog.configure

    def forgetful(**options: Any) -> None:
        configure(**{**options, "cache_logger_on_first_use": False})

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(structlog, "configure", forgetful)
        yield


@pytest.fixture(scope="session", autouse=True)
def _no_settings_from_outside() -> None:
    """A developer's own GROUNDSWELL_... variables must not change what the tests see."""
    for variable in [name for name in os.environ if is_setting(name)]:
        del os.environ[variable]


@pytest.fixture(scope="session")
def embedded_broker() -> Iterator[BrokerUnderTest]:
    """The embedded broker, in memory."""
    with EmbeddedBroker() as broker:
        yield BrokerUnderTest("embedded", broker.bootstrap, broker.session_timeout_ms)


@pytest.fixture(scope="session")
def kafka_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrokerUnderTest]:
    """Apache Kafka: the one at KAFKA_BOOTSTRAP, or one node from the jars in KAFKA_HOME."""
    bootstrap, home = kafka_bootstrap(), kafka_home()
    if bootstrap:
        yield BrokerUnderTest("kafka", bootstrap, KAFKA_SESSION_TIMEOUT_MS)
    elif home:
        with KafkaCluster(home, tmp_path_factory.mktemp("kafka")) as cluster:
            yield BrokerUnderTest("kafka", cluster.bootstrap, KAFKA_SESSION_TIMEOUT_MS)
    else:
        pytest.skip(NO_KAFKA)


@pytest.fixture(scope="session", params=["embedded", "kafka"])
def broker(request: pytest.FixtureRequest) -> BrokerUnderTest:
    """Each broker in turn: a test that asks for this one runs on all of them."""
    found: BrokerUnderTest = request.getfixturevalue(f"{request.param}_broker")
    return found


@pytest.fixture(scope="session")
def a_broker(request: pytest.FixtureRequest) -> BrokerUnderTest:
    """Apache Kafka where it can be had, else the embedded broker: for tests in which one broker is enough."""
    name = "kafka_broker" if kafka_bootstrap() or kafka_home() else "embedded_broker"
    found: BrokerUnderTest = request.getfixturevalue(name)
    return found


@pytest.fixture
def kafka_cluster(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Callable[[int], KafkaCluster]]:
    """Makes Kafka clusters of the test's own, to kill nodes of: `kafka_cluster(3)`. Needs KAFKA_HOME."""
    home = kafka_home()
    if home is None:
        pytest.skip("needs nodes to kill: set KAFKA_HOME to a folder that holds Kafka's jars")
    made: list[KafkaCluster] = []

    def make(nodes: int) -> KafkaCluster:
        made.append(KafkaCluster(home, tmp_path_factory.mktemp("kafka"), nodes))
        return made[-1].start()

    yield make
    for cluster in made:
        cluster.stop()


@pytest.fixture(scope="session")
def redis_server() -> Iterator[EmbeddedRedis]:
    """The embedded Redis that the tests of a run share, in memory."""
    with EmbeddedRedis() as server:
        yield server


@pytest.fixture(scope="session")
def redis_url(redis_server: EmbeddedRedis) -> str:
    """Address of the shared Redis."""
    return redis_server.url


@pytest.fixture
def redis(redis_url: str) -> Iterator[Redis]:
    """A client to the shared Redis, emptied before the test."""
    with Redis.from_url(redis_url) as client:
        client.flushall()
        yield client


@pytest.fixture
def settings_for(request: pytest.FixtureRequest, redis_url: str) -> SettingsFor:
    """Makes settings for a test: `settings_for(broker, publisher={"min_sources": 1})`."""

    def make(broker: BrokerUnderTest | None = None, **sections: Section | str) -> Settings:
        if broker is None:
            name = "broker" if "broker" in request.fixturenames else "embedded_broker"
            broker = request.getfixturevalue(name)
        return unique_settings(broker, redis_url, **sections)

    return make


@pytest.fixture(scope="session")
def encoder() -> Encoder:
    """The default encoder, loaded once."""
    return load_encoder(Settings().encoder.model)
