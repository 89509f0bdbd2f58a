"""Keeps the view up to date: a subscriber like any other service's, in a thread of its own."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable

import structlog

from consumers.board.board_metrics import BoardMetrics, Taken
from consumers.board.view import StoryView
from groundswell import ConnectError, Fault, Observer, Subscriber
from groundswell.record import Status, StoryRecord
from groundswell.subscriber import Connect
from pipeline.mendable import MendableError
from pipeline.runtime.health import Health
from pipeline.settings import KafkaSettings

log = structlog.get_logger(__name__)


class UnreadableTopicError(MendableError):
    """The topic of stories can't be read, and waiting would not help."""


class StoryReader(Observer):
    """Follows the topic until it is stopped; a broker or topic that is not there is waited for.

    What waiting can't mend ends the reader: `failure` says why, and `on_failure` is called. `on_topic` is called
    once, when the topic is there.
    """

    def __init__(
        self,
        kafka: KafkaSettings,
        view: StoryView,
        metrics: BoardMetrics,
        health: Health,
        *,
        on_failure: Callable[[], None] = lambda: None,
        on_topic: Callable[[], None] = lambda: None,
        connect: Connect | None = None,
    ) -> None:
        self.failure: Exception | None = None
        self._view = view
        self._metrics = metrics
        self._health = health
        self._on_failure = on_failure
        self._on_topic = on_topic
        self._connected = self._ready = False
        self._stories = Subscriber(
            kafka.connection,
            kafka.topics.stories,
            connect_timeout_s=None,
            max_stories=view.max_ids,
            observer=self,
            connect=connect,
        )
        self._thread = threading.Thread(target=self._run, name="board-reader", daemon=True)

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def stop(self, timeout_s: float = 10.0) -> None:
        """Stop reading and let go of the broker."""
        self._stories.stop()
        if self._thread.is_alive():
            self._thread.join(timeout_s)

    def polled(self) -> None:
        """Ready once everything is shown that stood on the topic at the start, then while Kafka answers."""
        self._health.beat()
        if not self._connected:
            self._connected = True
            self._on_topic()
        if self._stories.lag is not None:
            self._metrics.lag.set(self._stories.lag)
        if self._stories.caught_up and not self._ready:
            self._set_ready()

    def waiting(self, reason: str) -> None:
        """Only a board that never was ready says so here; of one that was, its contact with Kafka tells."""
        self._health.beat()
        if not self._ready:
            self._health.set_ready(False, reason)

    def stale(self, story_id: str) -> None:  # noqa: ARG002
        """Counted."""
        self._took(Taken.STALE)

    def skipped(self, fault: Fault) -> None:  # noqa: ARG002
        """Counted."""
        self._took(Taken.UNUSABLE)

    def removed(self, story_id: str) -> None:
        """Takes the story off the board."""
        self._view.forget(story_id)
        self._took(Taken.TOMBSTONE)

    def _run(self) -> None:
        try:
            with self._stories as stories:
                for record in stories:
                    self._took(self._take(record))
        except ConnectError as error:
            log.error("the topic of stories can't be read", reason=str(error))
            self._fail(UnreadableTopicError(f"{error}; are kafka.bootstrap_servers and kafka.client right?"))
        except Exception as error:
            log.exception("the reader of the topic of stories failed")
            self._fail(error)

    def _take(self, record: StoryRecord) -> Taken:
        try:
            self._view.apply(record)
        except Exception:
            # A record must never end the board; a fault of ours shows with its traceback.
            log.exception(
                "skipped a record that the view failed on", story=record.story_id[:100], revision=record.revision
            )
            return Taken.UNUSABLE
        return Taken.MERGED if record.status is Status.MERGED else Taken.SHOWN

    def _took(self, taken: Taken) -> None:
        self._metrics.took(taken, len(self._view))

    def _set_ready(self) -> None:
        log.info("the board shows all stories", stories=len(self._view))
        # What was read stays: looking it through for garbage again and again costs readers 0.2 s a time.
        gc.freeze()
        self._ready = True
        self._health.set_ready(True)

    def _fail(self, failure: Exception) -> None:
        self.failure = failure
        self._on_failure()
