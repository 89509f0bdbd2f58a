"""Recognises the next issue of a column among the live stories."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from pipeline.domain.clustering.columns import Forms, is_next_issue
from pipeline.domain.clustering.member import LiveMember
from pipeline.domain.clustering.member_index import MemberIndex
from pipeline.domain.clustering.packed_stories import PackedStories
from pipeline.domain.clustering.story_columns import MemberColumns, Places


class ColumnIndex(MemberIndex[float]):
    """Times of dated members, under the forms of their headlines."""

    def __init__(self, stories: PackedStories) -> None:
        super().__init__(stories, "f8")

    def entries(self, row: int, member: LiveMember) -> Iterable[tuple[int, float]]:  # noqa: ARG002
        """See MemberIndex."""
        return () if member.published_at is None else ((form, member.published_at) for form in member.forms)

    def entries_of(
        self,
        rows: Places,  # noqa: ARG002
        members: MemberColumns,
    ) -> tuple[NDArray[np.uint32], NDArray[np.float64]]:
        """See MemberIndex."""
        times = members.published_at[members.form_of]
        dated = ~np.isnan(times)
        return members.forms[dated], times[dated]

    def is_issue(self, forms: Forms, published_at: float | None) -> bool:
        """Whether the outlet had an earlier issue of what this article is a part of."""
        return published_at is not None and any(
            is_next_issue(at, abs(published_at - issued))
            for at, form in enumerate(forms)
            for issued in self._table.found(form)
        )
