"""Records of a round, whose sentences are encoded together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from groundswell.record import StoryRecord
from pipeline.domain.encoder.made import open_made
from pipeline.domain.encoder.models import MULTILINGUAL
from pipeline.domain.story.build import build_record
from pipeline.domain.story.foresight import Foresight
from pipeline.domain.story.meaning import SaysAgain, SentenceMeaning, by_words
from pipeline.domain.story.snapshot import StorySnapshot
from tests.unit.story.made import article, biases, snapshot
from tests.unit.story.test_meaning import SAMPLES


class Asked:
    """An encoder that remembers what it was asked for at once."""

    name, digest, dims = "asked", "", 384

    def __init__(self) -> None:
        self._encoder = open_made(MULTILINGUAL)
        self.calls: list[Sequence[str]] = []

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.calls.append(texts)
        return self._encoder.encode(texts)


@pytest.fixture(scope="module")
def encoder() -> Asked:
    return Asked()


def stories() -> list[StorySnapshot]:
    """Each of a sentence, others that say the same, and others that don't, each an article of its own."""
    return [
        snapshot(
            [
                article(
                    f"{n}", f"{n}: {text[:40]}", text, source="abcdefg"[n], minutes=n, language=each["language"]
                )
                for n, text in enumerate([each["said"], *each["again"], *each["other"]])
            ],
            story_id=f"s{number}",
        )
        for number, each in enumerate(SAMPLES)
    ]


def build(story: StorySnapshot, says_again: SaysAgain) -> StoryRecord:
    sides = biases(a="left", b="left", c="left", d="right", e="right")
    return build_record(story, sides, max_articles=50, says_again=says_again)


def test_a_record_is_the_same_whether_it_was_foreseen_or_not(encoder: Asked) -> None:
    alone = SentenceMeaning(encoder)
    expected = [build(each, alone) for each in stories()]
    assert expected != [build(each, by_words) for each in stories()], "some sentences say the same"
    round_of = stories()
    foresight = Foresight(build, SentenceMeaning(encoder))
    foresight.foresee(round_of)
    assert [foresight(each) for each in round_of] == expected


def test_the_sentences_of_all_stories_are_encoded_at_once(encoder: Asked) -> None:
    foresight = Foresight(build, SentenceMeaning(encoder))
    encoder.calls.clear()
    foresight.foresee(stories())
    assert len(encoder.calls) == 1
    assert len(encoder.calls[0]) > len(SAMPLES)


def test_a_record_that_was_foreseen_rightly_is_built_once(encoder: Asked) -> None:
    built: list[str] = []

    def counted(story: StorySnapshot, says_again: SaysAgain) -> StoryRecord:
        built.append(story.story_id)
        return build(story, says_again)

    plain = snapshot([article("a", "Ferry sinks", "The ferry sank off Harrow Bay on Friday morning.")])
    foresight = Foresight(counted, SentenceMeaning(encoder))
    foresight.foresee([plain])
    assert foresight(plain) == build(plain, by_words)
    assert built == [plain.story_id]


def test_another_revision_than_the_one_foreseen_is_built_by_itself(encoder: Asked) -> None:
    foresight = Foresight(build, SentenceMeaning(encoder))
    foresight.foresee([snapshot([article("a", "Ferry sinks", "The ferry sank off Harrow Bay.")])])
    next_one = snapshot([article("b", "Ferry raised", "The ferry was raised off Harrow Bay.")])
    assert foresight(next_one).title == "Ferry raised"


def test_a_story_that_cannot_be_built_says_so_when_it_is_its_turn_and_holds_no_other_up(encoder: Asked) -> None:
    def refusing(story: StorySnapshot, says_again: SaysAgain) -> StoryRecord:
        if story.story_id == "bad":
            raise ValueError("no record today")
        return build(story, says_again)

    bad, good = snapshot([], story_id="bad"), snapshot([article("a", "Ferry sinks", "The ferry sank.")])
    foresight = Foresight(refusing, SentenceMeaning(encoder))
    foresight.foresee([bad, good])
    assert foresight(good).title == "Ferry sinks"
    with pytest.raises(ValueError, match="today"):
        foresight(bad)
