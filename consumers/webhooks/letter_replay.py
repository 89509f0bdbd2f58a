"""Sends dead letters to their receivers again, each until it was taken once.

A note beside the letter says that it was taken. After a kill between the two it is sent once more, under the same
`webhook-id`, by which a receiver knows it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum

from kafka.consumer.fetcher import ConsumerRecord

from consumers.webhooks.dead_letters import Letter, LetterName
from consumers.webhooks.delivery import Send
from consumers.webhooks.event import Event
from consumers.webhooks.receiver import Fate
from groundswell import UnusableRecordError, decode

RecordOf = Callable[[Letter], ConsumerRecord | None]


class Outcome(StrEnum):
    """What became of a letter."""

    REPLAYED = "replayed"
    """Its receiver took it."""
    BEFORE = "replayed before"
    """A note says so."""
    OVERTAKEN = "a later revision stands on the topic"
    """Kafka compacted it away: its receiver got the later one, or has a letter of it."""
    STRANGER = "no such subscription in the settings"
    """Nobody is there to send it to."""
    REFUSED = "refused again"
    """The receiver answered and did not take it."""
    AWAY = "the receiver is away"
    """It did not answer, or did not answer another letter just before."""


LACKING = frozenset({Outcome.STRANGER, Outcome.REFUSED, Outcome.AWAY})
"""A receiver still lacks these."""


class LetterReplay:
    """One replay."""

    def __init__(self, record_of: RecordOf, receivers: Mapping[str, Send], note: Callable[[Letter], None]) -> None:
        """`record_of` gives what stands where a letter says; `receivers` are by the name of their subscription."""
        self._record_of = record_of
        self._receivers = receivers
        self._note = note
        self._away: set[str] = set()

    async def run(
        self, letters: Iterable[Letter], replayed: Iterable[LetterName]
    ) -> dict[LetterName, tuple[Outcome, str]]:
        """What became of each, and why, one after the other in their order. Raises KafkaError and OSError."""
        before = set(replayed)
        done: dict[LetterName, tuple[Outcome, str]] = {}
        for letter in letters:
            done[letter.name] = (Outcome.BEFORE, "") if letter.name in before else await self._replay(letter)
        return done

    async def _replay(self, letter: Letter) -> tuple[Outcome, str]:
        send = self._receivers.get(letter.subscription)
        if send is None:
            return Outcome.STRANGER, ""
        if letter.subscription in self._away:
            return Outcome.AWAY, "not tried"
        event = self._event(letter)
        if event is None:
            return Outcome.OVERTAKEN, ""
        answer = await send(event)
        if answer.fate is Fate.DELIVERED:
            self._note(letter)
            return Outcome.REPLAYED, ""
        if answer.fate is Fate.AWAY:
            self._away.add(letter.subscription)
            return Outcome.AWAY, answer.reason
        return Outcome.REFUSED, answer.reason

    def _event(self, letter: Letter) -> Event | None:
        """The event as it was given up; None where the topic has another record there, or none."""
        raw = self._record_of(letter)
        if raw is None or raw.value is None:
            return None
        try:
            event = Event.of(decode(raw.value), raw.value)
        except UnusableRecordError:
            return None
        return event if event.webhook_id == letter.webhook_id else None
