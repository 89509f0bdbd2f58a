"""What is known of the stream as a whole: each language's mean vector, two clocks, a counter.

The event clock follows the dates of articles, which senders give. The arrival clock follows the times at which the
broker took them.

Sentence encoders put all texts of one language into a narrow cone. Taking the language's mean vector away
opens the cone: similarities then compare meanings, also across languages (the largest single gain measured).
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import orjson
from numpy.typing import NDArray

from pipeline.domain.clustering.packed_vectors import rounded
from pipeline.domain.clustering.state_error import StateError

CLOCK_ARTICLES = 64
"""The clock is the median of this many latest dates: one absurd date moves it by nothing."""

HORIZON = 4_000
"""Articles over which a language's mean forgets."""

PRIOR_WEIGHT = 50.0
"""The shipped mean of a language counts as much as this many articles of the stream."""

Means = Mapping[str, NDArray[np.float32]]
"""Language -> mean vector of shape (dims,). The key `*` holds the mean over all languages."""


@dataclass(frozen=True)
class StreamState:
    """Never changed in place. Counts and sums are of this stream; the shipped prior stays outside."""

    counts: dict[str, float] = field(default_factory=dict)
    sums: dict[str, NDArray[np.float32]] = field(default_factory=dict)
    recent: tuple[float, ...] = ()
    """Latest known dates, oldest first."""
    arrived: float | None = None
    """The arrival clock: when the latest article came in, seconds since the epoch; None where nobody says."""
    seen: int = 0
    """Articles of the stream so far."""
    merged: int = 0
    """Articles whose story id was changed late by merges, so far: what repair has spent of its budget."""
    parted: int = 0
    """The same by splits."""
    swept: int = 0
    """Stories whose latest article came before so many articles have been swept: `seen` at the last sweep, or less
    where that left something."""

    @property
    def now(self) -> float | None:
        """The event clock, seconds since the epoch; None before the first dated article."""
        return sorted(self.recent)[len(self.recent) // 2] if self.recent else None

    @property
    def latest(self) -> float:
        """The latest of the recent dates; 0 before the first dated article."""
        return max(self.recent, default=0.0)


def swept(state: StreamState, until: int) -> StreamState:
    """The state after a sweep of what came before so many articles."""
    return state if state.swept == until else replace(state, swept=until)


def observed(
    state: StreamState,
    language: str,
    vector: NDArray[np.float32],
    published_at: float | None,
    arrived_at: float | None = None,
) -> StreamState:
    """The state after one more article."""
    fade = 1.0 - 1.0 / HORIZON
    count = state.counts.get(language, 0.0) * fade + 1.0
    total = state.sums[language] * np.float32(fade) + vector if language in state.sums else vector
    dates = (*state.recent, published_at)[-CLOCK_ARTICLES:] if published_at is not None else state.recent
    return replace(
        state,
        counts={**state.counts, language: count},
        sums={**state.sums, language: total.astype(np.float32)},
        recent=dates,
        arrived=max((each for each in (state.arrived, arrived_at) if each is not None), default=None),
        seen=state.seen + 1,
    )


def centred(state: StreamState, prior: Means, language: str, vector: NDArray[np.float32]) -> NDArray[np.float32]:
    """The vector without its language's mean, unit length, rounded as it is stored. Shape (dims,)."""
    total = np.zeros_like(vector)
    weight = 0.0
    known = prior.get(language, prior.get("*"))
    if known is not None:
        total, weight = total + np.float32(PRIOR_WEIGHT) * known, PRIOR_WEIGHT
    if language in state.sums:
        total, weight = total + state.sums[language], weight + state.counts[language]
    # A mean over a handful of articles is mostly those articles: shrink it, or they lose their content.
    mean = total / np.float32(max(weight, PRIOR_WEIGHT))
    open_vector: NDArray[np.float32] = vector - mean
    length = np.float32(max(float(np.linalg.norm(open_vector)), 1e-6))
    return rounded(open_vector / length)


def encode_stream(state: StreamState) -> bytes:
    """uint32 length, JSON header, then float32[languages, dims]. Empty for a stream that saw nothing."""
    if state.seen == 0:
        return b""
    languages = sorted(state.sums)
    header = orjson.dumps(
        {
            "languages": languages,
            "counts": [state.counts[each] for each in languages],
            "recent": list(state.recent),
            "arrived": state.arrived,
            "seen": state.seen,
            "merged": state.merged,
            "parted": state.parted,
            "swept": state.swept,
        }
    )
    sums = b"".join(state.sums[each].astype("<f4").tobytes() for each in languages)
    return struct.pack("<I", len(header)) + header + sums


def decode_stream(data: bytes) -> StreamState:
    """What `encode_stream` wrote. Raises StateError."""
    try:
        return _decoded(data) if data else StreamState()
    except (struct.error, ValueError, KeyError, TypeError) as error:
        raise StateError(f"language means of {len(data)} bytes can't be read: {error}") from error


def _decoded(data: bytes) -> StreamState:
    (length,) = struct.unpack_from("<I", data)
    header = orjson.loads(data[4 : 4 + length])
    languages = header["languages"]
    sums = np.frombuffer(data, "<f4", offset=4 + length).reshape(len(languages), -1).astype(np.float32)
    return StreamState(
        counts=dict(zip(languages, header["counts"], strict=True)),
        sums=dict(zip(languages, sums, strict=True)),
        recent=tuple(header["recent"]),
        arrived=header.get("arrived"),
        seen=header["seen"],
        merged=header["merged"],
        parted=header["parted"],
        swept=header["swept"],
    )
