"""What goes into the clustering and what comes out: plain values, no Kafka, no Redis."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float32]
"""Shape (dims,), unit length, as the encoder gave it (not centred)."""

TERM_BUCKETS = 2**18
"""Terms are hashed into this many counters, so that their memory has a bound (1 MiB)."""


@dataclass(frozen=True)
class EncodedArticle:
    """An article ready for a decision."""

    article_id: str
    title: str
    text: str
    language: str
    """ISO 639-1 code, `und` where unknown."""
    source: str | None
    """Registrable domain of the outlet."""
    published_at: float | None
    """Seconds since the epoch, UTC; None where undated."""
    vector: Vector
    arrived_at: float | None = None
    """When the broker took it, seconds since the epoch; None where nobody says, as in `evaluate`."""
    opens: str | None = None
    """Id of the story that it opens where it joins none; by default it is made of the article's id."""


@dataclass(frozen=True)
class NewVersion:
    """A newer version of an article that stands in a story."""

    article: EncodedArticle
    story_id: str
    """Where the version before stands."""
    version: int
    original_id: str | None = None
    """What the version before was a reprint of."""


class Verdict(StrEnum):
    """What became of an article."""

    OPENED = "opened"
    """It opened a story of its own."""
    JOINED = "joined"
    """It joined a live story."""


@dataclass(frozen=True)
class Assignment:
    """The decision about one article."""

    article_id: str
    story_id: str
    verdict: Verdict
    original_id: str | None = None
    """The earlier article of the same story whose text this one nearly repeats: it is a reprint."""
    probability: float = 1.0
    """The join model's probability for the best candidate story."""
    gray: bool = False
    """Near the boundary; the sweep looks at it again."""


@dataclass(frozen=True)
class Correction:
    """A newer version took the place of the one before, in the same story or, where it no longer fits, in one of
    its own."""

    article_id: str
    from_story_id: str
    story_id: str
    """Where it stands now."""
    original_id: str | None = None
    """As `Assignment.original_id`."""


@dataclass(frozen=True)
class Withdrawal:
    """The outlet took an article back."""

    article_id: str
    story_id: str | None
    """The story that it leaves; None where it stands in none."""


@dataclass(frozen=True)
class Merge:
    """Two stories turned out to be one; the survivor keeps its id."""

    survivor: str
    absorbed: str


@dataclass(frozen=True)
class Split:
    """A story turned out to be two; the larger part keeps the id."""

    story_id: str
    new_story_id: str
    article_ids: tuple[str, ...]
    """The members that move to the new story."""


@dataclass(frozen=True)
class Move:
    """A desk put members of one story into another that there is."""

    from_story_id: str
    story_id: str
    article_ids: tuple[str, ...]


@dataclass(frozen=True)
class TopicGuess:
    """A subject that a story has with some probability."""

    code: str
    """Of a Media Topic, eight digits."""
    confidence: float


@dataclass(frozen=True)
class StoryHints:
    """What the clustering knows about a story that its record wants too."""

    cohesion: float
    """Mean similarity of the kept members to their centroid, 0..1."""
    related: tuple[str, ...] = ()
    """Ids of live stories that are near but not the same, nearest first."""
    topics: tuple[TopicGuess, ...] = ()
    """What it is about, surest first; empty where nothing is sure."""
    vector: bytes = b""
    """int8[dims]: where its centroid points."""


@dataclass
class Changes:
    """Everything that one batch, or one sweep, changes; applied atomically or not at all.

    Order of application: withdrawals, corrections, assignments, merges, splits, moves, closed.
    """

    withdrawals: list[Withdrawal] = field(default_factory=list)
    corrections: list[Correction] = field(default_factory=list)
    assignments: list[Assignment] = field(default_factory=list)
    merges: list[Merge] = field(default_factory=list)
    splits: list[Split] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    """Stories that expired, or that nothing is left of."""
    states: dict[str, bytes] = field(default_factory=dict)
    """The new serialised state of every live story that changed (absorbed and closed ones are absent)."""
    hints: dict[str, StoryHints] = field(default_factory=dict)
    """For every story in `states`."""
    term_counts: dict[int, int] = field(default_factory=dict)
    """Increments of the document frequencies: hashed term -> number of articles."""
    term_table: bytes | None = None
    """All document frequencies at once, replacing the stored ones: set when they decay."""
    language_means: bytes = b""
    """The running mean vector of each language, whole; empty where unchanged."""
    more_to_sweep: bool = False
    """Of a sweep: it left some of what changed to the next one."""

    @property
    def empty(self) -> bool:
        """True where there is nothing to commit."""
        moved = self.assignments or self.corrections or self.withdrawals
        repaired = self.merges or self.splits or self.moves or self.closed
        return not (moved or repaired or self.states)


@dataclass(frozen=True)
class LiveStoriesSnapshot:
    """All that a clusterer needs to take over: what the store holds of the live stories."""

    states: dict[str, bytes]
    term_table: bytes
    """uint32, big-endian, TERM_BUCKETS of them, or empty."""
    language_means: bytes


@dataclass(frozen=True)
class LiveStoriesDelta:
    """What others changed since; applied in one step, to the latest state of each story."""

    states: dict[str, bytes | None]
    """None: the story is no longer live (absorbed or closed)."""
    term_counts: dict[int, int]
    term_table: bytes | None
    """The whole table, where it was replaced meanwhile; then `term_counts` is empty."""
    language_means: bytes
