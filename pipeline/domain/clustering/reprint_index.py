"""Finds the article whose body a new one repeats: locality-sensitive hashing over MinHash bands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.domain.clustering.member import LiveMember
from pipeline.domain.clustering.member_index import StoredMembers
from pipeline.domain.clustering.reprints import BANDS, SAME_TEXT, Signature, band_keys, bands, similarity
from pipeline.domain.clustering.story_columns import MemberColumns, Places


@dataclass(frozen=True)
class Original:
    """The earlier article, and where it is."""

    member: LiveMember
    story_id: str


class ReprintIndex(StoredMembers):
    """Kept members that are not reprints themselves, under hashes of their bands."""

    def keys(self, member: LiveMember) -> Iterable[int]:
        """See StoredMembers."""
        return () if member.reprint else band_keys(member.signature).ravel().tolist()

    def keys_of(self, members: MemberColumns) -> tuple[NDArray[np.uint32], Places]:
        """See StoredMembers."""
        original = ~members.reprint[members.signed]
        keys = band_keys(members.signatures[original])
        return keys.ravel(), np.repeat(members.signed[original], BANDS)

    def original_of(self, signature: Signature) -> Original | None:
        """The most similar earlier article, if it is similar enough to be the original."""
        asked = bands(signature)
        alike = [
            (similarity(signature, member.signature), Original(member, story_id))
            for member, story_id in self.found(band_keys(signature).ravel().tolist())
            if not member.reprint and member.signature.size and (asked == bands(member.signature)).any()
        ]
        if not alike:
            return None
        score, best = min(alike, key=lambda each: (-each[0], each[1].member.sequence, each[1].member.article_id))
        return best if score >= SAME_TEXT else None
