"""Knows which patterns headlines of the live stories follow."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from pipeline.domain.clustering.member import LiveMember
from pipeline.domain.clustering.member_index import StoredMembers
from pipeline.domain.clustering.story_columns import MemberColumns, Places
from pipeline.domain.clustering.templates import TOLD, Idf, Template, told


class TemplateIndex(StoredMembers):
    """Members under the patterns of their headlines."""

    def keys(self, member: LiveMember) -> Iterable[int]:
        """See StoredMembers."""
        return (member.template.pattern,) if member.template.pattern else ()

    def keys_of(self, members: MemberColumns) -> tuple[NDArray[np.uint32], Places]:
        """See StoredMembers."""
        patterned = np.flatnonzero(members.pattern)
        return members.pattern[patterned], patterned

    def is_filled_otherwise(self, template: Template, idf: Idf) -> bool:
        """Whether another headline fills the same pattern with other names."""
        return bool(template.pattern) and any(
            told(template.names, np.array(member.template.names), idf) < TOLD
            and told(member.template.names, np.array(template.names), idf) < TOLD
            for member, _ in self.found((template.pattern,))
            if member.template.pattern == template.pattern
        )
