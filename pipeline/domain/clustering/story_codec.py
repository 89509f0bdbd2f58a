"""A story's state as bytes, in memory and in the store, as `story_layout` says: one story at a time.

Ids that are hexadecimal digits are stored as what they say. Everything is rounded before it is first used
(vectors, weights of terms, signatures), so that a state that was written and read again decides exactly as the one
in memory.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.domain.clustering.member import LiveMember
from pipeline.domain.clustering.notes import NO_NOTES, DeskNotes
from pipeline.domain.clustering.packed_terms import pack_terms, unpack_terms
from pipeline.domain.clustering.packed_vectors import pack_vector, unpack_vector
from pipeline.domain.clustering.reprints import HASHES, NO_SIGNATURE, Signature
from pipeline.domain.clustering.state_error import StateError
from pipeline.domain.clustering.story import LiveStory, of_members
from pipeline.domain.clustering.story_layout import (
    ARRIVED,
    FLAGS,
    HEX,
    HIDDEN,
    MEMBER,
    NOTED,
    NOTES,
    OPENED_BY_FIRST,
    OPENED_ID_CHARS,
    PATTERN,
    PINNED,
    PUBLISHED,
    SIGNED,
    STATE_VERSION,
    STORY,
    SUMS,
    SUMS_OF,
    TEXT,
    TIME,
)
from pipeline.domain.clustering.templates import Template


def encode_story(story: LiveStory) -> bytes:
    """The story's state."""
    opened_by_first = story.story_id == story.members[0].article_id[:OPENED_ID_CHARS]
    sums = not _are_of_members(story)
    flags = OPENED_BY_FIRST * opened_by_first | SUMS * sums | NOTED * (story.notes != NO_NOTES)
    parts = [STORY.pack(STATE_VERSION, flags, len(story.members), story.members[0].vector.size)]
    if not opened_by_first:
        parts.append(_packed_id(story.story_id))
    if sums:
        last = (math.nan if each is None else each for each in (story.last_at, story.last_arrival))
        parts += [SUMS_OF.pack(story.size, story.last_sequence, *last), story.total.astype("<f4").tobytes()]
    if story.notes != NO_NOTES:
        parts += _note_parts(story.notes)
    for member in story.members:
        parts += _member_parts(member)
    return b"".join(parts)


def decode_story(state: bytes, story_id: str = "") -> LiveStory:
    """The story whose state this is. Raises StateError, which names `story_id`."""
    named = [story_id] if story_id else []
    if state and state[0] != STATE_VERSION:
        raise StateError(f"story state of version {state[0]}, expected {STATE_VERSION}", named)
    reader = _Reader(state)
    try:
        story = _decode(reader)
    except (struct.error, ValueError, IndexError) as error:
        raise StateError(f"story state of {len(state)} bytes can't be read: {error}", named) from error
    if reader.left:
        raise StateError(f"story state of {len(state)} bytes can't be read: it ends {reader.left} too late", named)
    return story


def unreadable(states: Mapping[str, bytes]) -> StateError | None:
    """Names those of these stories that can't be read one by one; None where all can."""
    found = {}
    for story_id, state in states.items():
        try:
            decode_story(state)
        except StateError as error:
            found[story_id] = error.why
    return StateError(next(iter(found.values())), [*found]) if found else None


def _are_of_members(story: LiveStory) -> bool:
    """Whether size, sums and clocks are what the kept members give."""
    if story.size != len(story.members):
        return False
    made = of_members(story.story_id, story.members)
    return np.array_equal(made.total, story.total) and (
        (made.last_at, made.last_sequence, made.last_arrival)
        == (story.last_at, story.last_sequence, story.last_arrival)
    )


def _note_parts(notes: DeskNotes) -> list[bytes]:
    marks = PINNED * notes.pinned | HIDDEN * notes.hidden
    head = NOTES.pack(marks, len(notes.sides), len(notes.placed))
    return [head, *(_packed_id(each) for each in (*sorted(notes.sides), *sorted(notes.placed)))]


def _notes(reader: _Reader) -> DeskNotes:
    marks, sides, placed = reader.fields(NOTES)
    return DeskNotes(
        pinned=bool(marks & PINNED),
        hidden=bool(marks & HIDDEN),
        sides=frozenset(reader.id() for _ in range(sides)),
        placed=frozenset(reader.id() for _ in range(placed)),
    )


