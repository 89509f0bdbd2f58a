"""Hides again what a desk had hidden, after Redis lost that: the last records on the topic know it.

A publisher marks the stories, before it publishes anything: so their records are empty. Clusterers, who alone may
write live states, give those the desk's note.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from redis import Redis

from groundswell.record import Status
from pipeline.adapters.store.client import as_text
from pipeline.adapters.store.correction_log import CorrectionLog
from pipeline.adapters.store.keys import Keys
from pipeline.adapters.store.scripts import load_script
from pipeline.adapters.store.settlement import Published
from pipeline.settings import RedisSettings

HIDE, UNHIDE = "hide", "unhide"
"""As entries of the log name them; who publishes loads no clustering."""


@dataclass(frozen=True)
class Marked:
    """A story that was marked, as it is now."""

    story_id: str
    hidden: bool
    """Whether it still bears the mark: a desk may have taken it off."""
    state: bytes | None
    """Of the clustering; None where the story is not live, be it not yet."""
    status: Status | None
    """None where the store does not have the story, or not yet."""
    merged_into: str | None


class HiddenAgain:
    """Of one edition."""

    def __init__(self, redis: Redis, settings: RedisSettings) -> None:
        self._redis = redis
        self._keys = Keys(settings.edition)
        self._log = CorrectionLog(redis, settings)
        self._retention_s = int(settings.retention_s)
        self._script = load_script(redis, "hide_again")

    def mark(self, published: Iterable[Published]) -> list[str]:
        """Let the records of these be empty from now on, unless a desk unhid them after their last record.

        Also of those that the store has no more: their articles are read again, and would open them as if nothing
        had been. Returns ids of those that were shown.
        """
        return [
            each.story_id
            for each in published
            if each.hidden
            and not self._unhidden_since(each)
            and self._script(keys=[self._keys.prefix], args=[each.story_id, self._retention_s])
        ]

    def waiting(self) -> list[Marked]:
        """Those that were marked, and of which it is not known yet that the clustering knows it."""
        ids = [as_text(each) for each in self._redis.hkeys(self._keys.hidden_again)]
        with self._redis.pipeline(transaction=True) as pipe:
            for each in ids:
                pipe.hmget(self._keys.story(each), ["hidden", "status", "merged_into"])
                pipe.hget(self._keys.live, each)
            answers = pipe.execute() if ids else []
        return [
            _marked(story_id, state, *fields)
            for story_id, fields, state in zip(ids, answers[::2], answers[1::2], strict=True)
        ]

    def forget(self, story_ids: Sequence[str]) -> None:
        """These wait no more."""
        if story_ids:
            self._redis.hdel(self._keys.hidden_again, *story_ids)

    def _unhidden_since(self, published: Published) -> bool:
        """Whether the store, other than the topic, knows of a desk that changed its mind.

        The revision alone does not tell: an older state of the story may have got articles since the loss.
        """
        said = [each for each in self._log.of_story(published.story_id) if each.entry.action in (HIDE, UNHIDE)]
        return bool(said) and said[-1].entry.action == UNHIDE and said[-1].first.number > published.revision


def _marked(
    story_id: str, state: bytes | None, mark: bytes | None, status: bytes | None, heir: bytes | None
) -> Marked:
    return Marked(
        story_id,
        mark is not None,
        state,
        Status(as_text(status)) if status else None,
        as_text(heir) if heir else None,
    )
