"""docker-compose.yml without Docker: its schema, Compose's own parser, and what both can't see."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.settings import Settings
from tests.unit.deployment.names import ROOT

FILE = ROOT / "docker-compose.yml"
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load(FILE.read_text())["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"].startswith("groundswell-")}
ROOT_MUST_BE_WRITABLE = {"kafka", "grafana", "alertmanager"}
"""Images that write into their own folders when they start, or into which Compose writes."""


def _check(*command: str | Path) -> None:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_file_fits_the_compose_specification() -> None:
    checker = Path(sys.executable).parent / "check-jsonschema"
    _check(checker, "--builtin-schema", "vendor.compose-spec", FILE)


def compose() -> str:
    """Docker's own Compose; skips the test where there is none."""
    unpacked = shutil.which(ROOT / ".venv" / "compose" / "docker-compose")  # by `make test`
    return (
        os.environ.get("DOCKER_COMPOSE") or unpacked or shutil.which("docker-compose")
        or pytest.skip("no docker-compose, which `make test` unpacks on Debian and DOCKER_COMPOSE names")
    )  # fmt: skip


PROFILES = ("http", "restore", "router", "webhooks")


@pytest.mark.parametrize("profile", [(), *(("--profile", each) for each in PROFILES)])
def test_compose_itself_accepts_the_file(profile: tuple[str, ...]) -> None:
    _check(compose(), "-f", FILE, *profile, "config", "-q")


def test_the_whole_pipeline_is_there() -> None:
    assert {
        "kafka",
        "redis",
        "topics",
        "clusterer",
        "publisher",
        "board",
        "feeds",
        "http",
        "router",
        "webhooks",
        "prometheus",
        "grafana",
        "alertmanager",
        "redis-exporter",
        "backup",
        "restore",
        "kafka-exporter",
    } == set(SERVICES)
    assert {name for name, service in SERVICES.items() if "profiles" in service} == set(PROFILES)


@pytest.mark.parametrize("name", SERVICES)
def test_dependencies_exist_and_can_become_true(name: str) -> None:
    for target, wanted in SERVICES[name].get("depends_on", {}).items():
        assert target in SERVICES
        assert "profiles" not in SERVICES[target], f"{target} may not be started"
        if wanted["condition"] == "service_healthy":
            assert SERVICES[target]["healthcheck"]["test"]
        else:
            assert wanted["condition"] == "service_completed_successfully"
            assert SERVICES[target]["restart"].startswith("on-failure"), f"{target} would run for ever"


def test_start_order_has_no_circle() -> None:
    started: set[str] = set()
    while len(started) < len(SERVICES):
        ready = {
            name
            for name, service in SERVICES.items()
            if name not in started and set(service.get("depends_on", ())) <= started
        }
        assert ready, f"{set(SERVICES) - started} wait for each other"
        started |= ready


@pytest.mark.parametrize("name", SERVICES)
def test_services_are_pinned_restarted_watched_and_bounded(name: str) -> None:
    service = SERVICES[name]
    assert re.search(r":v?\d+\.\d+\.\d+(-alpine)?$", service["image"]), "an image without a full version"
    assert service["restart"] in ({"no"} if name == "restore" else {"unless-stopped", "on-failure:5"})
    assert "healthcheck" in service
    assert service["deploy"]["resources"]["limits"]["memory"]
    assert service["logging"]["options"]["max-size"]


@pytest.mark.parametrize("name", SERVICES)
def test_services_have_no_more_rights_than_they_need(name: str) -> None:
    service = SERVICES[name]
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert service.get("read_only", False) is (name not in ROOT_MUST_BE_WRITABLE)
    assert "privileged" not in service
    if name in OURS:
        user = int(service["user"].split(":")[0])
        assert user >= 10_000


@pytest.mark.parametrize("name", SERVICES)
def test_nothing_listens_beyond_this_machine_unless_asked(name: str) -> None:
    for port in SERVICES[name].get("ports", ()):
        assert port.startswith(("127.0.0.1:", "${BIND:-127.0.0.1}:"))


@pytest.mark.parametrize("name", OURS)
def test_variables_are_real_settings(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Values that Compose fills in are left out."""
    for variable, value in OURS[name]["environment"].items():
        if not variable.startswith("GROUNDSWELL_"):
            assert variable == "HEALTH_URL"
            continue
        model: Any = Settings
        for part in variable.removeprefix("GROUNDSWELL_").lower().split("__"):
            assert part in model.model_fields, f"{variable} is no setting"
            model = model.model_fields[part].annotation
        if value is not None and "$" not in str(value):
            monkeypatch.setenv(variable, str(value))
    advertised = SERVICES["kafka"]["environment"]["KAFKA_ADVERTISED_LISTENERS"]
    assert Settings().kafka.bootstrap_servers in advertised


@pytest.mark.parametrize("name", sorted(set(OURS) - {"topics"}))
def test_health_is_asked_where_the_role_answers(name: str) -> None:
    settings = Settings.model_construct()
    ports = {
        "clusterer": settings.metrics.clusterer_port,
        "publisher": settings.metrics.publisher_port,
        "feeds": settings.metrics.feeds_port,
        "board": settings.board.port,
        "webhooks": settings.metrics.webhooks_port,
        "router": settings.metrics.router_port,
        "http": settings.http.port,
    }
    assert OURS[name]["environment"]["HEALTH_URL"] == f"http://127.0.0.1:{ports[name]}/healthz"


def test_kafka_takes_articles_of_the_size_that_topics_do_and_makes_no_topic_by_itself() -> None:
    environment = SERVICES["kafka"]["environment"]
    limit = Settings.model_construct().kafka.topics.max_message_bytes
    assert int(environment["KAFKA_MESSAGE_MAX_BYTES"]) == limit
    assert environment["KAFKA_AUTO_CREATE_TOPICS_ENABLE"] == "false"


def test_redis_keeps_what_it_acknowledged_and_evicts_nothing() -> None:
    command = SERVICES["redis"]["command"]
    assert "--appendonly yes" in command
    assert "--maxmemory-policy noeviction" in command


def test_copies_of_redis_are_made_by_its_own_version_and_restored_to_where_it_keeps_its_data() -> None:
    assert len({SERVICES[name]["image"] for name in ("redis", "backup", "restore")}) == 1
    assert "backups:/data" in SERVICES["backup"]["volumes"]
    assert SERVICES["backup"]["environment"]["BACKUP_FOLDER"] == "/data"
    assert {"backups:/backups:ro", "redis:/data"} <= set(SERVICES["restore"]["volumes"])
    for name, key in [("backup", "command"), ("restore", "entrypoint")]:
        mounts = dict(mount.split(":")[1::-1] for mount in SERVICES[name]["volumes"])
        folder, _, file = SERVICES[name][key][1].rpartition("/")
        assert (ROOT / mounts[folder] / file).is_file()


def test_state_outlives_its_container() -> None:
    volumes = yaml.safe_load(FILE.read_text())["volumes"]
    for name, folder in [
        ("kafka", "/var/lib/kafka/data"),
        ("redis", "/data"),
        ("alertmanager", "/alertmanager"),
        ("feeds", "/var/lib/groundswell"),
        ("prometheus", "/prometheus"),
    ]:
        assert f"{name}:{folder}" in SERVICES[name]["volumes"]
        assert name in volumes
    assert SERVICES["kafka"]["environment"]["KAFKA_LOG_DIRS"] == "/var/lib/kafka/data"
