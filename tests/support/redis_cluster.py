"""A Redis Cluster of three nodes, with the users of configs/redis/users.acl."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from redis import Redis
from redis.crc import key_slot
from redis.exceptions import MovedError, RedisError

from pipeline.adapters.store.keys import Keys
from pipeline.runtime.embedded import ManagedProcess
from tests.support.kafka import HOST, free_ports
from tests.support.redis import ADMIN, password_of, redis_program, users_for
from tests.support.waiting import eventually

NODES = range(3)
SLOTS = 16_384


class RedisCluster:
    """Each node has a third of the slots and no replica."""

    def __init__(self, folder: Path, edition: str) -> None:
        self._prefix = Keys(edition).prefix
        ports = free_ports(2 * len(NODES))
        self._ports, self._buses = ports[: len(NODES)], ports[len(NODES) :]
        self._users = folder / "users.acl"
        self._users.write_text(users_for(edition))
        self._nodes = [self._process(node, folder / str(node)) for node in NODES]

    def url(self, user: str, node: int) -> str:
        """Value for `redis.url`: as this user, by way of this node."""
        return f"redis://{user}:{password_of(user)}@{HOST}:{self._ports[node]}/0"

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Up, with all slots given out, and gone afterwards."""
        for each in self._nodes:
            each.start()
        try:
            eventually(lambda: all(self._answers(node) for node in NODES), what="nodes")
            self._join()
            eventually(lambda: all(self._agrees(node) for node in NODES), what="a cluster")
            yield
        finally:
            for each in self._nodes:
                each.stop(grace_s=5)

    def keys(self, node: int) -> list[bytes]:
        """All keys on a node."""
        with self._client(node) as client:
            return list(client.keys())

    def holder(self) -> int:
        """The node that has the edition's slot."""
        return next(node for node in NODES if self._holds(node))

    def move_edition(self) -> None:
        """Give the edition's slot to the next node, as `redis-cli --cluster reshard` does."""
        slot, source = key_slot(self._prefix.encode()), self.holder()
        target = (source + 1) % len(NODES)
        with self._client(source) as giving, self._client(target) as taking:
            here, there = (each.execute_command("CLUSTER MYID") for each in (giving, taking))
            taking.execute_command("CLUSTER SETSLOT", slot, "IMPORTING", here)
            giving.execute_command("CLUSTER SETSLOT", slot, "MIGRATING", there)
            keys = giving.execute_command("CLUSTER GETKEYSINSLOT", slot, 1_000_000)
            login = ("AUTH2", ADMIN, password_of(ADMIN))
            giving.execute_command("MIGRATE", HOST, self._ports[target], "", 0, 10_000, *login, "KEYS", *keys)
            for each in (taking, giving):
                each.execute_command("CLUSTER SETSLOT", slot, "NODE", there)

    def denied(self) -> list[str]:
        """What users tried and may not."""
        found = []
        for node in NODES:
            with self._client(node) as client:
                found += [f"{each['username']}: {each['reason']} {each['object']}" for each in client.acl_log()]
        return found

    def _process(self, node: int, folder: Path) -> ManagedProcess:
        folder.mkdir()
        options = {
            "bind": HOST, "port": str(self._ports[node]), "cluster-port": str(self._buses[node]), "save": "",
            "cluster-enabled": "yes", "dir": str(folder), "aclfile": str(self._users),
        }  # fmt: skip
        command = [redis_program(), *(part for name, value in options.items() for part in (f"--{name}", value))]
        return ManagedProcess(f"node {node} of the Redis Cluster", command, log=folder / "redis.log")

    def _join(self) -> None:
        share = SLOTS // len(NODES)
        for node in NODES:
            last = SLOTS - 1 if node == NODES[-1] else (node + 1) * share - 1
            with self._client(node) as client:
                client.execute_command("CLUSTER ADDSLOTSRANGE", node * share, last)
                client.execute_command("CLUSTER MEET", HOST, self._ports[0], self._buses[0])

    def _client(self, node: int) -> Redis:
        return Redis.from_url(self.url(ADMIN, node))

    def _answers(self, node: int) -> bool:
        assert self._nodes[node].running, self._nodes[node].log_tail()
        with contextlib.suppress(RedisError), self._client(node) as client:
            return bool(client.ping())
        return False

    def _agrees(self, node: int) -> bool:
        with self._client(node) as client:
            info = client.execute_command("CLUSTER INFO")
            return info["cluster_state"] == "ok" and int(info["cluster_known_nodes"]) == len(NODES)

    def _holds(self, node: int) -> bool:
        with self._client(node) as client, contextlib.suppress(MovedError):
            client.exists(self._prefix)
            return True
        return False
