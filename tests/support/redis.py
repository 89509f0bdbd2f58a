"""Redis servers as they stand in production: behind TLS and users, and three that are one cluster."""

from __future__ import annotations

import contextlib
import hashlib
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import RedisError

from pipeline.runtime.embedded import ManagedProcess
from pipeline.shipped import shipped
from tests.support.kafka import HOST, free_ports
from tests.support.tls import make_certificate
from tests.support.waiting import eventually

USERS = shipped("redis", "users.acl")
_HASH = re.compile(r"^user (\S+) on #SHA256-OF-ITS-PASSWORD ", re.MULTILINE)
ADMIN = "admin"


def password_of(user: str) -> str:
    """What the test chose for this user."""
    return f"password-of-{user}"


def users_for(edition: str) -> str:
    """The shipped users, for this edition and with passwords, as docs/operations.md says, and an administrator."""

    def with_hash(found: re.Match[str]) -> str:
        return f"user {found[1]} on #{hashlib.sha256(password_of(found[1]).encode()).hexdigest()} "

    users = _HASH.sub(with_hash, USERS.read_text("utf-8")).replace("{main}", f"{{{edition}}}")
    return f"{users}user {ADMIN} on >{password_of(ADMIN)} ~* &* +@all\n"


def redis_program() -> str:
    """Skips the test where there is none."""
    return shutil.which("redis-server") or pytest.skip(
        "no redis-server that speaks TLS (the embedded one does not): requirements/debian.sh redis-server"
    )


class TlsRedis:
    """Debian's Redis, on TLS alone, with the users of configs/redis/users.acl and an administrator."""

    def __init__(self, folder: Path, edition: str) -> None:
        self.authority = make_certificate(folder)
        (self.port,) = free_ports(1)
        acl = folder / "users.acl"
        acl.write_text(users_for(edition))
        options = {
            "bind": HOST, "port": "0", "tls-port": str(self.port), "dir": str(folder), "save": "",
            "tls-cert-file": str(self.authority.certificate), "tls-key-file": str(self.authority.key),
            "tls-ca-cert-file": str(self.authority.certificate), "tls-auth-clients": "no", "aclfile": str(acl),
        }  # fmt: skip
        command = [redis_program(), *(part for name, value in options.items() for part in (f"--{name}", value))]
        self.process = ManagedProcess("Redis with TLS", command, log=folder / "redis.log")

    def url(self, user: str, password: str | None = None) -> str:
        """Value for `redis.url`: as this user."""
        secret = password or password_of(user)
        return f"rediss://{user}:{secret}@{HOST}:{self.port}/0?ssl_ca_certs={self.authority.certificate}"

    def client(self, user: str) -> Redis:
        """A client as this user."""
        return Redis.from_url(self.url(user))

    def denied(self) -> list[str]:
        """What users tried and may not."""
        with self.client(ADMIN) as admin:
            return [f"{entry['username']}: {entry['reason']} {entry['object']}" for entry in admin.acl_log()]

    def _answers(self) -> bool:
        assert self.process.running, self.process.log_tail()
        with contextlib.suppress(RedisError), self.client(ADMIN) as admin:
            return bool(admin.ping())
        return False


@contextlib.contextmanager
def tls_redis(folder: Path, edition: str) -> Iterator[TlsRedis]:
    """A Redis of the test's own."""
    server = TlsRedis(folder, edition)
    server.process.start()
    try:
        eventually(server._answers, what="Redis with TLS")
        yield server
    finally:
        server.process.stop(grace_s=5)
