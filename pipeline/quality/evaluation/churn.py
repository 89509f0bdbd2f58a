"""Follows story ids through changes and counts articles whose id changes late.

An article's first hour is free: readers and subscribers have hardly seen it. A change after that is churn.
The hour is counted by publication times; for an undated article it lasts until GRACE_ARTICLES later ones were
decided. Merges and splits are told apart: a merge leaves a redirect, a split moves the article to an id that
nobody knows. An article counts once for each of them, and once for both together, however often its id changes.
"""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.domain.clustering.types import Changes

GRACE_S = 3_600.0
GRACE_ARTICLES = 64


@dataclass(frozen=True)
class Churn:
    """Articles whose id changed late, per 1,000 articles."""

    late_merges: float
    """By a merge."""
    late_splits: float
    """By a split."""
    either: float
    """By a merge, a split or both."""


@dataclass
class _Life:
    story_id: str
    published_at: float | None
    position: int


class StoryIds:
    """The current story id of every article."""

    def __init__(self) -> None:
        self._lives: dict[str, _Life] = {}
        self._members: dict[str, set[str]] = {}
        self._merged: set[str] = set()
        self._split: set[str] = set()
        self._now: float | None = None

    def follow(self, changes: Changes, published_at: dict[str, float | None]) -> None:
        """Apply one batch's or sweep's changes; `published_at` covers its new articles."""
        for each in changes.assignments:
            at = published_at.get(each.article_id)
            self._lives[each.article_id] = _Life(each.story_id, at, len(self._lives))
            self._members.setdefault(each.story_id, set()).add(each.article_id)
            if at is not None:
                self._now = at if self._now is None else max(self._now, at)
        for merge in changes.merges:
            for article_id in self._members.pop(merge.absorbed, set()):
                self._move(article_id, merge.survivor, self._merged)
        for split in changes.splits:
            for article_id in split.article_ids:
                self._members[split.story_id].discard(article_id)
                self._move(article_id, split.new_story_id, self._split)

    def of(self, article_id: str) -> str:
        """The article's story now."""
        return self._lives[article_id].story_id

    @property
    def churn(self) -> Churn:
        """Articles whose id changed after their grace."""
        return Churn(
            *(
                1_000.0 * len(each) / max(1, len(self._lives))
                for each in (self._merged, self._split, self._merged | self._split)
            )
        )

    def _move(self, article_id: str, story_id: str, late: set[str]) -> None:
        life = self._lives[article_id]
        life.story_id = story_id
        self._members.setdefault(story_id, set()).add(article_id)
        if self._is_late(life):
            late.add(article_id)

    def _is_late(self, life: _Life) -> bool:
        if life.published_at is not None and self._now is not None:
            return self._now - life.published_at > GRACE_S
        return len(self._lives) - life.position > GRACE_ARTICLES
