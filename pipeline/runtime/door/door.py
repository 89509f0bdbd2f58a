"""The places at a server: who holds one, and who gives it up when another needs it."""

from __future__ import annotations

import ipaddress
from collections import defaultdict
from typing import Protocol

from prometheus_client import CollectorRegistry

from pipeline.runtime.door.bounds import Bounds, DoorMetrics, Shut


class Connection(Protocol):
    """What the door needs of a connection."""

    address: str

    def give_up(self, reason: Shut) -> None:
        """Close it at once."""


class Door:
    """Counts the connections of one server by address; those that wait for their client apart from the others.

    Who comes is always let in, and who has waited longest goes: so clients that never end their requests can't
    shut out one that does, not even from the same address. For one event loop, without locks.
    """

    def __init__(self, bounds: Bounds, registry: CollectorRegistry) -> None:
        self.bounds = bounds
        self.metrics = DoorMetrics(registry)
        self._places = bounds.places
        self._waiting = _Crowd()
        self._under_way = _Crowd()

    def wait(self, connection: Connection) -> None:
        """It is the client's turn: to send its request, or to take the answer."""
        self.leave(connection)
        self._waiting.add(connection)
        if self._waiting.of(connection.address) > self.bounds.per_address:
            self._make_room(connection.address)
        elif self._waiting.total > self._places:
            self._make_room(self._waiting.busiest())

    def work(self, connection: Connection) -> None:
        """It is our turn: its request is complete."""
        self.leave(connection)
        self._under_way.add(connection)

    def leave(self, connection: Connection) -> None:
        """It is gone."""
        self._waiting.discard(connection)
        self._under_way.discard(connection)

    def refusal(self, connection: Connection) -> Shut | None:
        """Why a request on this connection can't be served now; None where it can."""
        itself = connection in self._under_way
        if self._under_way.of(connection.address) - itself >= self.bounds.per_address:
            return Shut.ADDRESS
        return Shut.FULL if self._under_way.total - itself >= self._places else None

    def _make_room(self, address: str) -> None:
        longest = self._waiting.longest(address)
        self.leave(longest)
        longest.give_up(Shut.CROWDED)


def client_of(host: str) -> str:
    """Whom an address stands for: of IPv6 the network of 64 bits, since one client has all of it."""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    mapped = address.ipv4_mapped
    return str(mapped or ipaddress.IPv6Network((address, 64), strict=False))


class _Crowd:
    """Connections by address, in the order in which they came."""

    def __init__(self) -> None:
        self._by_address: defaultdict[str, dict[Connection, None]] = defaultdict(dict)
        self.total = 0

    def __contains__(self, connection: Connection) -> bool:
        return connection in self._by_address.get(connection.address, ())

    def add(self, connection: Connection) -> None:
        self._by_address[connection.address][connection] = None
        self.total += 1

    def discard(self, connection: Connection) -> None:
        if connection not in self:
            return
        self.total -= 1
        del self._by_address[connection.address][connection]
        if not self._by_address[connection.address]:
            del self._by_address[connection.address]

    def of(self, address: str) -> int:
        return len(self._by_address.get(address, ()))

    def busiest(self) -> str:
        return max(self._by_address, key=self.of)

    def longest(self, address: str) -> Connection:
        return next(iter(self._by_address[address]))