def _packed_id(text: str) -> bytes:
    """A byte of length and kind, then the id."""
    try:
        data = bytes.fromhex(text)
        kind = HEX if data.hex() == text else TEXT
    except ValueError:
        kind = TEXT
    raw = data if kind == HEX else text.encode()
    return struct.pack("<BB", kind, len(raw)) + raw


def _member_parts(member: LiveMember) -> list[bytes]:
    template, signature = member.template, member.signature
    flags = sum(getattr(member, name) << at for at, name in enumerate(FLAGS))
    flags |= PUBLISHED * (member.published_at is not None) | ARRIVED * (member.arrived_at is not None)
    flags |= SIGNED * bool(signature.size) | PATTERN * bool(template.pattern)
    values, scale = pack_vector(member.vector)
    counts, terms = pack_terms(member.terms)
    language = member.language.encode()
    return [
        MEMBER.pack(flags, scale, member.sequence, *counts, len(member.forms), len(template.names)),
        *(TIME.pack(each) for each in (member.published_at, member.arrived_at) if each is not None),
        _packed_id(member.article_id),
        struct.pack("<B", len(language)) + language,
        np.array([*member.forms, *_pattern(template), *template.names], dtype="<u4").tobytes(),
        terms,
        signature.astype("<u2").tobytes(),
        values.tobytes(),
    ]


def _pattern(template: Template) -> tuple[int, ...]:
    return (template.pattern,) if template.pattern else ()


class _Reader:
    """Takes values off the bytes, one after the other."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def left(self) -> int:
        """Bytes that were not taken."""
        return len(self._data) - self._at

    def fields(self, layout: struct.Struct) -> tuple[int, ...]:
        found = layout.unpack_from(self._data, self._at)
        self._at += layout.size
        return found

    def time(self) -> float:
        return self.fields(TIME)[0]

    def array(self, dtype: str, count: int) -> NDArray[Any]:
        array = np.frombuffer(self._data, dtype, count, self._at)
        self._at += array.nbytes
        return array

    def raw(self, size: int) -> bytes:
        start, self._at = self._at, self._at + size
        if self._at > len(self._data):
            raise ValueError("it ends too early")
        return self._data[start : self._at]

    def id(self) -> str:
        kind, size = self.raw(2)
        raw = self.raw(size)
        return raw.hex() if kind == HEX else raw.decode()


def _decode(reader: _Reader) -> LiveStory:
    _, flags, count, dims = reader.fields(STORY)
    story_id = None if flags & OPENED_BY_FIRST else reader.id()
    size, last_sequence, *last = reader.fields(SUMS_OF) if flags & SUMS else (0, 0)
    total = reader.array("<f4", dims).astype(np.float32) if flags & SUMS else None
    notes = _notes(reader) if flags & NOTED else NO_NOTES
    members = tuple(_member(reader, dims) for _ in range(count))
    story_id = members[0].article_id[:OPENED_ID_CHARS] if story_id is None else story_id
    if total is None:
        return of_members(story_id, members, notes)
    last_at, last_arrival = (None if math.isnan(each) else float(each) for each in last)
    return LiveStory(story_id, members, total, size, last_at, last_sequence, last_arrival, notes)


def _member(reader: _Reader, dims: int) -> LiveMember:
    flags, scale, sequence, *rest = reader.fields(MEMBER)
    counts, n_forms, n_names = rest[:4], rest[4], rest[5]
    published_at = reader.time() if flags & PUBLISHED else None
    arrived_at = reader.time() if flags & ARRIVED else None
    article_id = reader.id()
    language = reader.raw(reader.raw(1)[0]).decode()
    n_patterns = 1 if flags & PATTERN else 0
    numbers = reader.array("<u4", n_forms + n_patterns + n_names).tolist()
    low, codes = reader.array("<u2", sum(counts)), reader.array("u1", sum(counts))
    signature: Signature = reader.array("<u2", HASHES).astype(np.uint32) if flags & SIGNED else NO_SIGNATURE
    return LiveMember(
        article_id=article_id,
        vector=unpack_vector(reader.array("i1", dims), scale),
        terms=unpack_terms(counts, low, codes),
        published_at=published_at,
        sequence=sequence,
        arrived_at=arrived_at,
        language=language,
        signature=signature,
        forms=tuple(numbers[:n_forms]),
        template=Template(sum(numbers[n_forms : n_forms + n_patterns]), tuple(numbers[n_forms + n_patterns :])),
        **{name: bool(flags & 1 << at) for at, name in enumerate(FLAGS)},
    )
