"""The embedded Redis: a real redis-server as a child process."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, cast

from redis import Redis
from redis.exceptions import RedisError

from pipeline.runtime.embedded.binaries import REDIS, PackagedBinary
from pipeline.runtime.embedded.services import HOST, EmbeddedService


class EmbeddedRedis(EmbeddedService):
    """A Redis server. With a directory it keeps its data there (append-only file) and a restart finds it;
    without one it keeps everything in memory and loses it when it ends.
    """

    binary: ClassVar[PackagedBinary] = REDIS

    def __init__(
        self, directory: Path | None = None, *, port: int = 0, ready_timeout_s: float = 20.0,
        options: Mapping[str, str] | None = None,
    ) -> None:  # fmt: skip
        """`options` are further settings as in redis.conf, for example {"appendfsync": "always"}."""
        super().__init__(directory, port=port, ready_timeout_s=ready_timeout_s)
        self._options = dict(options or {})

    @property
    def url(self) -> str:
        """Value for the setting `redis.url`."""
        return f"redis://{HOST}:{self.port}/0"

    def command(self, program: Path, folder: Path) -> list[str]:
        """See the base class."""
        options = {
            "bind": HOST,
            "port": str(self.port),
            "dir": str(folder.absolute()),
            "save": "",
            "appendonly": "no" if self._given is None else "yes",
            **self._options,
        }
        return [str(program), *(part for name, value in options.items() for part in (f"--{name}", value))]

    def answers(self) -> bool:
        """See the base class. A server that still loads its file does not answer yet."""
        try:
            with Redis(host=HOST, port=self.port, socket_timeout=1.0, socket_connect_timeout=1.0) as client:
                info = cast(dict[str, object], client.info("server"))
        except RedisError:
            return False
        return info.get("process_id") == self.process.pid
