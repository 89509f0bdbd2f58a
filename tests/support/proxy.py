"""A network between a role and a service that can be made slow, or cut."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from typing import Self

from tests.support.kafka import HOST

CHUNK = 65_536


class Proxy:
    """Passes on what comes to its port, in both directions. A context manager."""

    def __init__(self, target_port: int) -> None:
        self._target_port = target_port
        self._server = socket.create_server((HOST, 0))
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self.is_cut = False
        self.delay_s = 0.0
        """Before each piece that is passed on."""

    @property
    def port(self) -> int:
        """Where to connect instead."""
        port: int = self._server.getsockname()[1]
        return port

    def cut(self) -> None:
        """Connections break, and no new one comes through."""
        self.is_cut = True
        with self._lock:
            for each in self._open:
                with contextlib.suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        """As it was."""
        self.is_cut = False
        self.delay_s = 0.0

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.close()
        self.cut()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._server.accept()
            except OSError:
                return
            if self.is_cut:
                client.close()
                continue
            try:
                service = socket.create_connection((HOST, self._target_port), timeout=5)
            except OSError:
                client.close()
                continue
            service.settimeout(None)
            with self._lock:
                self._open |= {client, service}
            for ends in ((client, service), (service, client)):
                threading.Thread(target=self._pass, args=ends, daemon=True).start()

    def _pass(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while piece := source.recv(CHUNK):
                time.sleep(self.delay_s)
                sink.sendall(piece)
        for each in (source, sink):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        with self._lock:
            self._open -= {source, sink}
