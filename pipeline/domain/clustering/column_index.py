"""Recognises the next issue of a column among the live stories."""

from __future__ import annotations

from collections.abc import Iterable

from pipeline.domain.clustering.columns import Forms, is_next_issue
from pipeline.domain.clustering.member import LiveMember
from pipeline.domain.clustering.member_index import MemberIndex


class ColumnIndex(MemberIndex[int]):
    """Dated members, under the forms of their headlines."""

    def keys(self, member: LiveMember) -> Iterable[int]:
        """See MemberIndex."""
        return () if member.published_at is None else member.forms

    def is_issue(self, forms: Forms, published_at: float | None) -> bool:
        """Whether the outlet had an earlier issue of what this article is a part of."""
        return published_at is not None and any(
            is_next_issue(at, abs(published_at - member.published_at))
            for at, form in enumerate(forms)
            for member, _ in self.found(form).values()
            if member.published_at is not None
        )
