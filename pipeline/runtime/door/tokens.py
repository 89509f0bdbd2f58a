"""Bearer tokens of requests."""

from __future__ import annotations

import hmac


def bearer_of(authorization: str | None) -> bytes | None:
    """The token of an `Authorization` header; None where it has none."""
    scheme, _, given = (authorization or "").partition(" ")
    token = given.strip()
    return token.encode("utf-8", "surrogatepass") if scheme.lower() == "bearer" and token else None


def is_same(given: bytes, expected: bytes) -> bool:
    """In constant time: the time of the answer must not tell how many letters were right."""
    return hmac.compare_digest(given, expected)
