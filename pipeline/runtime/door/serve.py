"""How every web server of ours is set up."""

from __future__ import annotations

from typing import Any

import uvicorn

from pipeline.runtime.door.door import Door
from pipeline.runtime.door.protocol import BoundedProtocol


def server_config(app: Any, door: Door, **options: Any) -> uvicorn.Config:
    """uvicorn's configuration for an ASGI application behind a door; `options` are uvicorn's own.

    Logs are ours, and no one is told what serves. Web sockets are off: nothing here uses them, and they would
    take the connection out of the door's hands.
    """
    protocol = type("DoorProtocol", (BoundedProtocol,), {"door": door})
    return uvicorn.Config(
        app, http=protocol, ws="none", log_config=None, access_log=False, server_header=False, **options
    )
