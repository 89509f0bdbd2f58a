"""Finds the article whose body a new one repeats: locality-sensitive hashing over MinHash bands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pipeline.domain.clustering.member import LiveMember
from pipeline.domain.clustering.member_index import MemberIndex
from pipeline.domain.clustering.reprints import SAME_TEXT, Signature, band_keys, similarity


@dataclass(frozen=True)
class Original:
    """The earlier article, and where it is."""

    member: LiveMember
    story_id: str


class ReprintIndex(MemberIndex[bytes]):
    """Kept members that are not reprints themselves, under the keys of their bands."""

    def keys(self, member: LiveMember) -> Iterable[bytes]:
        """See MemberIndex."""
        return () if member.reprint else band_keys(member.signature)

    def original_of(self, signature: Signature) -> Original | None:
        """The most similar earlier article, if it is similar enough to be the original."""
        alike = {
            article_id: entry for key in band_keys(signature) for article_id, entry in self.found(key).items()
        }
        if not alike:
            return None
        scores = {each: similarity(signature, member.signature) for each, (member, _) in alike.items()}
        best = min(alike, key=lambda each: (-scores[each], alike[each][0].sequence, each))
        return Original(*alike[best]) if scores[best] >= SAME_TEXT else None
