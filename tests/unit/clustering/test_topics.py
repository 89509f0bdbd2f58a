"""What a story is about: told where it is sure, from the vectors that the clustering has."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from groundswell.media_topics import MEDIA_TOPICS, NARROWER_TOPICS
from pipeline.domain.clustering import Clustering
from pipeline.domain.clustering.topics import TopicHead, load_topics
from pipeline.domain.encoder.models import MULTILINGUAL
from pipeline.domain.encoder_names import quantised_name
from tests.unit.clustering.helpers import DIMS, MODEL, article

AXES = TopicHead(
    codes=("15000000", "11000000", "03000000"),
    weights=8 * np.eye(3, DIMS, dtype=np.float32),
    offsets=np.full(3, -2.0, dtype=np.float32),
    threshold=0.8,
)
"""Made-up topics: each is a direction of the made-up vectors."""


def along(*parts: float) -> np.ndarray:
    vector = np.zeros(DIMS, dtype=np.float32)
    vector[: len(parts)] = parts
    return vector / np.linalg.norm(vector)


def told(*parts: float) -> list[str]:
    return [each.code for each in AXES.of(along(*parts))]


def test_a_topic_is_told_where_it_is_sure_and_none_where_nothing_is() -> None:
    assert told(1.0) == ["15000000"]
    assert told(0.0, 0.0, 0.0, 1.0) == []


def test_a_confidence_is_a_probability() -> None:
    (guess,) = AXES.of(along(1.0))
    assert guess.confidence == pytest.approx(1 / (1 + np.exp(-6.0)))


def test_of_several_topics_the_surest_two_are_told_the_surer_first() -> None:
    assert told(0.7, 0.9) == ["11000000", "15000000"]
    assert told(0.9, 1.0, 0.95) == ["11000000", "03000000"]


def test_of_topics_that_are_equally_sure_the_first_are_told() -> None:
    codes = tuple(f"{number:08}" for number in range(50))
    alike = TopicHead(codes, np.ones((50, DIMS), np.float32), np.full(50, 3.0, np.float32), 0.8)
    assert [each.code for each in alike.of(along(1.0))] == ["00000000", "00000001"]


def test_a_head_is_read_as_it_was_written_with_the_parts_of_its_topics(tmp_path: Path) -> None:
    def topic(*weights: float, offset: float = 0.0) -> dict[str, object]:
        return {"weights": weights, "offset": offset}

    parts = {"a1": topic(5.0, 0.0), "a2": topic(6.0, 0.0)}
    artifact = tmp_path / "topics.json"
    artifact.write_text(
        json.dumps({
            "version": 2, "encoder": MULTILINGUAL, "threshold": 0.5,
            "topics": {"a": topic(1.0, 0.0), "b": topic(0.0, 1.0, offset=-3.0)},
            "narrower": {"threshold": 0.9, "topics": {"a": parts}},
        }),
        "utf-8",
    )  # fmt: skip
    head = load_topics(MULTILINGUAL, artifact)
    assert head is not None
    assert [each.code for each in head.of(np.array([1.0, 1.0], np.float32))] == ["a", "a2"], (
        "the surest part alone"
    )
    assert head.confidences(np.array([0.0, 1.0], np.float32)) == pytest.approx([0.5, 1 / (1 + np.exp(2.0))])


def test_the_shipped_head_is_for_the_vectors_of_the_shipped_encoder_alone() -> None:
    whole, int8 = load_topics(MULTILINGUAL), load_topics(quantised_name(MULTILINGUAL))
    assert whole is not None
    assert int8 is not None
    assert whole.codes == tuple(MEDIA_TOPICS)
    assert load_topics("another/encoder") is None


def test_a_topic_that_is_told_is_followed_by_its_surest_part_where_that_is_sure() -> None:
    parts = replace(AXES, codes=("20000822", "20001108", "20001124"))
    whole = replace(AXES, narrower={"11000000": parts})
    assert [each.code for each in whole.of(along(0.2, 1.0))] == ["11000000", "20001108"]
    assert [each.code for each in whole.of(along(1.0))] == ["15000000"], "it has no parts"
    unsure = replace(whole, narrower={"11000000": replace(parts, threshold=1.0)})
    assert [each.code for each in unsure.of(along(0.2, 1.0))] == ["11000000"]


def test_the_shipped_parts_are_of_the_topics_that_they_belong_to() -> None:
    head = load_topics(MULTILINGUAL)
    assert head is not None
    told = {part: broader for broader, parts in head.narrower.items() for part in parts.codes}
    assert told == {part: broader for part, (broader, _) in NARROWER_TOPICS.items()}


def test_a_story_has_the_topics_of_its_vector_in_each_change() -> None:
    live = Clustering(MODEL, topics=AXES)
    for number in range(2):
        changes = live.assign([article(0, number), article(2, number), article(3, number)])
        live.commit()
        about = {
            each.article_id: [guess.code for guess in changes.hints[each.story_id].topics]
            for each in changes.assignments
        }
        expected = {0: ["15000000"], 2: ["03000000"], 3: []}
        assert about == {article(topic, number).article_id: codes for topic, codes in expected.items()}


def test_without_a_head_no_topic_is_told() -> None:
    changes = Clustering(MODEL).assign([article(0, 0)])
    assert [each.topics for each in changes.hints.values()] == [()]
