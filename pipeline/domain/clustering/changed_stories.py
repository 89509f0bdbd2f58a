"""Stories that a batch changed while it is decided, and how near its articles are to them as they are now."""

from __future__ import annotations

from collections.abc import Iterable, KeysView, Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.domain.clustering.live_stories import LiveStories
from pipeline.domain.clustering.member import LiveMember
from pipeline.domain.clustering.pairs import in_rows


class ChangedStories:
    """Knows of the changes that it is told of."""

    def __init__(self, replica: LiveStories, members: Sequence[LiveMember]) -> None:
        self._replica = replica
        self._columns = {each.article_id: column for column, each in enumerate(members)}
        self._vectors = in_rows([each.vector for each in members]) if members else np.zeros((0, 0), np.float32)
        self._rows: dict[str, int] = {}
        self._likeness = np.zeros((64, len(members)), dtype=np.float32)

    @property
    def ids(self) -> KeysView[str]:
        """Of those that changed or are gone."""
        return self._rows.keys()

    def follow(self, story_ids: Iterable[str]) -> None:
        """These changed, or are gone."""
        alive = []
        for each in story_ids:
            self._rows.setdefault(each, len(self._rows))
            if each in self._replica.stories:
                alive.append(each)
        if alive:
            self._grow()
            centroids = in_rows([self._replica.stories[each].centroid for each in alive])
            self._likeness[[self._rows[each] for each in alive]] = centroids @ self._vectors.T

    def as_near(self, member: LiveMember, least: float) -> list[tuple[float, str]]:
        """Those at least this similar to the article, each id after its similarity, in no order."""
        likeness: NDArray[np.float32] = self._likeness[: len(self._rows), self._columns[member.article_id]]
        near = np.flatnonzero(likeness >= least).tolist()
        if not near:
            return []
        ids, alive = [*self._rows], self._replica.stories
        return [(float(likeness[row]), ids[row]) for row in near if ids[row] in alive]

    def _grow(self) -> None:
        if len(self._rows) > len(self._likeness):
            more = np.zeros((2 * len(self._rows) - len(self._likeness), self._likeness.shape[1]), dtype=np.float32)
            self._likeness = np.concatenate([self._likeness, more])
