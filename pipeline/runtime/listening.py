"""Where a role listens: a port that nobody chose may give way to a free one, one that people know may not."""

from __future__ import annotations

import errno
import socket
from dataclasses import dataclass

import structlog

from pipeline.mendable import MendableError
from pipeline.setting_names import variable_of
from pipeline.settings import MetricsSettings

log = structlog.get_logger(__name__)


class CanNotListenError(MendableError):
    """The address can't be listened on; the message names it, the setting, and what to do."""


@dataclass(frozen=True)
class Place:
    """An address to listen on, and the setting that says so."""

    host: str
    port: int
    """0: any free one."""
    setting: str
    """Of the port; that of the host is `host` in the same section."""
    gives_way: bool = False
    """Where the port is taken, any free one will do."""


def metrics_place(settings: MetricsSettings, role: str) -> Place:
    """Where a role serves its metrics and health; its port gives way unless somebody named it."""
    name = f"{role}_port"
    return Place(settings.host, getattr(settings, name), f"metrics.{name}", name not in settings.model_fields_set)


def listen(place: Place) -> socket.socket:
    """A socket that listens there. Raises CanNotListenError."""
    try:
        try:
            return _listen(place.host, place.port)
        except OSError as error:
            if error.errno != errno.EADDRINUSE or not place.gives_way:
                raise
        listening = _listen(place.host, 0)
    except OSError as error:
        raise CanNotListenError(_why(place, error)) from error
    log.info("port taken, another is used", taken=place.port, port=port_of(listening), setting=place.setting)
    return listening


def port_of(listening: socket.socket) -> int:
    """The port that it listens on."""
    return int(listening.getsockname()[1])


def url_of(host: str, listening: socket.socket) -> str:
    """The address that it answers at, without a path."""
    return f"http://{f'[{host}]' if ':' in host else host}:{port_of(listening)}"


def _listen(host: str, port: int) -> socket.socket:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    # A name may stand for both kinds of addresses; then the one that every client speaks.
    family, *_, address = min(found, key=lambda each: each[0] != socket.AF_INET)
    return socket.create_server(address[:2], family=family)


def _why(place: Place, error: OSError) -> str:
    where, section = f"{place.host}:{place.port}", place.setting.partition(".")[0]
    if error.errno == errno.EADDRINUSE:
        return (
            f"port {place.port} of {place.host} is taken: end what listens there, or set {place.setting} "
            f"({variable_of(place.setting)}) to a free port (0: any)"
        )
    if error.errno == errno.EACCES:
        return f"this user may not listen on {where}: set {place.setting} to a port from 1024 on"
    return (
        f"can't listen on {where} ({error.strerror or error}): {section}.host ({variable_of(f'{section}.host')}) "
        "must be an address of this machine, as in 127.0.0.1, or 0.0.0.0 for all of them"
    )
