"""Everything on an Apache Kafka that speaks TLS alone and asks for a password."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

from pipeline.domain.encoder.protocol import Encoder
from tests.conftest import SettingsFor
from tests.support.brokers import KAFKA_SESSION_TIMEOUT_MS, NO_KAFKA, BrokerUnderTest, kafka_home
from tests.support.drive import run_through
from tests.support.roles import ROOT
from tests.support.samples import article_ids, sample_lines
from tests.support.secure_kafka import SecureKafka
from tests.support.settings import settings_env
from tests.support.tls import make_certificate
from tests.support.world import check_promises, open_world

EAGER = {"min_sources": 1, "interval_s": 0.0, "settle_s": 0.0}


@pytest.fixture(scope="module")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecureKafka]:
    home = kafka_home()
    if home is None:
        pytest.skip(NO_KAFKA)
    with SecureKafka(home, tmp_path_factory.mktemp("kafka")) as started:
        yield started


def broker(kafka: SecureKafka) -> BrokerUnderTest:
    return BrokerUnderTest("kafka", kafka.bootstrap, KAFKA_SESSION_TIMEOUT_MS)


def test_articles_become_published_stories_over_sasl_ssl(
    kafka: SecureKafka, settings_for: SettingsFor, encoder: Encoder
) -> None:
    settings = settings_for(broker(kafka), kafka={"client": kafka.client()}, publisher=EAGER)
    lines = sample_lines()[:40]
    with open_world(settings) as world:
        world.send([*lines, b"{broken"])
        run_through(settings, world, encoder, len(lines) + 1)
        check_promises(world, article_ids(lines))
        assert [each.value for each in world.dead_letters()] == [b"{broken"]


@pytest.mark.parametrize(("changed", "told"), [
    # The broker may close the connection before its refusal is read, so the name of the reason may be missing.
    ({"sasl_plain_password": "guessed"}, "kafka.client"),
    ({"ssl_cafile": "another authority"}, "certificate verify failed"),
])  # fmt: skip
def test_who_may_not_get_in_is_told_so_in_one_sentence(
    kafka: SecureKafka, settings_for: SettingsFor, tmp_path_factory: pytest.TempPathFactory,
    changed: dict[str, str], told: str,
) -> None:  # fmt: skip
    if "ssl_cafile" in changed:
        changed = {"ssl_cafile": str(make_certificate(tmp_path_factory.mktemp("stranger")).certificate)}
    client = {**kafka.client(**changed), "bootstrap_timeout_ms": 3_000}
    settings = settings_for(broker(kafka), kafka={"client": client})
    done = subprocess.run(
        [sys.executable, "-m", "pipeline.runtime.cli.main", "topics", "apply"],
        env=settings_env(settings), cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    (sentence,) = [line for line in done.stderr.splitlines() if line.startswith("groundswell: ")]
    assert told in sentence
