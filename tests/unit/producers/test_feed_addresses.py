"""Feeds connect to public addresses and to what the operator permits, whatever a name or redirect says."""

from __future__ import annotations

import asyncio
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import httpcore
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.adapters.outward.addresses import Network, may_connect
from pipeline.adapters.outward.connecting import OutwardBackend
from pipeline.settings import FeedsSettings
from producers.feeds.fetch import Answer, Failed, Fetched, Validators, fetch, make_client
from tests.unit.producers.feed_server import FeedServer, Reply, Request, feed_server, rss

LOOPBACK = ip_network("127.0.0.0/8")
HOME = ip_network("127.0.0.1/32")


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with feed_server() as running:
        running.replies["/feed"] = Reply(rss("One"))
        yield running


def visit(url: str, *allowed: Network, max_bytes: int = 100_000) -> Answer:
    async def once() -> Answer:
        async with make_client("Tester/1", 5, 4, allowed) as client:
            return await fetch(client, url, Validators(), timeout_s=5, max_bytes=max_bytes)

    return asyncio.run(once())


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254",
     "100.64.0.1", "100.100.100.200", "192.0.0.192", "192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1",
     "255.255.255.255", "168.63.129.16", "::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1",
     "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "2002:7f00:1::", "2002:c0a8:101::1",
     "2001:0:4136:e378:8000:63bf:3fff:fdd2", "fe80::1", "fe80::1%eth0", "fec0::1", "fc00::1", "fd00:ec2::254",
     "ff02::1", "100::1", "2001:db8::1", "3fff::1"],
)  # fmt: skip
def test_inner_and_special_addresses_are_refused_in_every_wrapping(address: str) -> None:
    assert not may_connect(address)


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "151.101.0.81", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"],
)
def test_public_addresses_are_open(address: str) -> None:
    assert may_connect(address)


def test_what_is_allowed_is_allowed_in_every_wrapping_and_nothing_beside_it() -> None:
    allowed = [ip_network("10.20.0.0/16")]
    assert may_connect("10.20.3.4", allowed)
    assert may_connect("::ffff:10.20.3.4", allowed)
    assert not may_connect("10.21.0.1", allowed)
    assert may_connect("fd12::1", [ip_network("fd12::/16")])


@given(st.ip_addresses(v=4, network="127.0.0.0/8") | st.ip_addresses(v=4, network="10.0.0.0/8"))
def test_no_wrapping_hides_an_inner_address(address: Any) -> None:
    number = int(address)
    wrapped = [0xFFFF << 32 | number, number, 0x64FF9B << 96 | number, 0x2002 << 112 | number << 80]
    assert not any(may_connect(str(type(ip_network("::/0").network_address)(each))) for each in wrapped)


def port_of(server: FeedServer) -> str:
    return server.url.rpartition(":")[2]


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "LOCALHOST", "127.1", "2130706433", "0177.0.0.1", "0x7f.0.0.1", "0x7f000001",
     "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "0.0.0.0", "0", "[::]"],
)  # fmt: skip
def test_no_spelling_of_this_machine_is_connected_to(server: FeedServer, host: str) -> None:
    answer = visit(f"http://{host}:{port_of(server)}/feed")
    assert isinstance(answer, Failed)
    assert server.requests == []


def test_a_refusal_says_where_the_host_leads_and_how_to_permit_it(server: FeedServer) -> None:
    answer = visit(f"http://localhost:{port_of(server)}/feed")
    assert isinstance(answer, Failed)
    assert "localhost leads to" in answer.reason
    assert "127.0.0.1" in answer.reason
    assert "feeds.allow_addresses" in answer.reason


