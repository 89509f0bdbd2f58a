"""Why Redis did not answer us, or did not let us in."""

from __future__ import annotations

from redis.exceptions import AuthenticationError, ConnectionError, NoPermissionError, RedisError, TimeoutError

_VARIABLE = "redis.url (GROUNDSWELL_REDIS__URL)"


def why_not(error: Exception) -> tuple[str, str]:
    """What the error means for whoever set the client up: what was seen, and what to do."""
    said = str(error).rstrip(".")
    if isinstance(error, NoPermissionError):
        return said, "give this user the rights of its role, as in configs/redis/users.acl"
    # Of a server that wants a password from all of its users, or does not know this one.
    if isinstance(error, AuthenticationError) or said.startswith(("NOAUTH", "Authentication required")):
        return said, f"put user and password into {_VARIABLE}, as in redis://USER:PASSWORD@HOST:PORT/0"
    if isinstance(error, TimeoutError | ConnectionError):
        return (
            said,
            f"start the server, or set {_VARIABLE} to where it is, rediss:// where it speaks TLS and only there",
        )
    known = isinstance(error, RedisError)
    return (
        f"{type(error).__name__}: {said}",
        "look at its log" if known else f"set {_VARIABLE} and redis.cluster right",
    )
