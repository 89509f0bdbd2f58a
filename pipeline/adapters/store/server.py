"""Before a Redis that was started again is written to, its append-only file is written anew.

A script's writes stand in the file as one transaction. Where a crash tears the last one, Redis loads what comes
before it, but of the torn one it leaves MULTI and some commands at the file's end. The next script's EXEC would
complete them, and the load after that would apply a piece of a batch that never was. A file that Redis has written
anew from its memory has no such end. A client can't see whether a file was torn, so each new process of Redis gets
its file written once: its run id, noted in the store, says that it was.
"""

from __future__ import annotations

import time
from typing import Any, NamedTuple

import structlog
from redis import Redis, RedisCluster
from redis.exceptions import NoPermissionError, ResponseError

from pipeline.adapters.store.keys import Keys
from pipeline.adapters.store.scripts import load_script
from pipeline.mendable import MendableError
from pipeline.settings import RedisSettings

WAIT_S = 20.0
"""For the file to be written, in one call; a larger one takes several."""
LOOK_S = 0.02

log = structlog.get_logger(__name__)


class StoreTornError(MendableError):
    """The store holds a part of a batch. Nothing may build on that."""

    def __init__(self, prefix: str) -> None:
        super().__init__(
            "Redis holds a batch only in part: its append-only file was torn and loaded as it was. Restore a "
            "backup, or make its stories again by `groundswell rebuild start` (docs/operations.md#rebuild), "
            f"or delete all keys that begin with {prefix}: they are made again from the topic of articles"
        )


class _Server(NamedTuple):
    run: str
    noted: str
    keeps_file: bool
    writes_file: bool
    written_well: bool

    @property
    def is_noted(self) -> bool:
        return self.noted.partition(":")[0] == self.run


class ServerGuard:
    """Knows whether the Redis that we speak to may be written to."""

    def __init__(self, redis: Redis, settings: RedisSettings) -> None:
        self._redis = redis
        self._prefix = Keys(settings.edition).prefix
        self._script = load_script(redis, "server")
        self._asked = ""
        self.incarnation = ""
        """Of what was confirmed last: another one after each start of Redis, and after each loss of everything."""

    def confirm(self) -> bool:
        """True once the file is written anew for this process of Redis. False where that takes longer than WAIT_S.

        Raises MendableError where the user may not let it be written.
        """
        server = self._look()
        if server.is_noted or not server.keeps_file:
            return self._note(server)
        if self._asked != server.run:
            log.info("redis was started again, its append-only file is written anew")
            self._ask()
            self._asked = server.run
        return self._written(server.run)

    def is_same(self) -> bool:
        """Whether Redis still holds what it held when it was confirmed last."""
        server = self._look()
        return server.is_noted and server.noted == self.incarnation

    def _written(self, run: str) -> bool:
        deadline = time.monotonic() + WAIT_S
        while time.monotonic() < deadline:
            server = self._look()
            if server.run != run:
                break
            if not server.writes_file:
                self._asked = ""
                return self._note(server) if server.written_well else self._failed()
            time.sleep(LOOK_S)
        return False

    def _note(self, server: _Server) -> bool:
        noted = server if server.is_noted else self._look(note=server.run)
        self.incarnation = noted.noted
        return noted.is_noted

    def _failed(self) -> bool:
        log.warning("redis could not write its append-only file anew, nothing is written to it meanwhile")
        time.sleep(1.0)
        return False

    def _ask(self) -> None:
        # In a cluster the node that holds the edition.
        where: dict[str, Any] = {}
        if isinstance(self._redis, RedisCluster):
            where["target_nodes"] = self._redis.get_node_from_key(self._prefix)
        try:
            self._redis.execute_command("BGREWRITEAOF", **where)
        except NoPermissionError as error:
            raise MendableError(
                "Redis keeps an append-only file, and this user may not let it be written anew after a restart: "
                "give it +bgrewriteaof, see configs/redis/users.acl"
            ) from error
        except ResponseError as error:
            if "in progress" not in str(error):
                raise

    def _look(self, note: str = "") -> _Server:
        run, noted, keeps, writes, well = self._script(keys=[self._prefix], args=[note])
        return _Server(run.decode(), noted.decode(), keeps == b"1", writes == b"1", well == b"1")
