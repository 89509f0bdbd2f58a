"""Text that an article shares with another without being about the same: quoted agency reports, consent texts.

What an article is about stands in its title. Where two bodies share sentences and the title of the newer one isn't
told by the older, the likeness of their words and vectors is borrowed and says nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.domain.clustering.member import LiveMember
from pipeline.domain.clustering.reprints import HASHES
from pipeline.domain.clustering.story import LiveStory
from pipeline.domain.clustering.terms import TITLE, Terms

SHARED = 0.15
"""Estimated similarity of shingles from which on two bodies share sentences; different texts have next to none."""

TITLE_TOLD = 0.3
"""Share of the title's words, by rarity, that an article on the same subject tells too."""


def title_told(terms: Terms, other: Terms, idf: NDArray[np.float32]) -> bool:
    """Whether an article tells of another one's title: a copy has a new title, no new subject."""
    title = terms.marked(TITLE)
    return float(idf[title[np.isin(title, other.ids)]].sum()) >= TITLE_TOLD * float(idf[title].sum())


def shares_text(member: LiveMember, stories: Sequence[LiveStory]) -> list[bool]:
    """Of each story, whether any of its kept members has sentences that the article has too."""
    if member.signature.size == 0 or not stories:
        return [False] * len(stories)
    counts = np.array([len(each.signed) for each in stories])
    shared = _shared(member, np.concatenate([each.signatures for each in stories]))
    if not shared.any():
        return [False] * len(stories)
    return [bool(each.any()) for each in np.split(shared, np.cumsum(counts)[:-1])]


def is_borrower(member: LiveMember, story: LiveStory, idf: NDArray[np.float32]) -> bool:
    """Whether the article shares text, but not the subject of its title, with half of the story's kept members."""
    if member.signature.size == 0 or 2 * len(story.signed) < len(story.members):
        return False
    shared = _shared(member, story.signatures)
    sources = [each for each, share in zip(story.signed, shared, strict=True) if share]
    return 2 * sum(not title_told(member.terms, each.terms, idf) for each in sources) >= len(story.members)


def _shared(member: LiveMember, signatures: NDArray[np.uint32]) -> NDArray[np.bool_]:
    """Shape (n,), for signatures of shape (n, HASHES)."""
    equal: NDArray[np.bool_] = np.count_nonzero(signatures == member.signature, axis=1) >= SHARED * HASHES
    return equal
