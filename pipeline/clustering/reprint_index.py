"""Finds the article whose body a new one repeats: locality-sensitive hashing over MinHash bands."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.clustering.member import Member
from pipeline.clustering.reprints import SAME_TEXT, Signature, band_keys, similarity
from pipeline.clustering.story import LiveStory


@dataclass(frozen=True)
class Original:
    """The earlier article, and where it is."""

    article_id: str
    story_id: str


class ReprintIndex:
    """Kept members that are not reprints themselves, under the keys of their bands."""

    def __init__(self) -> None:
        self._bands: dict[bytes, dict[str, tuple[Signature, str, int]]] = {}

    def replace(self, previous: LiveStory | None, story: LiveStory | None) -> None:
        """Follow a story's change; either side is None where it did not or does not exist."""
        if previous is not None:
            for member in previous.members:
                for key in _keys(member):
                    self._drop(key, member.article_id, previous.story_id)
        for member in story.members if story else ():
            for key in _keys(member):
                entry = (member.signature, story.story_id if story else "", member.sequence)
                self._bands.setdefault(key, {})[member.article_id] = entry

    def original_of(self, signature: Signature) -> Original | None:
        """The most similar earlier article, if it is similar enough to be the original."""
        found: dict[str, tuple[float, int, str]] = {}
        for key in band_keys(signature):
            for article_id, (other, story_id, sequence) in self._bands.get(key, {}).items():
                if article_id not in found:
                    found[article_id] = (-similarity(signature, other), sequence, story_id)
        if not found:
            return None
        article_id, (score, _, story_id) = min(found.items(), key=lambda item: (item[1][:2], item[0]))
        return Original(article_id, story_id) if -score >= SAME_TEXT else None

    def _drop(self, key: bytes, article_id: str, story_id: str) -> None:
        """Forget the article, unless another story holds it by now: stories change one after the other."""
        entries = self._bands.get(key)
        if entries is not None and article_id in entries and entries[article_id][1] == story_id:
            del entries[article_id]
            if not entries:
                del self._bands[key]


def _keys(member: Member) -> list[bytes]:
    return [] if member.reprint else band_keys(member.signature)
