"""A story's state as bytes: a JSON header, then the arrays.

    uint32 little-endian   length of the header
    header                 JSON: version, story, members (numbers and ids)
    total                  float32[dims]
    vectors                float16[members, dims]
    term ids               uint32, then weights float16, then marks uint8, over all members
    signatures             uint32[members that have one, HASHES]

Vectors and term weights are rounded to float16 before they are first used (`rounded`), so that a state that was
written and read again decides exactly as the one in memory.

Times of arrival were added later to version 4: they are unknown in states that were written before.
"""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from pipeline.domain.clustering.member import LiveMember
from pipeline.domain.clustering.reprints import HASHES, NO_SIGNATURE
from pipeline.domain.clustering.story import LiveStory
from pipeline.domain.clustering.templates import Template
from pipeline.domain.clustering.terms import Terms

STATE_VERSION = 4


class StateError(Exception):
    """A stored state can't be read: damaged, or written by a newer version."""


def rounded(vector: NDArray[np.float32]) -> NDArray[np.float32]:
    """The vector with float16's precision."""
    return vector.astype(np.float16).astype(np.float32)


def encode_story(story: LiveStory) -> bytes:
    """The story's state."""
    header = orjson.dumps(
        {
            "v": STATE_VERSION,
            "id": story.story_id,
            "n": story.size,
            "last": story.last_at,
            "seq": story.last_sequence,
            "arrived": story.last_arrival,
            "dims": int(story.total.size),
            "members": [_member_header(each) for each in story.members],
        }
    )
    members = story.members
    return b"".join(
        (
            struct.pack("<I", len(header)),
            header,
            story.total.astype("<f4").tobytes(),
            np.stack([each.vector for each in members]).astype("<f2").tobytes(),
            np.concatenate([each.terms.ids for each in members]).astype("<u4").tobytes(),
            np.concatenate([each.terms.weights for each in members]).astype("<f2").tobytes(),
            np.concatenate([each.terms.marks for each in members]).tobytes(),
            np.concatenate([each.signature for each in members]).astype("<u4").tobytes(),
        )
    )


def decode_story(state: bytes) -> LiveStory:
    """The story whose state this is. Raises StateError."""
    try:
        (length,) = struct.unpack_from("<I", state)
        header = orjson.loads(state[4 : 4 + length])
        if header["v"] != STATE_VERSION:
            raise StateError(f"story state of version {header['v']}, expected {STATE_VERSION}")
        return _decode(header, _Reader(state, 4 + length))
    except (struct.error, orjson.JSONDecodeError, KeyError, ValueError, TypeError) as error:
        raise StateError(f"story state of {len(state)} bytes can't be read: {error}") from error


def _member_header(member: LiveMember) -> list[Any]:
    flags = member.has_body | member.gray << 1 | member.reprint << 2 | member.issue << 3 | member.patterned << 4
    return [
        member.article_id,
        member.published_at,
        member.sequence,
        flags,
        int(member.terms.ids.size),
        int(member.signature.size > 0),
        list(member.forms),
        member.template.pattern,
        list(member.template.names),
        member.language,
        member.arrived_at,
    ]


class _Reader:
    """Takes arrays off the bytes, one after the other."""

    def __init__(self, data: bytes, at: int) -> None:
        self._data = data
        self._at = at

    def take(self, dtype: str, count: int) -> NDArray[Any]:
        array = np.frombuffer(self._data, dtype, count, self._at)
        self._at += array.nbytes
        return array


def _decode(header: dict[str, Any], reader: _Reader) -> LiveStory:
    rows = header["members"]
    total = reader.take("<f4", header["dims"]).astype(np.float32)
    vectors = reader.take("<f2", header["dims"] * len(rows)).reshape(len(rows), -1).astype(np.float32)
    n_terms = sum(row[4] for row in rows)
    ids = reader.take("<u4", n_terms).astype(np.int32)
    weights = reader.take("<f2", n_terms).astype(np.float32)
    marks = reader.take("u1", n_terms)
    members = []
    end = 0
    for row, vector in zip(rows, vectors, strict=True):
        start, end = end, end + row[4]
        own = Terms(ids=ids[start:end], weights=weights[start:end], marks=marks[start:end])
        signature = reader.take("<u4", HASHES).astype(np.uint32) if row[5] else NO_SIGNATURE
        members.append(
            LiveMember(
                article_id=row[0],
                published_at=row[1],
                sequence=row[2],
                vector=vector,
                terms=own,
                has_body=bool(row[3] & 1),
                gray=bool(row[3] & 2),
                reprint=bool(row[3] & 4),
                issue=bool(row[3] & 8),
                signature=signature,
                forms=tuple(row[6]),
                template=Template(row[7], tuple(row[8])),
                patterned=bool(row[3] & 16),
                language=row[9],
                arrived_at=row[10] if len(row) > 10 else None,
            )
        )
    return LiveStory(
        story_id=header["id"],
        members=tuple(members),
        total=total,
        size=header["n"],
        last_at=header["last"],
        last_sequence=header["seq"],
        last_arrival=header.get("arrived"),
    )
