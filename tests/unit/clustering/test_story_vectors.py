"""The vector of a story that its record may tell: where its centroid points."""

from __future__ import annotations

import numpy as np

from pipeline.domain.clustering import Clustering
from pipeline.domain.clustering.desk import Action, Order, corrected
from pipeline.domain.clustering.story import LiveStory
from pipeline.domain.clustering.story_codec import decode_story
from pipeline.domain.clustering.types import Changes
from tests.unit.clustering.helpers import MODEL, article


def stories(live: Clustering) -> dict[str, LiveStory]:
    return {each: decode_story(state) for each, state in live.snapshot().states.items()}


def agrees(changes: Changes, story: LiveStory) -> bool:
    told = np.frombuffer(changes.hints[story.story_id].vector, np.int8).astype(np.float32)
    return bool(told @ story.centroid > 0.999 * np.linalg.norm(told))


def test_each_change_of_a_story_says_where_its_centroid_points() -> None:
    live = Clustering(MODEL)
    for number in range(3):
        changes = live.assign([article(0, number), article(2, number)])
        live.commit()
        held = stories(live)
        assert all(agrees(changes, held[each.story_id]) for each in changes.assignments)


def test_a_correction_by_a_desk_says_it_too() -> None:
    live = Clustering(MODEL)
    live.assign([article(0, 0), article(2, 0)])
    live.commit()
    survivor, absorbed = sorted(stories(live))
    changes = corrected(Order(Action.MERGE, survivor, absorbed), stories(live), {}, {}, None)
    assert agrees(changes, decode_story(changes.states[survivor]))
