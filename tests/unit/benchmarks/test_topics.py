"""The training of topics, on made-up vectors."""

from __future__ import annotations

import numpy as np

from benchmarks.topics.fitting import CODES, fit
from benchmarks.topics.narrower import DESCRIPTIONS, fit_narrower, read_labels
from benchmarks.topics.report import figures
from benchmarks.topics.sets import EXAMPLES, FOLDER, Labelled
from groundswell.media_topics import NARROWER_TOPICS
from pipeline.domain.clustering.topics import TopicHead

DIMS = 24
WIDE = len(CODES) + len(NARROWER_TOPICS)


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


def test_parts_of_topics_are_told_of_events_that_their_heads_never_saw() -> None:
    codes = [code for code, (of, _) in NARROWER_TOPICS.items() if of == CODES[1]]
    labels = {(name, str(at)): ((code,),) for name in ("one", "two", "new") for at, code in enumerate(codes)}
    del labels["one", "0"], labels["two", "1"]  # so that there is something wrong to be calibrated by
    axes = TopicHead(
        CODES, 9 * np.eye(len(CODES), WIDE, dtype=np.float32), np.full(len(CODES), -3.0, np.float32), 0.5
    )
    pairs = {
        name: [(part(name, code, 7 * len(name) + at, str(at)), axes) for at, code in enumerate(codes)]
        for name in ("one", "two", "new")
    }
    heads, guesses = fit_narrower(
        [part(EXAMPLES, code, at) for at, code in enumerate(NARROWER_TOPICS)], pairs, ("one", "two"), labels
    )
    assert heads.keys() == {of for of, _ in NARROWER_TOPICS.values()}
    right = [
        told
        for of in guesses.values()
        for broader, told in zip(of.broader, of.right, strict=True)
        if broader == CODES[1]
    ]
    assert right
    assert sum(right) >= 0.7 * len(right)


def part(set_name: str, code: str, seed: int, name: str = "") -> Labelled:
    """Its vector points to its topic, and in it to its part."""
    broader = CODES.index(NARROWER_TOPICS[code][0])
    vector = np.random.default_rng(seed).normal(0.0, 0.1, WIDE)
    vector[broader] += 1.0
    vector[len(CODES) + list(NARROWER_TOPICS).index(code)] += 1.0
    unit = (vector / np.linalg.norm(vector)).astype(np.float32)
    right = (CODES[broader][:2],)
    return Labelled(set_name, "en", (code,) if set_name == EXAMPLES else right, right, unit, event=name)


def test_every_part_in_examples_and_labels_is_one_that_there_is() -> None:
    examples = [line.split("\t")[0] for line in (FOLDER / DESCRIPTIONS).read_text().splitlines()]
    assert set(examples) == set(NARROWER_TOPICS)
    assert {each for parts in read_labels().values() for part in parts for each in part} <= set(NARROWER_TOPICS)


def test_every_example_and_label_names_topics_that_there_are() -> None:
    known = {code[:2] for code in CODES}
    examples = [line.split("\t")[0] for line in (FOLDER / "examples.tsv").read_text().splitlines()]
    labels = [each for line in (FOLDER / "labels.tsv").read_text().splitlines() for each in line.split("\t")[2:]]
    said = {topic for each in examples + labels for topic in each.split(",")}
    assert said == known
