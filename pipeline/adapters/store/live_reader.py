"""Reads the live stories for a clusterer: all at once, or what changed since."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from redis import Redis

from pipeline.adapters.store.client import as_bytes, as_text
from pipeline.adapters.store.commit import unpack_term_counts
from pipeline.adapters.store.keys import Keys
from pipeline.domain.clustering.types import TERM_BUCKETS, LiveStoriesDelta, LiveStoriesSnapshot
from pipeline.settings import RedisSettings

_AT_ONCE = 2_000
"""States in one answer, some 2 MB."""


@dataclass(frozen=True)
class Loaded:
    """Everything, as of commit `sequence` or, of stories that changed while it was read, later."""

    sequence: int
    snapshot: LiveStoriesSnapshot


@dataclass(frozen=True)
class Caught:
    """What the commits up to `sequence` changed."""

    sequence: int
    delta: LiveStoriesDelta


class LiveStoriesReader:
    """Reads the clustering state of one edition."""

    def __init__(self, redis: Redis, settings: RedisSettings) -> None:
        self._redis = redis
        self._keys = Keys(settings.edition)

    def load(self) -> Loaded:
        """Everything, in parts, so that Redis answers others between them.

        A state may be newer than `sequence`. Then the change log names its story after that commit: the next one
        of ours is refused, and the story read again.
        """
        with self._redis.pipeline(transaction=True) as pipe:
            pipe.get(self._keys.sequence)
            pipe.get(self._keys.terms)
            pipe.get(self._keys.means)
            sequence, terms, means = pipe.execute()
        live = self._redis.hscan_iter(self._keys.live, count=_AT_ONCE)
        states = {as_text(story_id): as_bytes(state) for story_id, state in live}
        return Loaded(int(sequence or 0), LiveStoriesSnapshot(states, _whole_table(terms), means or b""))

    def since(self, seen: int) -> Caught | Loaded:
        """What changed after commit `seen`; everything where the log does not hold that commit.

        Then it no longer reaches back so far, or Redis lost its last second and `seen` with it.
        """
        with self._redis.pipeline(transaction=True) as pipe:
            pipe.get(self._keys.sequence)
            pipe.xrange(self._keys.changes, min=f"{seen}-0")
            pipe.get(self._keys.means)
            sequence, entries, means = pipe.execute()
        if not entries or entries[0][0] != f"{seen}-0".encode():
            return self.load()
        return Caught(int(sequence), self._delta([fields for _, fields in entries[1:]], means or b""))

    def _delta(self, entries: list[dict[bytes, bytes]], means: bytes) -> LiveStoriesDelta:
        """States may be newer than the last entry: then the next commit is refused and they are read again."""
        changed = sorted({name for entry in entries for name in entry[b"stories"].decode().split()})
        states: list[Any] = self._redis.hmget(self._keys.live, changed) if changed else []
        if any(entry[b"table"] for entry in entries):
            table = _whole_table(self._redis.get(self._keys.terms))
            return LiveStoriesDelta(dict(zip(changed, states, strict=True)), {}, table, means)
        counts = _sum_counts([entry[b"terms"] for entry in entries])
        return LiveStoriesDelta(dict(zip(changed, states, strict=True)), counts, None, means)


def _whole_table(stored: bytes | str | None) -> bytes:
    """Redis keeps the table only as far as its last counter that was ever raised."""
    return as_bytes(stored or b"").ljust(4 * TERM_BUCKETS, b"\0")


def _sum_counts(packed: list[bytes]) -> dict[int, int]:
    total: dict[int, int] = {}
    for each in packed:
        for bucket, count in unpack_term_counts(each).items():
            total[bucket] = total.get(bucket, 0) + count
    return total
