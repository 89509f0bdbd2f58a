"""Where roles listen: which port gives way, which one is told to be taken, and what else can be wrong."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.runtime.listening import CanNotListenError, Place, listen, metrics_place, port_of, url_of
from pipeline.settings import MetricsSettings, load_settings


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield port_of(server)


def test_a_port_that_nobody_named_gives_way_to_a_free_one(taken: int) -> None:
    with listen(Place("127.0.0.1", taken, "metrics.clusterer_port", gives_way=True)) as listening:
        assert port_of(listening) not in (0, taken)


def test_a_port_that_gives_way_is_used_while_it_is_free(taken: int) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free = probe.getsockname()[1]
    with listen(Place("127.0.0.1", free, "metrics.clusterer_port", gives_way=True)) as listening:
        assert port_of(listening) == free


def test_a_named_port_that_is_taken_is_one_sentence_with_the_port_and_the_setting(taken: int) -> None:
    with pytest.raises(CanNotListenError) as caught:
        listen(Place("127.0.0.1", taken, "metrics.clusterer_port"))
    assert str(caught.value) == (
        f"port {taken} of 127.0.0.1 is taken: end what listens there, or set metrics.clusterer_port "
        "(GROUNDSWELL_METRICS__CLUSTERER_PORT) to a free port (0: any)"
    )


@pytest.mark.parametrize("gives_way", [True, False])
@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-host.invalid"])
def test_a_host_that_is_not_this_machine_names_its_setting(host: str, gives_way: bool) -> None:
    with pytest.raises(CanNotListenError, match=r"metrics\.host \(GROUNDSWELL_METRICS__HOST\) must be"):
        listen(Place(host, 9101, "metrics.clusterer_port", gives_way))


def test_a_port_of_the_system_is_told_from_one_that_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object, **_options: object) -> socket.socket:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(socket, "create_server", refuse)
    with pytest.raises(CanNotListenError, match=r"may not listen on 127\.0\.0\.1:80: set board\.port to a port"):
        listen(Place("127.0.0.1", 80, "board.port"))


def test_addresses_of_both_kinds_are_listened_on() -> None:
    with listen(Place("::1", 0, "board.port")) as six, listen(Place("localhost", 0, "board.port")) as name:
        assert url_of("::1", six) == f"http://[::1]:{port_of(six)}"
        assert name.family is socket.AF_INET


def test_the_port_of_the_metrics_gives_way_unless_somebody_named_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert metrics_place(MetricsSettings(), "clusterer").gives_way
    file = tmp_path / "own.yaml"
    file.write_text("metrics: {host: 0.0.0.0, publisher_port: 9102}\n")
    monkeypatch.setenv("GROUNDSWELL_METRICS__FEEDS_PORT", "9103")
    named = load_settings(file).metrics
    places = {role: metrics_place(named, role) for role in ("clusterer", "publisher", "feeds")}
    assert {role: place.gives_way for role, place in places.items()} == {
        "clusterer": True, "publisher": False, "feeds": False,
    }  # fmt: skip
    assert places["clusterer"] == Place("0.0.0.0", 9101, "metrics.clusterer_port", gives_way=True)
