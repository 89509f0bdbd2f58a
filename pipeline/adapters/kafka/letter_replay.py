"""Sends the records of dead letters to the topic `articles` again, each letter once.

Records are sent a portion at a time; when Kafka has them all, a note beside the letters says so. After a kill
between the two that portion is sent again: its articles count once by their ids, and what still is none becomes
a letter a second time. There is no transaction over both, because its mark at the end of a partition of
`articles` would stand there as a record that waits and never comes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from enum import StrEnum
from typing import NamedTuple

from kafka import KafkaConsumer, KafkaProducer
from kafka.errors import KafkaError
from kafka.producer.future import FutureRecordMetadata

from pipeline.adapters.kafka.article_producer import DeliveryError
from pipeline.adapters.kafka.clients import make_producer
from pipeline.adapters.kafka.dead_letters import Stage
from pipeline.adapters.kafka.fitting import BATCH_BYTES, LEAST_BYTES, TOO_LARGE, record_bytes
from pipeline.adapters.kafka.kept_letters import (
    REPLAY_COUNT,
    REPLAY_OF,
    KeptLetter,
    LettersTopic,
    Place,
    note_of,
    replays_told,
)
from pipeline.adapters.kafka.originals import Original, original
from pipeline.adapters.kafka.reading import read_to_end
from pipeline.settings import KafkaSettings

PORTION_LETTERS = 100
"""Of one portion, at most: what is held in memory, and what a kill may have sent twice."""
LARGEST_BYTES = 67_108_864
"""Of a record before compression: what came packed may be larger than its topic's limit. The broker decides."""
TIMEOUT_S = 60.0
"""For the acknowledgement of a record."""


class Outcome(StrEnum):
    """What became of a letter that was to be replayed."""

    REPLAYED = "replayed"
    """Its record stands on `articles` again."""
    BEFORE = "replayed before"
    """A note says so."""
    RETURNED = "came back from a replay"
    """Its record was replayed and is still none that can be used."""
    NULL = "null"
    """The record was a null, which can never be an article."""
    UNREADABLE = "unreadable"
    """It holds a batch that could not be read, not a record."""
    CUT = "cut, and the whole is gone"
    """Its record does not stand where it came from any more."""
    TOO_LARGE = "too large"
    """The topic `articles` takes no record of this size."""
    EXPIRED = "expired"
    """The letter went while we were at work."""


LOST = frozenset({Outcome.UNREADABLE, Outcome.CUT, Outcome.TOO_LARGE, Outcome.EXPIRED})
"""Articles may be missing for these."""


class Piece(NamedTuple):
    """One record to be sent."""

    letter: KeptLetter
    original: Original

    @property
    def headers(self) -> list[tuple[str, bytes]]:
        """The record's own, and which letter it was."""
        told = {REPLAY_OF: str(self.letter.place), REPLAY_COUNT: str(replays_told(self.original.headers) + 1)}
        return [*self.original.sent_headers, *((name, value.encode()) for name, value in told.items())]

    @property
    def size(self) -> int:
        """In bytes, before compression."""
        return record_bytes(self.original.key, self.original.value, self.headers)


Send = Callable[[Sequence[Piece]], Mapping[Place, Outcome]]
"""Sends a portion and says what became of each letter."""


