"""What the roles of a bench are told, and how they are found again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pipeline.runtime.bench.deployment import Role, Services
from pipeline.runtime.bench.readings import Readings
from pipeline.runtime.bench.scale import Round, scale_rows
from pipeline.runtime.embedded import EmbeddedBroker, EmbeddedError, EmbeddedRedis, ManagedProcess
from pipeline.settings import Settings

NOT_THE_USERS = {
    "log_level": None,
    "kafka": {"bootstrap_servers", "client", "group", "session_timeout_ms", "topics"},
    "redis": {"url", "cluster", "edition", "must_persist"},
    "publisher": {"min_sources"},
    "summariser": {"url"},
    "metrics": {"host", "clusterer_port", "publisher_port"},
}
"""As docs/performance.md lists them: section -> settings."""


def users_settings() -> Settings:
    """None of which is the default, where a bench could overwrite it."""
    values: dict[str, Any] = {
        "log_level": "warning",
        "kafka": {"bootstrap_servers": "kafka:9093", "client": {"linger_ms": 7}, "topics": {"articles": "mine"}},
        "redis": {"url": "rediss://store:6380/1", "cluster": True, "edition": "mine", "wait_s": 17.0},
        "publisher": {"min_sources": 3, "settle_s": 0.7, "interval_s": 9.0, "max_articles": 77},
        "summariser": {"url": "https://model.example/v1"},
        "metrics": {"host": "0.0.0.0", "clusterer_port": 9_901, "publisher_port": 9_902},
        "clusterer": {"batch_size": 32},
    }
    return Settings(**values)


@pytest.fixture
def services(tmp_path: Path) -> Services:
    return Services(EmbeddedBroker(), EmbeddedRedis(), tmp_path)


def test_a_bench_runs_with_the_users_settings_but_for_those_that_the_page_lists(services: Services) -> None:
    given = users_settings()
    own, theirs = services.settings(given).model_dump(), given.model_dump()
    changed = {section: value for section, value in own.items() if value != theirs[section]}
    assert changed.keys() == NOT_THE_USERS.keys()
    for section, names in NOT_THE_USERS.items():
        if names is not None:
            assert {each for each in own[section] if own[section][each] != theirs[section][each]} == names


def test_a_role_takes_any_free_port_and_is_found_by_what_it_logs(services: Services, tmp_path: Path) -> None:
    metrics = services.settings(users_settings()).metrics
    assert (metrics.clusterer_port, metrics.publisher_port) == (0, 0)
    log = tmp_path / "log"
    role = Role(ManagedProcess("clusterer-0", ["true"], log=log))
    log.write_text('{"event": "started"}\nnot JSON\n{"address": "http://127.0.0.1:41', "utf-8")
    with pytest.raises(EmbeddedError, match="clusterer-0"):
        role.url  # noqa: B018 (it is asked for to see that it is refused)
    assert not role.ready()
    log.write_text('not JSON\n{"address": "http://127.0.0.1:4100", "event": "metrics served"}\n', "utf-8")
    assert role.url == "http://127.0.0.1:4100"


def test_several_clusterers_are_compared_with_the_first_within_each_round() -> None:
    # In the second round the machine was ten times as busy, for both.
    rounds = {
        1: [Round(40.0, Readings(), 10.0, None, 0.0), Round(4.0, Readings(), 100.0, None, 0.0)],
        2: [Round(80.0, Readings(), 10.0, 1.5, 2.0), Round(8.0, Readings(), 100.0, 9.5, 3.0)],
    }
    one, two = scale_rows(rounds, articles=400)
    assert (one.ratio, two.ratio) == (1.0, 2.0)
    assert (one.articles, two.articles) == (400, 800)
    assert (one.published_after_s, two.published_after_s) == (None, 9.5)
    assert (one.publisher_cpu_ms_per_article, two.publisher_cpu_ms_per_article) == (None, 3.12)
    assert two.articles_per_s == 44.0
