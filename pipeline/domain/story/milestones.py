"""Members after which the story said something new that others then took up.

A sentence is a milestone when nothing before it said the like and a later article of another outlet does,
or when it changes an evolving figure (a toll, a burned area). What nobody takes up is no milestone yet: it
can become one with a later revision.
"""

from __future__ import annotations

from collections.abc import Set

import numpy as np

from groundswell.record import Milestone
from pipeline.domain.story.contradictions import Claims
from pipeline.domain.story.material import Candidate
from pipeline.domain.story.points import Weighed
from pipeline.domain.story.similarity import Matrix

MAX_MILESTONES = 8
NEW_BELOW = 0.3
"""Likeness to everything before, below which a sentence is new."""

TAKEN_UP_FROM = 0.28
"""Likeness of a later sentence by another outlet, from which it takes the point up."""

WEAKEST = 0.3
"""A milestone weighs at least this part of the heaviest sentence."""


def milestones_of(weighed: Weighed, claims: Claims) -> list[Milestone]:
    """Oldest first, the opening always among them; at most one per article."""
    usable = [i for i, each in enumerate(weighed.candidates) if each.sentence.quotable]
    if not usable:
        return []
    best: dict[int, tuple[float, int]] = {}
    worth = _worth(weighed, claims.changes())
    for number in usable:
        item = weighed.candidates[number].item.number
        weight = float(worth[number])
        if weight > best.get(item, (0.0, 0))[0]:
            best[item] = (weight, number)
    # Candidates come by member and position: the first usable one is how the story began.
    opening = usable[0]
    best[weighed.candidates[opening].item.number] = (float("inf"), opening)
    kept = sorted(best.values(), key=lambda each: (-each[0], each[1]))[:MAX_MILESTONES]
    return [_milestone(weighed.candidates[number]) for number in sorted(number for _, number in kept)]


def _worth(weighed: Weighed, changes: Set[tuple[int, str]]) -> Matrix:
    """Per candidate; 0 for what is no milestone."""
    items = np.array([each.item.number for each in weighed.candidates])
    sources = np.array([each.item.source for each in weighed.candidates])
    before = items[None, :] < items[:, None]
    after = (items[None, :] > items[:, None]) & (sources[None, :] != sources[:, None])
    known = np.where(before, weighed.similarity, 0.0).max(axis=1)
    taken_up = np.where(after, weighed.similarity, 0.0).max(axis=1)
    weights = np.array(weighed.weights)
    heaviest = float(weights.max())
    new = (known < NEW_BELOW) & (taken_up >= TAKEN_UP_FROM) & (weights >= WEAKEST * heaviest)
    worth: Matrix = np.where(new, weights, 0.0)
    for number, each in enumerate(weighed.candidates):
        if (each.item.number, each.sentence.text) in changes:
            worth[number] = 2 * heaviest
    return worth


def _milestone(candidate: Candidate) -> Milestone:
    article = candidate.item.article
    return Milestone(
        at=article.published_at,
        text=candidate.sentence.text,
        article_id=article.article_id,
        outlet=candidate.item.label,
    )
