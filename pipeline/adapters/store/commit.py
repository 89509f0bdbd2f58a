"""The atomic commit: one batch's changes and the positions of its partitions, together or not at all."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from redis import Redis

from groundswell.record import Reason
from pipeline.adapters.store.articles import version_mark
from pipeline.adapters.store.edition import EditionGuard
from pipeline.adapters.store.keys import Keys, position_field
from pipeline.adapters.store.members import LOGGED_MEMBERS, encode_member
from pipeline.adapters.store.scripts import load_script
from pipeline.adapters.store.server import ServerGuard, StoreTornError
from pipeline.domain.clustering.types import Assignment, Changes, StoryHints, TopicGuess, Verdict
from pipeline.domain.edition import ClustererIdentity
from pipeline.domain.story.snapshot import StoredArticle
from pipeline.gaps import Gap, at
from pipeline.json_codec import to_json
from pipeline.settings import RedisSettings

CHANGE_LOG_ENTRIES = 256
"""Commits a clusterer may be behind before it reloads everything; bounds the log's memory."""

KEPT_CORRECTIONS, KEPT_OF_STORY = 5_000, 50
"""The latest corrections by desks that the edition remembers, however old, and those that a story does."""
LOGGED_REVISIONS = 500
"""Entries of that log: some 50 KB, where the members take 350 KB and more."""

LOGGED_CHANGES = 1_000
"""A revision that changes more members than these is followed by reading all of them."""

TRIES = 4
"""Of one commit: Redis was started again, it lost the edition's identity, another process states more of it."""


@dataclass(frozen=True)
class Claim:
    """The records `[start, end)` of a partition that a batch covers."""

    topic: str
    partition: int
    start: int
    end: int
    topic_id: str | None = None
    """Of the topic that they were read from; None where the broker does not tell."""

    @property
    def field(self) -> str:
        """The partition's name in the store."""
        return position_field(self.topic, self.partition)


@dataclass(frozen=True)
class DeskEntry:
    """A correction by a desk, as its stories and the log of corrections keep it."""

    story_ids: tuple[str, ...]
    """Those that it changes; of a mark the one that bears it."""
    entry: bytes
    """Who, what and why; see `pipeline/adapters/store/correction_log.py`."""
    mark: str = ""
    """`hide` or `unhide`: what the story's record says from then on."""


@dataclass(frozen=True)
class Batch:
    """What one commit applies. A sweep has no claims and no articles; only a desk's correction has an entry."""

    seen: int
    """The last commit that the decisions know of."""
    changes: Changes
    claims: Sequence[Claim] = ()
    articles: Mapping[str, StoredArticle] = field(default_factory=dict)
    """Every article that `changes` assigns or corrects, by id."""
    versions: Mapping[str, int] = field(default_factory=dict)
    """Of each article that `changes` names, where it is not 0; see `pipeline/adapters/store/articles.py`."""
    duplicates: int = 0
    dead_lettered: int = 0
    swept: bool = False
    """It is a sweep, which left nothing for the next one."""
    desk: DeskEntry | None = None


@dataclass(frozen=True)
class Committed:
    """Applied; `sequence` is now the last commit."""

    sequence: int


@dataclass(frozen=True)
class Stale:
    """Nothing applied: others changed stories since `seen`. Fetch the delta, decide again."""

    sequence: int


@dataclass(frozen=True)
class Fenced:
    """Nothing applied: the stored position is not where the batch starts. Another consumer was here."""

    partition: str
    stored: int | None


@dataclass(frozen=True)
class Restarted:
    """Nothing applied: Redis was started again and still writes its file anew. Try the batch again later."""


CommitOutcome = Committed | Stale | Fenced | Restarted


