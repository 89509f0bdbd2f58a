"""The training of topics, on made-up vectors."""

from __future__ import annotations

import numpy as np

from benchmarks.topics.fitting import CODES, fit
from benchmarks.topics.report import figures
from benchmarks.topics.sets import EXAMPLES, FOLDER, Labelled

DIMS = 24


def event(set_name: str, topic: int, seed: int) -> Labelled:
    """Its vector points into the direction of its topic, more or less."""
    vector = np.random.default_rng(seed).normal(0.0, 0.25, DIMS)
    vector[topic] += 1.0
    said = (CODES[topic][:2],)
    return Labelled(set_name, "en", said, said, (vector / np.linalg.norm(vector)).astype(np.float32))


def made(set_name: str, a_topic: int) -> list[Labelled]:
    return [
        event(set_name, topic, 1_000 * len(set_name) + 17 * number + topic)
        for number in range(a_topic)
        for topic in range(len(CODES))
    ]


def test_a_head_tells_the_topics_of_events_that_it_never_saw() -> None:
    head = fit([*made(EXAMPLES, 3), *made("one", 1), *made("other", 1)])
    found = figures([(each, head) for each in made("unseen", 2)])
    assert found["right"] > 0.7
    assert found["told"] > 0.5
    assert found["precision"] > 0.9


def test_where_the_labels_of_other_sets_mean_nothing_hardly_a_topic_is_told() -> None:
    shuffled = [event(name, (at + 5) % len(CODES), at) for name in ("one", "two") for at in range(17)]
    wrong = [
        Labelled(each.set_name, "en", (CODES[at % 17][:2],), (CODES[at % 17][:2],), each.vector)
        for at, each in enumerate(shuffled)
    ]
    head = fit([*made(EXAMPLES, 3), *wrong])
    assert figures([(each, head) for each in made("unseen", 2)])["told"] < 0.2


def test_every_example_and_label_names_topics_that_there_are() -> None:
    known = {code[:2] for code in CODES}
    examples = [line.split("\t")[0] for line in (FOLDER / "examples.tsv").read_text().splitlines()]
    labels = [each for line in (FOLDER / "labels.tsv").read_text().splitlines() for each in line.split("\t")[2:]]
    said = {topic for each in examples + labels for topic in each.split(",")}
    assert said == known
