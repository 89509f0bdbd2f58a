"""Stories as a publisher reads them: again and again, and of a large one only what changed since."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from redis import Redis

from pipeline.adapters.store.client import as_text
from pipeline.adapters.store.keys import Keys
from pipeline.adapters.store.members import LOGGED_MEMBERS, decode_member
from pipeline.adapters.store.scripts import load_script
from pipeline.adapters.store.server import ServerGuard
from pipeline.adapters.store.stories import snapshot_of
from pipeline.domain.story.roll import Roll
from pipeline.domain.story.snapshot import StoredArticle, StorySnapshot
from pipeline.domain.story.sources import OutletLookup
from pipeline.settings import RedisSettings


@dataclass(frozen=True)
class _Answer:
    """What `read.lua` says."""

    fields: dict[bytes, bytes]
    count: int
    """Members of the story."""
    is_change: bool
    """`members` are those that changed since the revision that was known."""
    members: list[tuple[str, bytes | None]]
    """By id; None where it left."""


class KeptStories:
    """Reads stories of one edition and keeps the rolls of the large ones that were read last.

    What is read is the same whatever is kept: a roll changes by what the log of its story says happened since the
    revision that it stands at, and is read anew where the log does not lead from there to the present.
    """

    def __init__(
        self, redis: Redis, settings: RedisSettings, server: ServerGuard, outlets: OutletLookup, most_members: int
    ) -> None:
        """At most `most_members` are kept, of all stories together."""
        self._keys = Keys(settings.edition)
        self._script = load_script(redis, "read")
        self._server = server
        self._outlets = outlets
        self._most_members = most_members
        self._kept: OrderedDict[str, tuple[int, Roll]] = OrderedDict()
        """Revision and members by story, the one that was read last at the end."""
        self._incarnation = ""

    @property
    def kept_members(self) -> int:
        """Of all stories together."""
        return sum(len(roll) for _, roll in self._kept.values())

    def snapshot(self, story_id: str) -> StorySnapshot | None:
        """One revision, read atomically; None where the id is unknown (or long expired).

        Its articles are a roll, which the next reading of this story changes.
        """
        if self._incarnation != self._server.incarnation:  # the same revision may be of another content now
            self._kept.clear()
            self._incarnation = self._server.incarnation
        # Taken out meanwhile: what fails halfway is not kept.
        revision, roll = self._kept.pop(story_id, (None, None))
        answer = self._read(story_id, revision)
        if b"revision" not in answer.fields:
            return None
        if roll is not None and answer.is_change:
            _follow(roll, answer)
            if len(roll) != answer.count:
                answer = self._read(story_id, None)
        if roll is None or not answer.is_change:
            roll = Roll(self._outlets, _members(answer))
        snapshot = snapshot_of(story_id, answer.fields, roll)
        if len(roll) >= LOGGED_MEMBERS:
            self._keep(story_id, snapshot.revision, roll)
        return snapshot

    def _keep(self, story_id: str, revision: int, roll: Roll) -> None:
        self._kept[story_id] = (revision, roll)
        while self.kept_members > self._most_members:
            self._kept.popitem(last=False)

    def _read(self, story_id: str, known: int | None) -> _Answer:
        arguments: list[str | int] = [story_id, "" if known is None else known]
        answer: list[Any] = self._script(keys=[self._keys.prefix], args=arguments)
        fields, count, is_change, members = answer
        names = (as_text(each) for each in members[::2])
        return _Answer(
            dict(zip(fields[::2], fields[1::2], strict=True)), int(count), bool(is_change),
            list(zip(names, members[1::2], strict=True)),
        )  # fmt: skip


def _follow(roll: Roll, answer: _Answer) -> None:
    for article_id, member in answer.members:
        if member is None:
            roll.discard(article_id)
        else:
            roll.put(decode_member(article_id, member))


def _members(answer: _Answer) -> Iterator[StoredArticle]:
    return (decode_member(article_id, member) for article_id, member in answer.members if member is not None)
