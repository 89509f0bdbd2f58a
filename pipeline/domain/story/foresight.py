"""Builds the records of a round with the sentences of all its stories encoded at once: each alone costs more.

Which sentences a story compares is known only while its record is built. So a draft of each is built first, as if
sentences that were never compared did not say the same, and what it asked for is encoded for all of them together.
A draft that was right to assume so is the record; the others, one in ten as a rule, are built again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from groundswell.record import StoryRecord
from pipeline.domain.story.meaning import SaysAgain, SentenceMeaning
from pipeline.domain.story.snapshot import StorySnapshot

Build = Callable[[StorySnapshot, SaysAgain], StoryRecord]


@dataclass(frozen=True)
class _Draft:
    snapshot: StorySnapshot
    record: StoryRecord
    assumed: list[tuple[str, Sequence[str]]]
    """Sentences, and those that they were taken not to repeat."""


class Foresight:
    """Builds what it foresaw, and anything else, as `build` does by meaning."""

    def __init__(self, build: Build, meaning: SentenceMeaning) -> None:
        self._build = build
        self._meaning = meaning
        self._drafts: dict[str, _Draft] = {}

    def foresee(self, snapshots: Iterable[StorySnapshot]) -> None:
        """These are built next, each once. One that fails does so again then."""
        self._drafts.clear()
        for each in snapshots:
            with suppress(Exception):
                self._drafts[each.story_id] = self._draft(each)
        assumed = (each for draft in self._drafts.values() for each in draft.assumed)
        self._meaning.learn(sentence for text, others in assumed for sentence in (text, *others))

    def __call__(self, snapshot: StorySnapshot) -> StoryRecord:
        """The record, whatever was foreseen."""
        draft = self._drafts.pop(snapshot.story_id, None)
        if draft is None or draft.snapshot is not snapshot:
            return self._build(snapshot, self._meaning.says_again)
        if any(self._meaning.says_again(*each) for each in draft.assumed):
            return self._build(snapshot, self._meaning.says_again)
        return draft.record

    def _draft(self, snapshot: StorySnapshot) -> _Draft:
        assumed: list[tuple[str, Sequence[str]]] = []

        def says_again(text: str, others: Sequence[str]) -> bool:
            if self._meaning.knows((text, *others)):
                return self._meaning.says_again(text, others)
            if others:
                assumed.append((text, others))
            return False

        return _Draft(snapshot, self._build(snapshot, says_again), assumed)
