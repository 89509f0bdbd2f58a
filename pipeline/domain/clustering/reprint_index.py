"""Finds the article whose body a new one repeats: locality-sensitive hashing over MinHash bands."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass

from pipeline.domain.clustering.member import LiveMember
from pipeline.domain.clustering.member_index import StoredMembers
from pipeline.domain.clustering.reprints import SAME_TEXT, Signature, band_keys, similarity


@dataclass(frozen=True)
class Original:
    """The earlier article, and where it is."""

    member: LiveMember
    story_id: str


class ReprintIndex(StoredMembers):
    """Kept members that are not reprints themselves, under hashes of their bands."""

    def keys(self, member: LiveMember) -> Iterable[int]:
        """See StoredMembers."""
        return () if member.reprint else map(zlib.crc32, band_keys(member.signature))

    def original_of(self, signature: Signature) -> Original | None:
        """The most similar earlier article, if it is similar enough to be the original."""
        bands = set(band_keys(signature))
        alike = [
            (similarity(signature, member.signature), Original(member, story_id))
            for member, story_id in self.found(map(zlib.crc32, bands))
            if not member.reprint and not bands.isdisjoint(band_keys(member.signature))
        ]
        if not alike:
            return None
        score, best = min(alike, key=lambda each: (-each[0], each[1].member.sequence, each[1].member.article_id))
        return best if score >= SAME_TEXT else None
