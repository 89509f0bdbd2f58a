"""A live story with one article less, or with another version of one.

A large story keeps the vectors of a few members only. Where an article that it did not keep leaves or changes, the
mean of the story stands for the vector that is gone: the sums stay unbiased, and exact as long as nothing was
forgotten.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pipeline.domain.clustering.member import LiveMember
from pipeline.domain.clustering.notes import released
from pipeline.domain.clustering.story import LiveStory, of_members, without


def kept_version(story: LiveStory, article_id: str) -> LiveMember | None:
    """The article as the story keeps it."""
    return next((each for each in story.members if each.article_id == article_id), None)


def left(story: LiveStory, article_id: str) -> LiveStory | None:
    """The story after the article left; None where nothing is left that could be compared."""
    if kept_version(story, article_id) is not None:
        return without(story, frozenset((article_id,))) if len(story.members) > 1 else None
    staying = story.size - 1
    notes = released(story.notes, (article_id,))
    return replace(story, total=story.total * np.float32(staying / story.size), size=staying, notes=notes)


def exchanged(story: LiveStory, member: LiveMember) -> LiveStory:
    """The story with this version of the article in the place of the one before."""
    before = kept_version(story, member.article_id)
    members = tuple(member if each is before else each for each in story.members)
    if story.size == len(members):  # nothing forgotten: recompute instead of subtracting
        return of_members(story.story_id, members, story.notes)
    gone = before.vector if before is not None else story.total / np.float32(story.size)
    dates = [each for each in (story.last_at, member.published_at) if each is not None]
    return replace(
        story, members=members, total=story.total - gone + member.vector, last_at=max(dates, default=None)
    )
