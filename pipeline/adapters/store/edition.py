"""Holds each process to what its edition is (promise 9)."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import structlog
from redis import Redis

from pipeline.adapters.store.client import as_text
from pipeline.adapters.store.keys import Keys
from pipeline.adapters.store.scripts import load_script
from pipeline.adapters.store.server import ServerGuard
from pipeline.domain.edition import (
    FIXED,
    STATES,
    SUCCESSOR,
    ClustererIdentity,
    EditionIdentity,
    PublisherIdentity,
)
from pipeline.mendable import MendableError
from pipeline.settings import RedisSettings

log = structlog.get_logger(__name__)


RESERVED_S = 60.0
FENCED_S = 2.0
"""So long at most all shards are taken, and so much longer for each, where their number changes. What takes longer
changes nothing."""

_EARLIER = "an earlier one"
"""What an edition has whose stories are of a release that did not say their form."""


class AnotherIdentityError(MendableError):
    """This process is not what its edition is. It must do nothing there."""


class SucceededError(MendableError):
    """Another edition publishes what ours did. Nothing may be done in ours any more."""

    def __init__(self, edition: str, successor: str) -> None:
        super().__init__(
            f"edition {edition} has ended, edition {successor} has come after it: give this process the settings "
            f"of {successor}, among them redis.edition and kafka.group (docs/operations.md#rebuild)"
        )


class EditionGuard:
    """Knows whether a process may work on its edition. The first of an edition says what it is."""

    def __init__(self, redis: Redis, settings: RedisSettings, identity: EditionIdentity) -> None:
        self._redis = redis
        self._edition = settings.edition
        self._keys = Keys(settings.edition)
        self._script = load_script(redis, "claim")
        self._identity = identity
        self.digest = ""
        """Of all that the edition said when it was confirmed last; another one once anything of it changes."""
        self.stands_by_for = ""
        """The edition beside which it is rebuilt, and which publishes; '' where it publishes itself."""
        self.took_over: frozenset[str] = frozenset()
        """Editions whose records on the topic count as ours."""

    def start(self, server: ServerGuard) -> None:
        """Once, before anything else is done. Where `server` does not confirm that it may be written to, the first
        commit or round says what we have.

        Raises AnotherIdentityError, also where its stories are in a form that was never stated; SucceededError.
        """
        stored = read_identity(self._redis, self._keys)
        states_it = isinstance(self._identity, ClustererIdentity)
        if states_it and STATES not in stored and self._redis.exists(self._keys.live):
            stored[STATES] = _EARLIER
        self._compare(stored)
        if server.confirm():
            self.confirm()
        if not stored and self._redis.exists(self._keys.positions):
            log.warning("edition without an identity is taken over, it has ours now", **self._identity.fields())

    def confirm(self) -> None:
        """Compare with what the edition is now; what it does not say yet it says from then on.

        Where Redis has lost that the edition stands by, and we know it, it says that again.

        Raises AnotherIdentityError, SucceededError.
        """
        stated = [part for pair in self._identity.fields().items() for part in pair]
        kind, *rest = self._script(keys=[self._keys.prefix], args=[self.stands_by_for, *stated])
        if kind == b"agrees":
            *said, forgotten = rest
            self.digest, self.stands_by_for, earlier = map(as_text, said)
            self.took_over = frozenset(earlier.split())
            if forgotten:
                log.warning(
                    "redis had lost that this edition stands by, it knows it again", now=self.stands_by_for
                )
            return
        self._compare(dict(zip(map(as_text, rest[::2]), map(as_text, rest[1::2]), strict=True)))

    def _compare(self, stored: Mapping[str, str]) -> None:
        if SUCCESSOR in stored:
            raise SucceededError(self._edition, stored[SUCCESSOR])
        difference = self._identity.difference(stored)
        if difference is not None:
            raise AnotherIdentityError(difference.sentence(self._edition))


class ShardsHeldError(MendableError):
    """The number of shards can't change under a publisher."""

    def __init__(self, edition: str) -> None:
        super().__init__(
            f"publishers of edition {edition} hold shards, whose number is to change: stop all publishers, wait "
            "for publisher.lease_s where one was killed, and try again"
        )


