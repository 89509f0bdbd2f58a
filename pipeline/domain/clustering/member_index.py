"""Finds kept members of live stories by keys: what the indexes of reprints, columns and templates share."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from types import MappingProxyType
from typing import Generic, TypeVar

from pipeline.domain.clustering.member import LiveMember
from pipeline.domain.clustering.story import LiveStory

Key = TypeVar("Key", bound=Hashable)
_NOTHING: Mapping[str, tuple[LiveMember, str]] = MappingProxyType({})


class MemberIndex(Generic[Key]):
    """Members under their keys, each with the story that holds it."""

    def __init__(self) -> None:
        self._members: dict[Key, dict[str, tuple[LiveMember, str]]] = {}

    def keys(self, member: LiveMember) -> Iterable[Key]:
        """Under which keys a member is found."""
        raise NotImplementedError

    def replace(self, previous: LiveStory | None, story: LiveStory | None) -> None:
        """Follow a story's change; either side is None where it did not or does not exist."""
        if previous is not None:
            for member in previous.members:
                for key in self.keys(member):
                    self._drop(key, member.article_id, previous.story_id)
        if story is not None:
            for member in story.members:
                for key in self.keys(member):
                    self._members.setdefault(key, {})[member.article_id] = (member, story.story_id)

    def found(self, key: Key) -> Mapping[str, tuple[LiveMember, str]]:
        """Article id -> member and story id."""
        return self._members.get(key, _NOTHING)

    def _drop(self, key: Key, article_id: str, story_id: str) -> None:
        """Forget the article, unless another story holds it by now: stories change one after the other."""
        entries = self._members.get(key)
        if entries is not None and article_id in entries and entries[article_id][1] == story_id:
            del entries[article_id]
            if not entries:
                del self._members[key]
