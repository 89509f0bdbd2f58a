"""A story's state as bytes, in memory and in the store.

    story      version, flags, members, dimensions
               its id, unless the first member's article opened it
               size, last sequence, last times, total float32[dims], unless they are those of the kept members
               a desk's notes, where there are any: marks, sides and placed articles, how many of each first
    member     flags, scale of the vector, sequence, how many of each of the following
               times, article id, language, forms, template
               terms (see `packed_terms`), signature uint16[HASHES], vector int8[dims]

Ids that are hexadecimal digits are stored as what they say. Everything is rounded before it is first used
(vectors, weights of terms, signatures), so that a state that was written and read again decides exactly as the one
in memory.
"""

from __future__ import annotations

import math
import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.domain.clustering.member import LiveMember
from pipeline.domain.clustering.notes import NO_NOTES, DeskNotes
from pipeline.domain.clustering.packed_terms import pack_terms, unpack_terms
from pipeline.domain.clustering.packed_vectors import pack_vector, unpack_vector
from pipeline.domain.clustering.reprints import HASHES, NO_SIGNATURE, Signature
from pipeline.domain.clustering.story import LiveStory, of_members
from pipeline.domain.clustering.templates import Template

STATE_VERSION = 5

_STORY = struct.Struct("<BBHH")
_OPENED_BY_FIRST, _SUMS, _NOTED = 1, 2, 4
_OPENED_ID_CHARS = 20
"""A story that an article opens has the first characters of its id."""
_SUMS_OF = struct.Struct("<QQdd")
_NOTES = struct.Struct("<BHH")
_PINNED, _HIDDEN = 1, 2

_MEMBER = struct.Struct("<HfQBBBBBB")
_TIME = struct.Struct("<d")
_FLAGS = ("has_body", "gray", "reprint", "issue", "patterned")
_PUBLISHED, _ARRIVED, _SIGNED, _PATTERN = (1 << at for at in range(len(_FLAGS), len(_FLAGS) + 4))
_HEX, _TEXT = 1, 0


class StateError(Exception):
    """A stored state can't be read: damaged, or written by another version."""


def encode_story(story: LiveStory) -> bytes:
    """The story's state."""
    opened_by_first = story.story_id == story.members[0].article_id[:_OPENED_ID_CHARS]
    sums = not _are_of_members(story)
    flags = _OPENED_BY_FIRST * opened_by_first | _SUMS * sums | _NOTED * (story.notes != NO_NOTES)
    parts = [_STORY.pack(STATE_VERSION, flags, len(story.members), story.members[0].vector.size)]
    if not opened_by_first:
        parts.append(_packed_id(story.story_id))
    if sums:
        last = (math.nan if each is None else each for each in (story.last_at, story.last_arrival))
        parts += [_SUMS_OF.pack(story.size, story.last_sequence, *last), story.total.astype("<f4").tobytes()]
    if story.notes != NO_NOTES:
        parts += _note_parts(story.notes)
    for member in story.members:
        parts += _member_parts(member)
    return b"".join(parts)


def decode_story(state: bytes) -> LiveStory:
    """The story whose state this is. Raises StateError."""
    if state and state[0] != STATE_VERSION:
        raise StateError(f"story state of version {state[0]}, expected {STATE_VERSION}")
    try:
        return _decode(_Reader(state))
    except (struct.error, ValueError, IndexError) as error:
        raise StateError(f"story state of {len(state)} bytes can't be read: {error}") from error


def lone_vector(state: bytes) -> NDArray[np.float32] | None:
    """The vector of a story of one article, without reading the rest; None of a larger story."""
    _, flags, count, dims = _STORY.unpack_from(state)
    if count != 1 or flags & _SUMS:
        return None
    at = _STORY.size if flags & _OPENED_BY_FIRST else _STORY.size + 2 + state[_STORY.size + 1]
    _, scale, *_ = _MEMBER.unpack_from(state, at)
    return unpack_vector(np.frombuffer(state, "i1", dims, len(state) - dims), scale)


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
    marks = _PINNED * notes.pinned | _HIDDEN * notes.hidden
    head = _NOTES.pack(marks, len(notes.sides), len(notes.placed))
    return [head, *(_packed_id(each) for each in (*sorted(notes.sides), *sorted(notes.placed)))]


