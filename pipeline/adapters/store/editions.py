"""The editions of one Redis: which there are, and the removal of one that publishes no more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from redis import Redis

from pipeline.adapters.store.client import as_text
from pipeline.adapters.store.edition import NoEditionError, read_identity
from pipeline.adapters.store.keys import Keys
from pipeline.adapters.store.succession import Succession, SuccessionError
from pipeline.domain.edition import PREDECESSOR, SUCCESSOR
from pipeline.settings import RedisSettings

PORTION = 1_000
"""Keys unlinked at once: Redis frees their memory besides its work."""


@dataclass(frozen=True)
class EditionSeen:
    """One edition."""

    name: str
    identity: dict[str, str]

    @property
    def standing(self) -> str:
        """How it stands to others, in words."""
        if SUCCESSOR in self.identity:
            return f"ended, {self.identity[SUCCESSOR]} came after it"
        if PREDECESSOR in self.identity:
            return f"stands by for {self.identity[PREDECESSOR]}"
        return "live"


def editions(redis: Redis) -> list[EditionSeen]:
    """All that say what they are, by name. Looks at every key of the database."""
    names = set()
    for key in redis.scan_iter(match=Keys("*").identity, count=PORTION):
        names.add(as_text(key).partition("{")[2].partition("}")[0])
    return [EditionSeen(each, read_identity(redis, Keys(each))) for each in sorted(names)]


def remove(redis: Redis, settings: RedisSettings, edition: str) -> Iterator[int]:
    """Delete all that the edition holds, but for the note that it has ended; yields the keys deleted so far.

    So a process that still has its name is refused, and does not begin it anew. Safe to repeat.
    Raises NoEditionError, SuccessionError where it is the live one.
    """
    keys = Keys(edition)
    stored = read_identity(redis, keys)
    if not stored:
        raise NoEditionError(edition)
    heir = stored.get(SUCCESSOR) or stored.get(PREDECESSOR)
    if heir is None:
        raise SuccessionError(
            f"edition {edition} is live: what it holds is removed only after another one has come after it "
            "(docs/operations.md#rebuild)"
        )
    older_than_heir = settings.model_copy(update={"edition": heir})
    Succession(redis, older_than_heir, edition, int(stored.get("shards", 0))).retire()
    count = 0
    for portion in _portions(redis, keys):
        redis.unlink(*portion)
        count += len(portion)
        yield count
    fields = set(read_identity(redis, keys)) - {SUCCESSOR}
    if fields:
        redis.hdel(keys.identity, *fields)


def _portions(redis: Redis, keys: Keys) -> Iterator[list[str]]:
    found = (as_text(each) for each in redis.scan_iter(match=f"{keys.prefix}*", count=PORTION))
    wanted = (each for each in found if each != keys.identity)
    while portion := list(islice(wanted, PORTION)):
        yield portion