class ReplayProducer:
    """Sends portions, and notes them."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._producer = self._open()

    def send(self, portion: Sequence[Piece]) -> dict[Place, Outcome]:
        """Wait until Kafka has each record, then note those that it took. Raises DeliveryError."""
        try:
            started = [(piece.letter.place, self._start(piece)) for piece in portion]
            done = {place: _taken(future) for place, future in started}
            if Outcome.TOO_LARGE in done.values():
                self._producer.close(timeout=5)
                self._producer = self._open()  # kafka-python 3.0.12 sends no more after a refusal
            self._note([place for place, outcome in done.items() if outcome is Outcome.REPLAYED])
        except KafkaError as error:
            raise DeliveryError(
                f"Kafka did not take all: {error}; run it again, no article counts twice"
            ) from error
        return done

    def close(self) -> None:
        """Let go of the broker."""
        self._producer.close(timeout=5)

    def _open(self) -> KafkaProducer:
        return make_producer(self._settings, max_request_size=LARGEST_BYTES, batch_size=BATCH_BYTES)

    def _start(self, piece: Piece) -> FutureRecordMetadata | None:
        """None where not even the client takes it."""
        topic, (key, value, _) = self._settings.topics.articles, piece.original
        try:
            return self._producer.send(topic, key=key, value=value, headers=piece.headers)
        except TOO_LARGE:
            return None

    def _note(self, places: Sequence[Place]) -> None:
        offsets: dict[int, list[int]] = defaultdict(list)
        for place in places:
            offsets[place.partition].append(place.offset)
        for partition, noted in offsets.items():
            value, headers = note_of(noted)
            sent = self._producer.send(
                self._settings.topics.dead_letters, value=value, headers=headers, partition=partition
            )
            sent.get(timeout=TIMEOUT_S)


def send_nothing(portion: Sequence[Piece]) -> dict[Place, Outcome]:
    """For a dry run: as if Kafka took them all."""
    return dict.fromkeys((piece.letter.place for piece in portion), Outcome.REPLAYED)


class Replay:
    """One replay, over consumers that are in no group: `letters` reads their topic, `sources` what was cut."""

    def __init__(self, letters: KafkaConsumer, sources: KafkaConsumer, send: Send, *, again: bool) -> None:
        """With `again` also letters that came back from an earlier replay."""
        self._letters = letters
        self._sources = sources
        self._send = send
        self._again = again

    def run(self, topic: LettersTopic, chosen: Iterable[KeptLetter]) -> dict[str, Outcome]:
        """What became of each, by its name. Raises DeliveryError."""
        waiting: dict[Place, KeptLetter] = {}
        done: dict[str, Outcome] = {}
        for letter in chosen:
            reason = self._left_out(letter, topic.replayed)
            if reason is None:
                waiting[letter.place] = letter
            else:
                done[letter.name] = reason
        for portion in _portions(self._pieces(waiting, done)):
            outcomes = self._send(portion)
            done |= {piece.letter.name: outcomes[piece.letter.place] for piece in portion}
        return done | {letter.name: Outcome.EXPIRED for letter in waiting.values()}

    def _left_out(self, letter: KeptLetter, replayed: AbstractSet[Place]) -> Outcome | None:
        if letter.place in replayed:
            return Outcome.BEFORE
        if letter.stage == Stage.KAFKA_CONSUME:
            return Outcome.UNREADABLE
        if letter.size is None:
            return Outcome.NULL
        return Outcome.RETURNED if letter.replay_of and not self._again else None

    def _pieces(self, waiting: dict[Place, KeptLetter], done: dict[str, Outcome]) -> Iterator[Piece]:
        """What is to be sent; takes each letter that it comes to out of `waiting`."""
        if not waiting:
            return
        for record in read_to_end(self._letters, next(iter(waiting)).topic):
            letter = waiting.pop(Place(record.topic, record.partition, record.offset), None)
            if letter is None:
                continue
            found = original(letter, record, self._sources)
            if found is None:
                done[letter.name] = Outcome.CUT
            elif found.was_replayed and not self._again:  # its headers were cut, so the letter could not tell
                done[letter.name] = Outcome.RETURNED
            else:
                yield Piece(letter, found)
            if not waiting:
                return


def _portions(pieces: Iterable[Piece]) -> Iterator[list[Piece]]:
    """What the topic may refuse goes alone: kafka-python 3.0.12 then calls all that is under way too large."""
    portion: list[Piece] = []
    for piece in pieces:
        if piece.size > LEAST_BYTES:
            yield [piece]
            continue
        portion.append(piece)
        if len(portion) == PORTION_LETTERS:
            yield portion
            portion = []
    if portion:
        yield portion


def _taken(future: FutureRecordMetadata | None) -> Outcome:
    """Raises KafkaError where the record may or may not be on the topic."""
    try:
        if future is not None:
            future.get(timeout=TIMEOUT_S)
            return Outcome.REPLAYED
    except TOO_LARGE:
        pass
    return Outcome.TOO_LARGE