def _notes(reader: _Reader) -> DeskNotes:
    marks, sides, placed = reader.fields(_NOTES)
    return DeskNotes(
        pinned=bool(marks & _PINNED),
        hidden=bool(marks & _HIDDEN),
        sides=frozenset(reader.id() for _ in range(sides)),
        placed=frozenset(reader.id() for _ in range(placed)),
    )


def _packed_id(text: str) -> bytes:
    """A byte of length and kind, then the id."""
    try:
        data = bytes.fromhex(text)
        kind = _HEX if data.hex() == text else _TEXT
    except ValueError:
        kind = _TEXT
    raw = data if kind == _HEX else text.encode()
    return struct.pack("<BB", kind, len(raw)) + raw


def _member_parts(member: LiveMember) -> list[bytes]:
    template, signature = member.template, member.signature
    flags = sum(getattr(member, name) << at for at, name in enumerate(_FLAGS))
    flags |= _PUBLISHED * (member.published_at is not None) | _ARRIVED * (member.arrived_at is not None)
    flags |= _SIGNED * bool(signature.size) | _PATTERN * bool(template.pattern)
    values, scale = pack_vector(member.vector)
    counts, terms = pack_terms(member.terms)
    language = member.language.encode()
    return [
        _MEMBER.pack(flags, scale, member.sequence, *counts, len(member.forms), len(template.names)),
        *(_TIME.pack(each) for each in (member.published_at, member.arrived_at) if each is not None),
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

    def fields(self, layout: struct.Struct) -> tuple[int, ...]:
        found = layout.unpack_from(self._data, self._at)
        self._at += layout.size
        return found

    def time(self) -> float:
        return self.fields(_TIME)[0]

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
        return raw.hex() if kind == _HEX else raw.decode()


def _decode(reader: _Reader) -> LiveStory:
    _, flags, count, dims = reader.fields(_STORY)
    story_id = None if flags & _OPENED_BY_FIRST else reader.id()
    size, last_sequence, *last = reader.fields(_SUMS_OF) if flags & _SUMS else (0, 0)
    total = reader.array("<f4", dims).astype(np.float32) if flags & _SUMS else None
    notes = _notes(reader) if flags & _NOTED else NO_NOTES
    members = tuple(_member(reader, dims) for _ in range(count))
    story_id = members[0].article_id[:_OPENED_ID_CHARS] if story_id is None else story_id
    if total is None:
        return of_members(story_id, members, notes)
    last_at, last_arrival = (None if math.isnan(each) else float(each) for each in last)
    return LiveStory(story_id, members, total, size, last_at, last_sequence, last_arrival, notes)


def _member(reader: _Reader, dims: int) -> LiveMember:
    flags, scale, sequence, *rest = reader.fields(_MEMBER)
    counts, n_forms, n_names = rest[:4], rest[4], rest[5]
    published_at = reader.time() if flags & _PUBLISHED else None
    arrived_at = reader.time() if flags & _ARRIVED else None
    article_id = reader.id()
    language = reader.raw(reader.raw(1)[0]).decode()
    n_patterns = 1 if flags & _PATTERN else 0
    numbers = reader.array("<u4", n_forms + n_patterns + n_names).tolist()
    low, codes = reader.array("<u2", sum(counts)), reader.array("u1", sum(counts))
    signature: Signature = reader.array("<u2", HASHES).astype(np.uint32) if flags & _SIGNED else NO_SIGNATURE
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
        **{name: bool(flags & 1 << at) for at, name in enumerate(_FLAGS)},
    )