@pytest.mark.parametrize(
    "location",
    ["http://127.0.0.2:{port}/inner", "//127.0.0.2:{port}/inner", "http://2130706434:{port}/inner",
     "http://[::ffff:127.0.0.2]:{port}/inner", "http://127.2:{port}/inner",
     "http://user:word@127.0.0.2:{port}/inner", "http://inner.example:{port}/inner"],
)  # fmt: skip
def test_a_redirect_inwards_is_not_followed(
    server: FeedServer, location: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The outer server is 127.0.0.1 and permitted, the inner one 127.0.0.2 and not."""
    resolve_to(monkeypatch, "inner.example", ["127.0.0.2"])
    server.replies["/outer"] = Reply(status=302, headers={"Location": location.format(port=port_of(server))})
    with feed_server("127.0.0.2", int(port_of(server))) as inner:
        inner.replies["/inner"] = Reply(rss("Secret"))
        answer = visit(f"{server.url}/outer", HOME)
        assert isinstance(answer, Failed)
        assert "no public address" in answer.reason
        assert inner.requests == []
        # The same way is open once it is permitted: the refusal above is the check's.
        assert isinstance(visit(f"{server.url}/outer", LOOPBACK), Fetched)


@pytest.mark.parametrize("port", [65_536, 99_999])
def test_a_redirect_to_what_is_no_port_is_no_answer(server: FeedServer, port: int) -> None:
    server.replies["/outer"] = Reply(status=302, headers={"Location": f"http://127.0.0.1:{port}/feed"})
    answer = visit(f"{server.url}/outer", LOOPBACK)
    assert isinstance(answer, Failed)
    assert f"{port} is no port" in answer.reason


def resolve_to(monkeypatch: pytest.MonkeyPatch, name: str, *answers: list[str]) -> Callable[[], int]:
    """The resolver gives these answers for the name, one after the other; how often it was asked."""
    resolve = socket.getaddrinfo
    asked = 0

    def resolver(host: Any, port: Any, *rest: Any, **options: Any) -> Any:
        nonlocal asked
        if host not in (name, name.encode()):
            return resolve(host, port, *rest, **options)
        asked += 1
        addresses = answers[min(asked, len(answers)) - 1]
        return [entry for each in addresses for entry in resolve(each, port, *rest, **options)]

    monkeypatch.setattr(socket, "getaddrinfo", resolver)
    return lambda: asked


@pytest.mark.parametrize("first", [["127.0.0.1"], ["127.0.0.1", "127.0.0.3"], ["127.0.0.3", "127.0.0.1"]])
def test_a_name_is_resolved_once_and_its_checked_address_is_connected_to(
    server: FeedServer, monkeypatch: pytest.MonkeyPatch, first: list[str]
) -> None:
    """A name that changes between check and connection (DNS rebinding) gains nothing."""
    asked = resolve_to(monkeypatch, "times.example", first, ["127.0.0.2"])
    with feed_server("127.0.0.2", int(port_of(server))) as inner:
        answer = visit(f"http://times.example:{port_of(server)}/feed", HOME, ip_network("127.0.0.3"))
        assert inner.requests == []
    assert isinstance(answer, Fetched)
    assert asked() == 1
    assert server.requests[0].headers["host"] == f"times.example:{port_of(server)}"


def test_of_a_name_with_inner_and_other_addresses_only_the_others_are_used(
    server: FeedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolve_to(monkeypatch, "times.example", ["127.0.0.2", "127.0.0.1"])
    with feed_server("127.0.0.2", int(port_of(server))) as inner:
        assert isinstance(visit(f"http://times.example:{port_of(server)}/feed", HOME), Fetched)
        assert inner.requests == []


def test_the_next_address_is_tried_where_the_first_does_not_answer(
    server: FeedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolve_to(monkeypatch, "times.example", ["127.0.0.3", "127.0.0.1"])
    assert isinstance(visit(f"http://times.example:{port_of(server)}/feed", LOOPBACK), Fetched)


class Silent(httpcore.AsyncNetworkBackend):
    """A network in which no address answers."""

    def __init__(self) -> None:
        self.tried: list[tuple[str, float | None]] = []

    async def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, *_: Any, **__: Any
    ) -> httpcore.AsyncNetworkStream:
        self.tried.append((host, timeout))
        raise httpcore.ConnectTimeout


def test_an_address_that_swallows_packets_leaves_time_for_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    resolve_to(monkeypatch, "times.example", ["127.0.0.3", "127.0.0.1", "127.0.0.3"])
    backend, network = OutwardBackend([LOOPBACK], "feeds.allow_addresses"), Silent()
    monkeypatch.setattr(backend, "_backend", network)
    with pytest.raises(httpcore.ConnectTimeout):
        asyncio.run(backend.connect_tcp("times.example", 80, 8.0))
    assert network.tried == [("127.0.0.3", 4.0), ("127.0.0.1", 4.0)]


def test_a_proxy_of_the_environment_is_no_way_round_the_check(
    server: FeedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", server.url)
    monkeypatch.setenv("ALL_PROXY", server.url)
    assert isinstance(visit("http://127.0.0.2:9/feed"), Failed)
    assert server.requests == []


def test_tls_asks_for_and_proves_the_name_not_the_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    named: list[str] = []
    port = tls_server(tmp_path, "times.example", named)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
    resolve_to(monkeypatch, "times.example", ["127.0.0.1"])
    resolve_to(monkeypatch, "other.example", ["127.0.0.1"])
    answer = visit(f"https://times.example:{port}/feed", HOME)
    assert isinstance(answer, Fetched)
    other = visit(f"https://other.example:{port}/feed", HOME)
    assert isinstance(other, Failed)
    assert "certificate" in other.reason
    assert named == ["times.example", "other.example"]


def tls_server(folder: Path, name: str, named: list[str]) -> int:
    """A TLS server for one request and one handshake; `named` takes the names that clients ask for."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("needs the openssl command, to make a certificate")
    certificate, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}",
         "-addext", f"subjectAltName=DNS:{name}", "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    context.sni_callback = lambda _socket, asked, _context: named.append(str(asked))
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with listener:
            for _ in range(2):
                plain, _address = listener.accept()
                plain.settimeout(5)
                try:
                    with context.wrap_socket(plain, server_side=True) as stream:
                        stream.recv(65_536)
                        body = rss("One")
                        stream.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
                except OSError:
                    plain.close()

    threading.Thread(target=serve, daemon=True).start()
    return int(listener.getsockname()[1])


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_the_body_of_a_redirect_is_not_read(server: FeedServer, status: int) -> None:
    written = 0

    def endless() -> Iterator[bytes]:
        nonlocal written
        while written < 200_000_000:
            written += 65_536
            yield b"x" * 65_536

    server.replies["/old"] = Reply(status=status, headers={"Location": "/feed"}, chunks=endless)
    assert isinstance(visit(f"{server.url}/old", LOOPBACK), Fetched)
    assert written < 50_000_000


def test_each_redirect_counts_up_to_ten(server: FeedServer) -> None:
    def onward(request: Request) -> Reply:
        number = int(request.path.removeprefix("/"))
        return Reply(status=302, headers={"Location": f"/{number + 1}" if number < 10 else "/feed"})

    server.replies.update({f"/{number}": onward for number in range(11)})
    assert isinstance(visit(f"{server.url}/1", LOOPBACK), Fetched)
    answer = visit(f"{server.url}/0", LOOPBACK)
    assert isinstance(answer, Failed)
    assert "TooManyRedirects" in answer.reason


@pytest.mark.parametrize("networks", [["127.0.0.0/8"], ["10.0.0.1", "fd00::/8"]])
def test_exceptions_are_networks_in_the_settings(networks: list[str]) -> None:
    assert [str(each) for each in FeedsSettings.model_validate({"allow_addresses": networks}).allow_addresses]


@pytest.mark.parametrize("network", ["localhost", "127.0.0.1/8", "10.0.0.0/33", ""])
def test_what_is_no_network_is_refused_at_the_start(network: str) -> None:
    with pytest.raises(ValueError, match="allow_addresses"):
        FeedsSettings.model_validate({"allow_addresses": [network]})
