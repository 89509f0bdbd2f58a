"""Events that were given up: kept in a file, and sent again until they were taken once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from kafka import TopicPartition

from consumers.webhooks.dead_letters import DeadLetters, Letter
from consumers.webhooks.event import Event
from consumers.webhooks.letter_replay import LetterReplay, Outcome
from consumers.webhooks.receiver import Answer, Fate
from consumers.webhooks.waiting_room import Waiting
from groundswell.record import StoryRecord
from tests.unit.webhooks.desk import revision

A1, A2, B1 = revision("a", 1), revision("a", 2), revision("b", 1)


class Topic:
    """What stands at which offset."""

    def __init__(self, *records: StoryRecord | None) -> None:
        self.records = list(records)

    def record_of(self, letter: Letter) -> Any:
        record = self.records[letter.offset]
        return record and SimpleNamespace(value=record.model_dump_json().encode())


class Receivers:
    """Answer as they are told, and keep what they took."""

    def __init__(self, **fates: Fate) -> None:
        self.fates = fates
        self.got: list[str] = []

    async def __call__(self, event: Event) -> Answer:
        fate = self.fates.get(event.webhook_id.replace(".", ""), Fate.DELIVERED)
        if fate is Fate.DELIVERED:
            self.got.append(event.webhook_id)
        return Answer(fate, "HTTP 503" if fate is Fate.AWAY else "HTTP 400")


@pytest.fixture
def file(tmp_path: Path) -> DeadLetters:
    return DeadLetters(tmp_path / "state" / "dead.jsonl")


def give_up(file: DeadLetters, *records: StoryRecord, subscription: str = "desk") -> None:
    """Each stands on the topic where its place in the list says."""
    for offset, record in enumerate(records):
        event = Event.of(record, record.model_dump_json().encode())
        file.write(
            subscription, Waiting(event, TopicPartition("stories", 0), offset, 0.0, tries=3, reason="HTTP 410")
        )


def replay(
    file: DeadLetters, topic: Topic, receivers: Mapping[str, Any], letters: Sequence[Letter] | None = None
) -> dict[str, Outcome]:
    held = file.read()
    done = LetterReplay(topic.record_of, receivers, file.note_replayed).run(letters or held.letters, held.replayed)
    return {name.webhook_id: outcome for name, (outcome, _) in asyncio.run(done).items()}


def test_letters_come_in_the_order_in_which_they_were_given_up_each_once(file: DeadLetters) -> None:
    assert file.read() == ([], {}, 0), "there is no file yet"
    give_up(file, A1, B1)
    give_up(file, A1, B1, A2)  # the sender was killed before it had committed
    assert [each.webhook_id for each in file.read().letters] == ["a.1", "b.1", "a.2"]


def test_each_letter_is_delivered_once_however_often_it_is_replayed(file: DeadLetters) -> None:
    give_up(file, A1, B1)
    desk = Receivers()
    assert replay(file, Topic(A1, B1), {"desk": desk}) == dict.fromkeys(("a.1", "b.1"), Outcome.REPLAYED)
    assert replay(file, Topic(A1, B1), {"desk": desk}) == dict.fromkeys(("a.1", "b.1"), Outcome.BEFORE)
    assert desk.got == ["a.1", "b.1"]


def test_what_was_refused_again_waits_and_holds_nothing_up(file: DeadLetters) -> None:
    give_up(file, A1, B1)
    desk = Receivers(a1=Fate.REFUSED)
    assert replay(file, Topic(A1, B1), {"desk": desk}) == {"a.1": Outcome.REFUSED, "b.1": Outcome.REPLAYED}
    desk.fates.clear()
    assert replay(file, Topic(A1, B1), {"desk": desk}) == {"a.1": Outcome.REPLAYED, "b.1": Outcome.BEFORE}


def test_a_receiver_that_is_away_is_tried_once_and_the_others_are_not_held_up(file: DeadLetters) -> None:
    give_up(file, A1, B1, A2)
    give_up(file, A1, subscription="other")
    desk, other = Receivers(a1=Fate.AWAY), Receivers()
    done = LetterReplay(Topic(A1, B1, A2).record_of, {"desk": desk, "other": other}, file.note_replayed)
    outcomes = asyncio.run(done.run(file.read().letters, ()))
    assert [outcome for outcome, _ in outcomes.values()] == [Outcome.AWAY] * 3 + [Outcome.REPLAYED]
    assert (desk.got, other.got) == ([], ["a.1"])


@pytest.mark.parametrize("now_there", [None, A2, B1])
def test_a_revision_that_was_compacted_away_is_left_to_the_later_one(
    file: DeadLetters, now_there: StoryRecord | None
) -> None:
    give_up(file, A1)
    desk = Receivers()
    assert replay(file, Topic(now_there), {"desk": desk}) == {"a.1": Outcome.OVERTAKEN}
    assert desk.got == []


def test_a_letter_of_a_subscription_that_is_gone_is_told(file: DeadLetters) -> None:
    give_up(file, A1, subscription="gone")
    assert replay(file, Topic(A1), {"desk": Receivers()}) == {"a.1": Outcome.STRANGER}


@pytest.mark.parametrize("place", [{"offset": -1}, {"offset": 2**63}, {"partition": -1}])
def test_a_letter_from_nowhere_is_none(file: DeadLetters, place: dict[str, int]) -> None:
    give_up(file, A1, B1)
    first, second = file.path.read_text().splitlines()
    file.path.write_text(f"{json.dumps(json.loads(first) | place)}\n{second}\n")
    held = file.read()
    assert ([each.webhook_id for each in held.letters], held.strangers) == (["b.1"], 1)


def test_a_torn_line_swallows_no_other(file: DeadLetters) -> None:
    give_up(file, A1)
    with file.path.open("ab") as torn:
        torn.write(b'{"at":"2026-03-0')
    give_up(file, B1)
    held = file.read()
    assert ([each.webhook_id for each in held.letters], held.strangers) == (["a.1", "b.1"], 1)
