"""Connects to where a feed, a webhook or a picture says, and never to an address of the inner network.

A check of the URL would not do: a name may resolve inwards, differently each time, and an address has many
spellings (`2130706433`, `0177.0.0.1`, `::ffff:127.0.0.1`). So the check sits where the connection is made: the
name is resolved once, and the very addresses that passed are connected to. TLS still proves the name, and the
request still names it, because only the socket is ours.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterable, Sequence
from contextlib import suppress

import httpcore
import httpx
from httpcore import SOCKET_OPTION

from pipeline.adapters.outward.addresses import Network, may_connect

_MAX_PORT = 65_535
"""httpx takes `http://host:99999/`, and the socket would raise what no client of ours expects."""


class RefusedAddressError(httpcore.ConnectError):
    """The host leads to inner addresses only; nothing was connected to."""


class OutwardBackend(httpcore.AsyncNetworkBackend):
    """Opens TCP connections to public addresses and to those of the networks that are allowed."""

    def __init__(self, allowed: Sequence[Network], setting: str) -> None:
        """`setting` is where `allowed` comes from: errors name it."""
        self._allowed = tuple(allowed)
        self._setting = setting
        self._backend = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first address of the host that answers. Raises RefusedAddressError."""
        if port > _MAX_PORT:
            raise httpcore.ConnectError(f"{host}: {port} is no port")
        addresses = await self._addresses(host, port)
        # Each gets its share of the time: one that swallows packets must not use up that of the others.
        share_s = None if timeout is None else timeout / len(addresses)
        *first, last = addresses
        for address in first:
            with suppress(httpcore.ConnectError, httpcore.ConnectTimeout):
                return await self._backend.connect_tcp(address, port, share_s, local_address, socket_options)
        return await self._backend.connect_tcp(last, port, share_s, local_address, socket_options)

    async def sleep(self, seconds: float) -> None:
        """Wait between two tries."""
        await self._backend.sleep(seconds)

    async def _addresses(self, host: str, port: int) -> list[str]:
        """The addresses that may be connected to, in the resolver's order, each once; at least one."""
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"{host} can't be resolved: {error}") from error
        addresses = list(dict.fromkeys(str(info[4][0]) for info in found))
        permitted = [each for each in addresses if may_connect(each, self._allowed)]
        if not permitted:
            raise RefusedAddressError(
                f"{host} leads to {', '.join(addresses)}, which is no public address; "
                f"{self._setting} permits exceptions"
            )
        return permitted


class OutwardTransport(httpx.AsyncHTTPTransport):
    """httpx's own transport, whose connections are made by OutwardBackend."""

    def __init__(self, allowed: Sequence[Network], limits: httpx.Limits, setting: str) -> None:
        ssl_context = httpx.create_ssl_context()
        super().__init__(verify=ssl_context, limits=limits)
        # httpx hands everything through to httpcore but this; the tests of what is refused watch over it.
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=ssl_context,
            max_connections=limits.max_connections,
            max_keepalive_connections=limits.max_keepalive_connections,
            keepalive_expiry=limits.keepalive_expiry,
            network_backend=OutwardBackend(allowed, setting),
        )
