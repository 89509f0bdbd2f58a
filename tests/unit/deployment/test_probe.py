"""The probe over real sockets: what a supervisor, a load balancer and Prometheus see."""

from __future__ import annotations

import json
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from consumers.clusterer.clusterer_metrics import ClustererMetrics
from pipeline.runtime.listening import Place
from pipeline.runtime.probe import Probe
from pipeline.testing.clock import Clock

ANY = Place("127.0.0.1", 0, "metrics.clusterer_port")


def port_at(probe: Probe) -> int:
    return int(probe.url.rpartition(":")[2])


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def probe(clock: Clock) -> Iterator[Probe]:
    with Probe(ANY, max_age_s=30, clock=clock) as running:
        yield running


def _get(url: str, **headers: str) -> tuple[int, str, str]:
    """Status, content type and body, whatever the status."""
    request = urllib.request.Request(url, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return answer.status, answer.headers["Content-Type"], answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers["Content-Type"], error.read().decode()


def _json(url: str) -> tuple[int, dict[str, Any]]:
    status, kind, body = _get(url)
    assert kind == "application/json"
    return status, json.loads(body)


def test_port_zero_takes_a_free_port_that_can_be_read(probe: Probe) -> None:
    host, port = probe.url.removeprefix("http://").split(":")
    assert host == "127.0.0.1"
    assert int(port) > 0
    assert _json(f"{probe.url}/healthz")[0] == 200


def test_a_role_is_alive_while_it_beats_and_stuck_when_it_stops(probe: Probe, clock: Clock) -> None:
    clock.now += 29
    assert probe.health.alive()
    probe.health.beat()
    clock.now += 29
    assert _json(f"{probe.url}/healthz")[0] == 200
    clock.now += 2
    status, body = _json(f"{probe.url}/healthz")
    assert status == 503
    assert "no progress for 31 s" in body["reason"]
    assert not probe.health.alive()
    probe.health.beat()
    assert _json(f"{probe.url}/healthz")[0] == 200


def test_alive_takes_a_stricter_age_than_the_probe_itself(probe: Probe, clock: Clock) -> None:
    clock.now += 10
    assert probe.health.alive(10)
    assert not probe.health.alive(9)


def test_a_role_is_not_ready_until_it_says_so_and_tells_why(probe: Probe) -> None:
    assert _json(f"{probe.url}/readyz") == (503, {"status": "not ready", "reason": "starting"})
    probe.health.set_ready(True)
    assert _json(f"{probe.url}/readyz") == (200, {"status": "ready"})
    probe.health.set_ready(False, "Redis does not answer")
    assert _json(f"{probe.url}/readyz") == (503, {"status": "not ready", "reason": "Redis does not answer"})


def test_metrics_come_from_the_registry_of_the_role_in_both_formats() -> None:
    metrics = ClustererMetrics()
    metrics.articles_in.inc(7)
    with Probe(ANY, registry=metrics.registry) as probe:
        probe.health.set_ready(True)
        status, kind, body = _get(f"{probe.url}/metrics")
        assert status == 200
        assert kind.startswith("text/plain")
        assert "groundswell_articles_in_total 7.0" in body
        assert "groundswell_ready 1.0" in body
        open_metrics = _get(f"{probe.url}/metrics?x=1", Accept="application/openmetrics-text; version=1.0.0")
        assert open_metrics[1].startswith("application/openmetrics-text")
        assert open_metrics[2].endswith("# EOF\n")


def test_other_paths_are_not_found_and_head_has_no_body(probe: Probe) -> None:
    assert _json(f"{probe.url}/secrets")[0] == 404
    request = urllib.request.Request(f"{probe.url}/healthz", method="HEAD")
    with urllib.request.urlopen(request, timeout=5) as answer:
        assert (answer.status, answer.read()) == (200, b"")


def test_a_client_that_says_nothing_holds_up_neither_others_nor_the_end() -> None:
    with Probe(ANY) as probe, socket.create_connection(("127.0.0.1", port_at(probe))):
        assert _json(f"{probe.url}/healthz")[0] == 200
        leaving = time.monotonic()
    assert time.monotonic() - leaving < 2


def test_leaving_frees_the_port_and_ends_the_thread() -> None:
    with Probe(ANY) as probe:
        port = port_at(probe)
    assert "probe" not in {thread.name for thread in threading.enumerate()}
    with Probe(Place("127.0.0.1", port, "metrics.clusterer_port")) as again:
        assert port_at(again) == port
