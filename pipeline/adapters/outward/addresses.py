"""Which network addresses may be connected to: public ones, and those that the operator permits."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_NAT64 = IPv6Network("64:ff9b::/96")
"""An IPv6-only network reaches IPv4 through it; the last 32 bits are the IPv4 address."""

_NEVER = tuple(
    ip_network(each)
    for each in (
        # Shared, special or for documents only; some Python 3.11 call these global.
        "192.0.0.0/24",
        "192.88.99.0/24",
        "64:ff9b:1::/48",
        "3fff::/20",
        "5f00::/16",
        "fec0::/10",
        # Public by its number, yet Azure's host answers there, to its own machines alone.
        "168.63.129.16/32",
    )
)


def meant(address: Address) -> Address:
    """The address that packets reach in the end: IPv4 where this IPv6 address only wraps it."""
    if isinstance(address, IPv4Address):
        return address
    wrapped = address.ipv4_mapped or address.sixtofour
    if address in _NAT64:
        wrapped = IPv4Address(int(address) & 0xFFFFFFFF)
    return wrapped or address


def may_connect(text: str, allowed: Sequence[Network] = ()) -> bool:
    """Whether this address may be connected to, given in the one spelling that sockets use."""
    address = meant(ip_address(text))
    return any(address in network for network in allowed) or _is_public(address)


def _is_public(address: Address) -> bool:
    special = address.is_multicast or address.is_reserved or address.is_loopback or address.is_link_local
    return address.is_global and not special and not any(address in network for network in _NEVER)
