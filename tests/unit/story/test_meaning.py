"""What says the same is told once, in whatever words; samples written for the purpose, in seven languages."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from groundswell.record import StoryRecord
from pipeline.domain.encoder.loading import load_encoder
from pipeline.domain.story.build import build_record
from pipeline.domain.story.meaning import PARAPHRASE_FROM, SaysAgain, SentenceMeaning, by_words
from pipeline.settings import EncoderBackend
from tests.unit.story.made import article, biases, snapshot

SAMPLES: list[dict[str, Any]] = json.loads(Path(__file__).with_name("paraphrases.json").read_text("utf-8"))
"""`again` says what `said` says, `other` is of the same story and says something else."""
NEARLY_THE_SAME = 8
"""Of 35 that say something else, so many share so much with the sentence that they pass for the same."""


class Asked:
    """An encoder that counts what it encodes."""

    name, digest, dims = "asked", "", 384

    def __init__(self) -> None:
        self._encoder = load_encoder(backend=EncoderBackend.OPENVINO_INT8)
        self.texts: list[str] = []

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.texts += texts
        return self._encoder.encode(texts)


@pytest.fixture(scope="module")
def encoder() -> Asked:
    return Asked()


@pytest.fixture(scope="module")
def meaning(encoder: Asked) -> SentenceMeaning:
    return SentenceMeaning(encoder)


def told(sample: dict[str, Any], says_again: SaysAgain) -> StoryRecord:
    """The record of a story in which each sentence is an article of its own."""
    sentences = [sample["said"], *sample["again"], *sample["other"]]
    members = [
        article(f"{n}", f"{n}: {text[:40]}", text, source="abcdefg"[n], minutes=n, language=sample["language"])
        for n, text in enumerate(sentences)
    ]
    sides = biases(a="left", b="left", c="left", d="right", e="right")
    return build_record(snapshot(members), sides, max_articles=50, says_again=says_again)


def told_twice(record: StoryRecord, meaning: SentenceMeaning) -> list[tuple[str, str]]:
    points = [each.text for each in ([record.summary] if record.summary else []) + record.key_points]
    sides = [record.perspectives.left, record.perspectives.center, record.perspectives.right]
    lists = [points, *([each.text for each in side or []] for side in sides)]
    return [
        (one, other)
        for texts in lists
        for place, one in enumerate(texts)
        for other in texts[:place]
        if meaning.likeness(one, other) >= PARAPHRASE_FROM
    ]


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: f"{sample['language']}: {sample['said'][:30]}")
def test_no_two_points_of_one_story_say_the_same(sample: dict[str, Any], meaning: SentenceMeaning) -> None:
    assert told_twice(told(sample, meaning.says_again), meaning) == []


def test_by_words_alone_some_of_them_are_told_twice(meaning: SentenceMeaning) -> None:
    assert any(told_twice(told(sample, by_words), meaning) for sample in SAMPLES)


def test_all_but_one_of_the_paraphrases_are_known_in_every_language(meaning: SentenceMeaning) -> None:
    again = [meaning.says_again(each, [sample["said"]]) for sample in SAMPLES for each in sample["again"]]
    assert again.count(False) <= 1


def test_few_sentences_that_say_something_else_pass_for_paraphrases(meaning: SentenceMeaning) -> None:
    other = [meaning.says_again(each, [sample["said"]]) for sample in SAMPLES for each in sample["other"]]
    assert other.count(True) <= NEARLY_THE_SAME


def test_nothing_repeats_where_nothing_is_told(meaning: SentenceMeaning) -> None:
    assert not meaning.says_again(SAMPLES[0]["said"], [])


def test_the_record_is_the_same_whatever_was_encoded_before(encoder: Asked, meaning: SentenceMeaning) -> None:
    for sample in SAMPLES[:3]:
        fresh = SentenceMeaning(encoder)
        assert told(sample, fresh.says_again) == told(sample, meaning.says_again)


def test_the_next_revision_encodes_nothing_again(encoder: Asked, meaning: SentenceMeaning) -> None:
    told(SAMPLES[0], meaning.says_again)
    encoder.texts.clear()
    told(SAMPLES[0], meaning.says_again)
    assert encoder.texts == []


def test_sentences_without_a_common_term_are_not_compared() -> None:
    texts = [
        "The ferry sank off Harrow Bay on Friday morning.",
        "Prosecutors opened inquiries against two captains.",
    ]
    members = [article(f"{n}", f"{n}", text, source="ab"[n], minutes=n) for n, text in enumerate(texts)]
    asked: list[Sequence[str]] = []

    def says_again(_: str, others: Sequence[str]) -> bool:
        asked.append(others)
        return False

    build_record(
        snapshot(members),
        biases(a="left", b="left"),
        max_articles=50,
        says_again=says_again,
    )
    assert asked
    assert not any(asked)


def test_no_more_vectors_are_kept_than_there_is_room_for(encoder: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.domain.story.meaning.CACHED_SENTENCES", 2)
    meaning = SentenceMeaning(encoder)
    meaning.learn(["one", "two"])
    assert meaning.likeness("one", "one") == pytest.approx(1.0)
    meaning.learn(["three"])
    assert meaning.knows(["one", "three"]), "what was asked for last is kept"
    assert not meaning.knows(["two"])
