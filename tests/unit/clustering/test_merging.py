"""In which order pairs of stories are merged, and what is judged anew meanwhile."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest

from pipeline.domain.clustering.repair import LINK_WEIGHT, StoryPair, story_pair
from pipeline.domain.clustering.types import Merge
from tests.unit.clustering.helpers import article, clustering, committed

AB, BC, AC, DE = (story_pair(*each) for each in ("ab", "bc", "ac", "de"))


@pytest.mark.parametrize("still_alike", [True, False])
def test_the_likeliest_pair_is_merged_first_and_what_that_changed_is_judged_anew(
    still_alike: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged: list[list[StoryPair]] = []
    merged: list[StoryPair] = []

    def alike(pairs: Iterable[StoryPair], _: object) -> dict[StoryPair, float]:
        judged.append([*pairs])
        if len(judged) == 1:
            return {DE: 1.0, BC: 2.0, AB: 3.0}
        return dict.fromkeys(judged[-1], 2.0) if still_alike else {}

    def merge(pair: StoryPair, _: object) -> Merge:
        merged.append(pair)
        return Merge(pair.one, pair.other)

    repair = clustering()._repair
    monkeypatch.setattr(repair, "_alike", alike)
    monkeypatch.setattr(repair, "merge", merge)
    merges = repair.merge_all([AB, BC, DE], np.ones(1, np.float32))
    assert judged == [[AB, BC, DE], [AC]]
    assert merged == ([AB, AC, DE] if still_alike else [AB, DE])
    assert [story_pair(each.survivor, each.absorbed) for each in merges] == merged


def test_stories_agree_more_the_nearer_they_are_as_wholes() -> None:
    live = clustering()
    one, other = committed(live, [article(0, 0), article(1, 0)]).values()
    pair, repair = story_pair(one, other), live._repair
    links = {pair: repair._link(pair)}
    (agreement,) = repair._agreements(links, lambda visits, _: np.full(len(visits), 2.0), live._idf()).values()
    assert agreement == pytest.approx(2.0 + LINK_WEIGHT * links[pair])
    assert repair._link(pair) != 0.0