class Committer:
    """Runs the commit script of one edition."""

    def __init__(
        self, redis: Redis, settings: RedisSettings, identity: ClustererIdentity, *, keeps_vectors: bool = False
    ) -> None:
        """With `keeps_vectors` a story keeps the vector that its record tells."""
        self._script = load_script(redis, "commit")
        self._guard = ServerGuard(redis, settings)
        self._edition = EditionGuard(redis, settings, identity)
        self._keys = Keys(settings.edition)
        self._retention_s = int(settings.retention_s)
        self._shards = identity.shards
        self._encoder = identity.encoder
        self._keeps_vectors = keeps_vectors

    def start(self) -> None:
        """Once, before anything else. Raises AnotherIdentityError where we are not what the edition is."""
        self._edition.start(self._guard)

    def commit(self, batch: Batch) -> CommitOutcome:
        """Apply the batch. Repeating one that was applied is refused by its position (Fenced).

        Raises StoreTornError where the store holds a part of a batch, AnotherIdentityError where the edition has
        become another than we are.
        """
        blobs: list[bytes] = []
        header = self._header(batch, blobs)
        at(Gap.BATCH_UNSENT)
        outcome = self._apply(header, blobs)
        at(Gap.BATCH_APPLIED)
        return outcome

    def _apply(self, header: dict[str, object], blobs: list[bytes]) -> CommitOutcome:
        """Once more where Redis or the edition may have become another, and has not."""
        for _ in range(TRIES):
            outcome = self._run(header, blobs)
            if outcome is None:
                self._edition.confirm()
            elif not isinstance(outcome, Restarted) or not self._guard.confirm():
                return outcome
        return Restarted()

    def _run(self, header: dict[str, object], blobs: list[bytes]) -> CommitOutcome | None:
        """None where the edition says something else than when it was confirmed last."""
        stated = to_json({**header, "identity": self._edition.digest})
        kind, *rest = self._script(keys=[self._keys.prefix], args=[stated, *blobs])
        match kind:
            case b"ok":
                return Committed(int(rest[0]))
            case b"stale":
                return Stale(int(rest[0]))
            case b"restarted":
                return Restarted()
            case b"another":
                return None
            case b"torn":
                raise StoreTornError(self._keys.prefix)
            case _:
                return Fenced(rest[0].decode(), int(rest[1]) if rest[1] else None)

    def _header(self, batch: Batch, blobs: list[bytes]) -> dict[str, object]:
        """The batch as the script reads it; blobs are appended and named by their number in ARGV."""

        def slot(blob: bytes) -> int:
            blobs.append(blob)
            return len(blobs) + 1

        def member(article_id: str) -> tuple[int, str]:
            return slot(encode_member(batch.articles[article_id])), _mark(batch, article_id)

        changes = batch.changes
        return {
            "seen": batch.seen,
            "changes_stories": not changes.empty or batch.desk is not None,
            "swept": batch.swept,
            "positions": [
                [claim.field, claim.start, claim.end, claim.topic, claim.topic_id or ""] for claim in batch.claims
            ],
            "counts": _counts(batch),
            "withdrawals": [
                [each.article_id, each.story_id or "", _mark(batch, each.article_id)]
                for each in changes.withdrawals
            ],
            "corrections": [
                [each.article_id, each.from_story_id, each.story_id, *member(each.article_id)]
                for each in changes.corrections
            ],
            "articles": [
                [each.article_id, each.story_id, _reason(each), *member(each.article_id)]
                for each in changes.assignments
            ],
            "merges": [[merge.survivor, merge.absorbed] for merge in changes.merges],
            "splits": [[split.story_id, split.new_story_id, split.article_ids] for split in changes.splits],
            "moves": [[move.from_story_id, move.story_id, move.article_ids] for move in changes.moves],
            "closed": changes.closed,
            **({"desk": _desk(batch.desk, slot)} if batch.desk is not None else {}),
            "states": [
                [story_id, slot(state), *_hinted(hints), slot(hints.vector if self._keeps_vectors else b"")]
                for story_id, state in changes.states.items()
                for hints in (changes.hints[story_id],)
            ],
            "terms": slot(pack_term_counts(changes.term_counts)),
            "term_table": slot(changes.term_table or b""),
            "language_means": slot(changes.language_means),
            **self._edition_facts(),
        }

    def _edition_facts(self) -> dict[str, object]:
        """What is the same for every batch."""
        return {
            "retention_s": self._retention_s,
            "shards": self._shards,
            "log_entries": CHANGE_LOG_ENTRIES,
            "logged_members": LOGGED_MEMBERS,
            "logged_revisions": LOGGED_REVISIONS,
            "logged_changes": LOGGED_CHANGES,
            "encoder": self._encoder,
        }


def _desk(desk: DeskEntry, slot: Callable[[bytes], int]) -> dict[str, object]:
    return {
        "stories": desk.story_ids,
        "entry": slot(desk.entry),
        "mark": desk.mark,
        "kept": KEPT_CORRECTIONS,
        "kept_of_story": KEPT_OF_STORY,
    }


def _counts(batch: Batch) -> dict[str, int]:
    verdicts = [each.verdict for each in batch.changes.assignments]
    counts = {
        "joined": verdicts.count(Verdict.JOINED),
        "opened": verdicts.count(Verdict.OPENED),
        "duplicate": batch.duplicates,
        "dead_lettered": batch.dead_lettered,
    }
    return {"in": sum(counts.values()), **counts}


def _mark(batch: Batch, article_id: str) -> str:
    return version_mark(batch.versions.get(article_id, 0))


def _reason(assignment: Assignment) -> Reason:
    if assignment.verdict is Verdict.OPENED:
        return Reason.OPENED
    return Reason.REPRINT if assignment.original_id else Reason.COVERAGE


def _hinted(hints: StoryHints) -> tuple[str, str, str]:
    """Cohesion, related stories and topics."""
    return f"{hints.cohesion:.4f}", " ".join(hints.related), pack_topics(hints.topics)


def pack_topics(topics: Sequence[TopicGuess]) -> str:
    """`15000000=0.93 11000000=0.71`."""
    return " ".join(f"{each.code}={each.confidence:.2f}" for each in topics)


def pack_term_counts(counts: Mapping[int, int]) -> bytes:
    """Pairs of big-endian uint32 bucket and uint16 increment."""
    return b"".join(struct.pack(">IH", bucket, min(count, 65_535)) for bucket, count in sorted(counts.items()))


def unpack_term_counts(packed: bytes) -> dict[int, int]:
    """The inverse of `pack_term_counts`."""
    return dict(struct.iter_unpack(">IH", packed))
