"""Members and stories written by hand: every value is said, so that what comes of it can be computed on paper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.domain.clustering.member import LiveMember
from pipeline.domain.clustering.story import LiveStory, of_members
from pipeline.domain.clustering.terms import NAME, NUMBER, TITLE, Terms
from pipeline.domain.clustering.types import TERM_BUCKETS


def vector(*values: float) -> NDArray[np.float32]:
    return np.array(values, dtype=np.float32)


def terms(weights: Mapping[int, float] | Sequence[int] = (), *, names: Sequence[int] = (),
          numbers: Sequence[int] = (), title: Sequence[int] = ()) -> Terms:  # fmt: skip
    """Terms by bucket, with their weights (1 where only buckets are given) and marks."""
    given = weights if isinstance(weights, Mapping) else dict.fromkeys(weights, 1.0)
    all_of = dict.fromkeys([*names, *numbers, *title], 1.0) | dict(given)
    ids = sorted(all_of)
    marks = [NAME * (each in names) | NUMBER * (each in numbers) | TITLE * (each in title) for each in ids]
    return Terms(
        np.array(ids, dtype=np.int32),
        np.array([all_of[each] for each in ids], dtype=np.float32),
        np.array(marks, dtype=np.uint8),
    )


def member(article_id: str, values: Sequence[float] = (1.0, 0.0), **parts: Any) -> LiveMember:
    plain: dict[str, Any] = {"terms": terms(), "published_at": None, "sequence": 0, "has_body": False}
    return LiveMember(article_id=article_id, vector=vector(*values), **{**plain, **parts})


def story(*members: LiveMember, story_id: str = "s") -> LiveStory:
    return of_members(story_id, members)


def idf(**rarity: float) -> NDArray[np.float32]:
    """1 for every term but those named `t7=2.0`."""
    table = np.ones(TERM_BUCKETS, dtype=np.float32)
    for name, value in rarity.items():
        table[int(name.removeprefix("t"))] = value
    return table
