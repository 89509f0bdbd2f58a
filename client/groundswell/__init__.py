"""Follows news stories: what a service that subscribes to Groundswell imports.

    from groundswell import Subscriber

    with Subscriber("127.0.0.1:9092") as stories:
        for story in stories:
            print(story.title, story.source_count)

Importing the package costs next to nothing: Kafka's client and the models come with the first name that needs
them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from groundswell.aio import AsyncSubscriber
    from groundswell.broker.connection import Connection
    from groundswell.choice import Choice
    from groundswell.decoding import Fault, UnusableRecordError, decode
    from groundswell.errors import CommitError, ConnectError
    from groundswell.intake import Counts
    from groundswell.observer import Observer
    from groundswell.record import StoryRecord
    from groundswell.schemas import schema
    from groundswell.subscriber import Subscriber

__version__ = "0.1.0"

_HOMES = {
    "AsyncSubscriber": "aio",
    "Choice": "choice",
    "CommitError": "errors",
    "ConnectError": "errors",
    "Connection": "broker.connection",
    "Counts": "intake",
    "Fault": "decoding",
    "Observer": "observer",
    "StoryRecord": "record",
    "Subscriber": "subscriber",
    "UnusableRecordError": "decoding",
    "decode": "decoding",
    "schema": "schemas",
}
"""Where each public name is defined."""

__all__ = [
    "AsyncSubscriber",
    "Choice",
    "CommitError",
    "ConnectError",
    "Connection",
    "Counts",
    "Fault",
    "Observer",
    "StoryRecord",
    "Subscriber",
    "UnusableRecordError",
    "__version__",
    "decode",
    "schema",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return __all__
