"""The subscriber: an iterator over what is new about the stories."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from types import TracebackType
from typing import TYPE_CHECKING

from kafka.consumer.fetcher import ConsumerRecord
from kafka.errors import KafkaError

from groundswell.broker.connecting import Connector
from groundswell.broker.connection import Connection
from groundswell.broker.source import Source
from groundswell.choice import Choice, Chosen
from groundswell.errors import CommitError
from groundswell.intake import Counts, Intake
from groundswell.ledger import Ledger
from groundswell.observer import Observer
from groundswell.progress import Progress
from groundswell.record import StoryRecord

if TYPE_CHECKING:
    from typing_extensions import Self

log = logging.getLogger(__name__)

COMMIT_EVERY_S = 5.0
"""Within a batch whose records take long; otherwise each batch is committed before the next one is asked for."""

Connect = Callable[[threading.Event], Source | None]


class Subscriber(Iterator[StoryRecord]):
    """Yields story records; of each story only revisions higher than those before. Iterate in one thread.

    Without a `group` each start reads the whole compacted topic: build a view from it, complete once
    `caught_up`. With a `group` the work is shared between its members and goes on where it was committed, at
    least once: a record is committed after the body of the loop is through with it (`auto_commit`), or when
    `commit` is called. A record at which the loop was left, by `break` or an error, comes again (see `Choice` for
    an end that it would not choose).

    The last record of a merged story is yielded too, with `merged_into`; `resolve` follows merges. `choice` leaves
    out stories that are not wanted (see `Choice` for which records it can't).

    `seen` gives revisions that the service has stored itself: with them nothing is yielded twice even after a
    crash, and `choice` takes these stories to their end. `follow=False` ends the iteration once caught up.
    `max_stories` bounds the memory (see `Ledger`). `connect_timeout_s` bounds the wait for the first connection;
    None waits for ever.

    `resolve`, `revision`, `caught_up`, `wait_caught_up`, `lag`, `counts` and `stop` may be used from other
    threads. While reading, memory holds at most one fetch of each partition besides (by default 8 MB each).
    """

    def __init__(
        self,
        bootstrap_servers: str | Connection = "127.0.0.1:9092",
        topic: str = "stories",
        *,
        choice: Choice | None = None,
        group: str | None = None,
        auto_commit: bool = True,
        follow: bool = True,
        seen: Mapping[str, int] | None = None,
        max_stories: int = 1_000_000,
        connect_timeout_s: float | None = 30.0,
        observer: Observer | None = None,
        connect: Connect | None = None,
    ) -> None:
        given = bootstrap_servers
        connection = Connection(given) if isinstance(given, str) else given
        self._observer = observer or Observer()
        self._connector = Connector(connection, topic, group, connect_timeout_s, self._observer)
        self._connect = connect or self._connector.connect
        self._auto_commit = auto_commit and group is not None
        self._follow = follow
        self._ledger = Ledger(max_stories, seen)
        chosen = Chosen(choice or Choice(), max_stories, seen or (), shared=group is not None)
        self._intake = Intake(self._ledger, chosen, self._observer)
        self._progress = Progress()
        self._source: Source | None = None
        self._batch: deque[ConsumerRecord] = deque()
        self._committed_s = time.monotonic()
        self._stopped = threading.Event()
        self._caught_up = threading.Event()
        self._lag: int | None = None

    def __next__(self) -> StoryRecord:
        self._progress.finish()  # being asked for the next one means being through with the last
        while not self._stopped.is_set():
            record = self._next_of_batch()
            if record is not None:
                return record
            if self._batch:  # stopped
                continue
            self._commit_done()
            if self._look_around() and not self._follow:
                break
            self._poll()
        self._commit_done()
        raise StopIteration

    @property
    def caught_up(self) -> bool:
        """Whether all was yielded that stood on the topic at the start, and the loop is through with it.

        Stays true from then on; `lag` says how far behind it is now.
        """
        return self._caught_up.is_set()

    def wait_caught_up(self, timeout_s: float | None = None) -> bool:
        """Wait in another thread until `caught_up`; False after the time-out."""
        return self._caught_up.wait(timeout_s)

    @property
    def lag(self) -> int | None:
        """Offsets to the end when last asked for records; None before that is known."""
        return self._lag

    @property
    def counts(self) -> Counts:
        """What became of the records that were read."""
        return self._intake.counts

    def resolve(self, story_id: str) -> str:
        """The id that a story lives under now: its own, or that of the story it was merged into.

        Knows the merges in the records read so far: all of them without a group, else those of our share.
        """
        return self._ledger.resolve(story_id)

    def revision(self, story_id: str) -> int | None:
        """The highest revision yielded of a story, None where there is none or it is long ago."""
        return self._ledger.revision(story_id)

    def commit(self) -> None:
        """Everything yielded so far is dealt with, the last record too. Raises CommitError.

        For `auto_commit=False`. Not for other threads.
        """
        self._progress.finish()
        self._commit()

    def stop(self) -> None:
        """End the iteration; a body that is running is completed. From any thread, also twice."""
        self._stopped.set()

    def close(self) -> None:
        """Commit what is dealt with and let go of the broker; in the thread that iterated, also twice."""
        self._stopped.set()
        self._commit_done()
        self._disconnect()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _next_of_batch(self) -> StoryRecord | None:
        while self._batch and not self._stopped.is_set():
            if time.monotonic() - self._committed_s >= COMMIT_EVERY_S:
                self._commit_done()
            raw = self._batch.popleft()
            self._progress.begin(raw)
            record = self._intake.take(raw)
            if record is not None:
                return record
            self._progress.finish()
        return None

    def _poll(self) -> None:
        """Get the next batch. Raises ConnectError."""
        try:
            if self._source is None:
                self._source = self._connect(self._stopped)
            if self._source is not None:
                self._batch.extend(self._source.poll())
        except KafkaError as error:
            self._reconnect_after(error)

    def _look_around(self) -> bool:
        """All that was polled is dealt with: see how far that is. Returns whether it is all there was."""
        if self._source is None:
            return False
        try:
            self._lag = self._source.lag()
            if self._source.at_end_of_start():
                self._caught_up.set()
        except KafkaError as error:
            self._reconnect_after(error)
        self._observer.polled()
        return self.caught_up

    def _commit_done(self) -> None:
        """Commit if that is ours to do. A failure is no end: the records come again and are dropped as seen."""
        if not self._auto_commit:
            return
        try:
            self._commit()
        except CommitError as error:
            log.warning("commit failed: %s", error)

    def _commit(self) -> None:
        self._committed_s = time.monotonic()
        offsets = self._progress.uncommitted()
        if offsets and self._source is not None:
            self._source.commit(offsets)
            self._progress.committed(offsets)

    def _reconnect_after(self, error: KafkaError) -> None:
        """Start over with a new connection: what was seen is dropped, so nothing is yielded twice."""
        self._disconnect()
        self._connector.lost(error, self._stopped)

    def _disconnect(self) -> None:
        self._progress.abandon()
        self._batch.clear()
        source, self._source = self._source, None
        if source is not None:
            source.close()