class RedisBusyError(MendableError):
    """Redis may not be written to yet."""

    def __init__(self) -> None:
        super().__init__(
            "Redis was started again and still writes its append-only file anew: try again in a minute"
        )


class NoEditionError(MendableError):
    """Nobody has worked on this edition here."""

    def __init__(self, edition: str) -> None:
        super().__init__(
            f"there is no edition {edition} in this database of Redis: set redis.url and redis.edition right, or "
            "start a clusterer of this edition first"
        )


class EditionSettings:
    """What an edition says of itself, for the commands that show and change it."""

    def __init__(self, redis: Redis, settings: RedisSettings) -> None:
        self._redis = redis
        self._edition = settings.edition
        self._keys = Keys(settings.edition)
        self._script = load_script(redis, "redefine")
        self._reserve = load_script(redis, "reserve")
        self._server = ServerGuard(redis, settings)

    def read(self) -> dict[str, str]:
        """Every field that it says; empty where there is no such edition."""
        return read_identity(self._redis, self._keys)

    def check_exists(self) -> None:
        """Raises NoEditionError; one that was written before editions had an identity exists too."""
        if not self.read() and not self._redis.hgetall(self._keys.positions):
            raise NoEditionError(self._edition)

    def apply(
        self, clusterer: ClustererIdentity, publisher: PublisherIdentity, fence: Callable[[int], object]
    ) -> dict[str, tuple[str, str]]:
        """Give it these settings, but for what its vectors are made with. Returns before and after of each change.

        Where the number of shards changes `fence` is called for each of the old ones: it must end in Kafka what
        whoever held it last has under way.

        Raises AnotherIdentityError where the vectors are of another encoder, ShardsHeldError,
        SucceededError, RedisBusyError.
        """
        if not self._server.confirm():
            raise RedisBusyError
        before = self.read()
        if SUCCESSOR in before:
            raise SucceededError(self._edition, before[SUCCESSOR])
        difference = clusterer.difference({name: before[name] for name in FIXED if name in before})
        if difference is not None:
            raise AnotherIdentityError(difference.sentence(self._edition))
        after = {**clusterer.fields(), **publisher.fields()}
        after = {name: value for name, value in after.items() if name not in FIXED}
        shards = int(before.get("shards", clusterer.shards))
        ending = 0 if shards == clusterer.shards else shards
        with self._reserved(ending) as token:
            for shard in range(ending):
                fence(shard)
            self._redefine(clusterer.shards, token, after)
        return {
            name: (before.get(name, "nothing"), value)
            for name, value in after.items()
            if before.get(name) != value
        }

    @contextmanager
    def _reserved(self, shards: int) -> Iterator[str]:
        """No publisher takes one of so many shards meanwhile. Whoever held one until its lease ran out may have a
        round under way: once fenced, it has no successor under the old number.
        """
        token = secrets.token_hex(8)
        milliseconds = int((RESERVED_S + FENCED_S * shards) * 1000)
        if not self._reserve(keys=[self._keys.prefix], args=[token, shards, milliseconds]):
            raise ShardsHeldError(self._edition)
        try:
            yield token
        finally:
            self._reserve(keys=[self._keys.prefix], args=[token, shards, 0])

    def _redefine(self, shards: int, token: str, after: Mapping[str, str]) -> None:
        stated = [part for pair in after.items() for part in pair]
        if self._script(keys=[self._keys.prefix], args=[shards, token, *stated]) == b"held":
            raise ShardsHeldError(self._edition)


def read_identity(redis: Redis, keys: Keys) -> dict[str, str]:
    """What an edition says of itself, by field; empty where it says nothing."""
    stored = {as_text(name): as_text(value) for name, value in redis.hgetall(keys.identity).items()}
    stored.pop("digest", None)
    return stored
