"""Redis servers as they stand in production: behind TLS and users, and three that are one cluster."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import RedisError

from pipeline.embedded import EmbeddedRedis, ManagedProcess
from tests.support.kafka import HOST, free_ports
from tests.support.tls import make_certificate
from tests.support.waiting import eventually

ADMIN = "admin-of-the-test"
SLOTS = 16_384


class TlsRedis:
    """Debian's Redis, on TLS alone, with the users of configs/redis/users.acl and an administrator."""

    def __init__(self, folder: Path, edition: str) -> None:
        self.authority = make_certificate(folder)
        self.port, = free_ports(1)
        users = (files("configs") / "redis" / "users.acl").read_text("utf-8").replace("{main}", f"{{{edition}}}")
        acl = folder / "users.acl"
        acl.write_text(f"{users}user admin on >{ADMIN} ~* &* +@all\n")
        program = shutil.which("redis-server") or pytest.skip(
            "no redis-server that speaks TLS (the embedded one does not): requirements/debian.sh redis-server"
        )
        options = {
            "bind": HOST, "port": "0", "tls-port": str(self.port), "dir": str(folder), "save": "",
            "tls-cert-file": str(self.authority.certificate), "tls-key-file": str(self.authority.key),
            "tls-ca-cert-file": str(self.authority.certificate), "tls-auth-clients": "no", "aclfile": str(acl),
        }  # fmt: skip
        command = [program, *(part for name, value in options.items() for part in (f"--{name}", value))]
        self.process = ManagedProcess("Redis with TLS", command, log=folder / "redis.log")

    def url(self, user: str, password: str | None = None) -> str:
        """Value for `redis.url`: as this user, with the password of the shipped file."""
        secret = password or (ADMIN if user == "admin" else f"CHANGE-ME-{user}")
        return f"rediss://{user}:{secret}@{HOST}:{self.port}/0?ssl_ca_certs={self.authority.certificate}"

    def client(self, user: str) -> Redis:
        """A client as this user."""
        return Redis.from_url(self.url(user))

    def denied(self) -> list[str]:
        """What users tried and may not."""
        with self.client("admin") as admin:
            return [f"{entry['username']}: {entry['reason']} {entry['object']}" for entry in admin.acl_log()]

    def _answers(self) -> bool:
        assert self.process.running, self.process.log_tail()
        with contextlib.suppress(RedisError), self.client("admin") as admin:
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
