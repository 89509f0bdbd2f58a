"""Text that an article shares with another without being about the same: quoted agency reports, consent texts.

What an article is about stands in its title. Where two bodies share sentences and the title of the newer one isn't
told by the older, the likeness of their words and vectors is borrowed and says nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

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


def share_text(members: Sequence[LiveMember], stories: Sequence[Sequence[LiveStory]]) -> list[list[bool]]:
    """Of each of an article's stories, whether any of its kept members has sentences that the article has too.

    `stories` has one sequence for each article.
    """
    asked = [(member, story) for member, own in zip(members, stories, strict=True) for story in own]
    telling = [at for at, (member, story) in enumerate(asked) if member.signature.size and story.signed]
    shares = np.zeros(len(asked), dtype=np.bool_)
    if telling:
        theirs = [asked[at][1].signatures for at in telling]
        counts = np.array([len(each) for each in theirs], dtype=np.int64)
        own = np.repeat(np.stack([asked[at][0].signature for at in telling]), counts, axis=0)
        starts = np.cumsum(counts) - counts
        shares[telling] = np.logical_or.reduceat(_shared(own, np.concatenate(theirs)), starts)
    each_in_order = iter(shares.tolist())
    return [[*islice(each_in_order, len(own))] for own in stories]


def is_borrower(member: LiveMember, story: LiveStory, idf: NDArray[np.float32]) -> bool:
    """Whether the article shares text, but not the subject of its title, with half of the story's kept members."""
    if member.signature.size == 0 or 2 * len(story.signed) < len(story.members):
        return False
    shared = _shared(member.signature, story.signatures)
    sources = [each for each, share in zip(story.signed, shared, strict=True) if share]
    return 2 * sum(not title_told(member.terms, each.terms, idf) for each in sources) >= len(story.members)


def _shared(own: NDArray[np.uint32], theirs: NDArray[np.uint32]) -> NDArray[np.bool_]:
    """Shape (n,), for signatures of shape (n, HASHES); `own` may be one for all."""
    equal: NDArray[np.bool_] = np.count_nonzero(theirs == own, axis=1) >= SHARED * HASHES
    return equal
