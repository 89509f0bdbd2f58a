"""Errors that a user can mend are told in plain words; the rest keep their traceback."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from kafka.errors import KafkaError
from redis.exceptions import RedisError

from pipeline.articles_file import ArticlesFileError
from pipeline.embedded.errors import EmbeddedError
from pipeline.kafka.article_producer import DeliveryError
from pipeline.kafka.topics import TopicError
from pipeline.outlets import OutletTableError, UnknownRaterError
from pipeline.settings import SettingsError

MENDABLE = (
    ArticlesFileError,
    DeliveryError,
    EmbeddedError,
    OutletTableError,
    SettingsError,
    TopicError,
    UnknownRaterError,
)

USAGE = 2
"""Exit code of an error that the user can mend."""


class CommandError(Exception):
    """A command can't do what was asked; the message says why and what to do."""


@contextmanager
def explained() -> Iterator[None]:
    """Turn mendable errors into one message on stderr and exit code 2."""
    try:
        yield
    except (CommandError, *MENDABLE) as error:
        _end(str(error))
    except KafkaError as error:
        _end(f"Kafka: {error!r}; is kafka.bootstrap_servers right, and is the broker up?")
    except RedisError as error:
        _end(f"Redis: {error!r}; is redis.url right, and is the server up?")


def _end(message: str) -> None:
    print(f"groundswell: {message}", file=sys.stderr)
    sys.exit(USAGE)
