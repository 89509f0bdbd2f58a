"""Reads the topic of stories into the view like any downstream service: whole, from the beginning."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

import structlog
from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from consumers.board.metrics import BoardMetrics, Taken
from consumers.board.view import Outcome, StoryView, UnusableRecordError
from pipeline.kafka.clients import make_consumer
from pipeline.probe import Health
from pipeline.settings import KafkaSettings

log = structlog.get_logger(__name__)

POLL_MS = 500
RETRY_S = 2.0
"""Between attempts to reach the broker or to find the topic."""
PARTITIONS_CHECK_S = 30.0
"""How soon partitions that were added are noticed."""

_TAKEN = {Outcome.SHOWN: Taken.SHOWN, Outcome.MERGED: Taken.MERGED, Outcome.STALE: Taken.STALE}


class StoryReader:
    """A thread that follows the topic until it is stopped, whatever happens to the broker."""

    def __init__(
        self,
        kafka: KafkaSettings,
        view: StoryView,
        metrics: BoardMetrics,
        health: Health,
        connect: Callable[[KafkaSettings], KafkaConsumer] | None = None,
    ) -> None:
        self._kafka = kafka
        self._view = view
        self._metrics = metrics
        self._health = health
        self._connect = connect or (lambda settings: make_consumer(settings, group_id=None))
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="board-reader", daemon=True)

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def stop(self, timeout_s: float = 10.0) -> None:
        """Stop reading and let go of the broker."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout_s)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                consumer = self._connect(self._kafka)
            except KafkaError as error:
                self._wait(f"no broker at {self._kafka.bootstrap_servers}: {error}")
                continue
            try:
                self._follow(consumer)
            except KafkaError as error:
                # Starting over is safe: revisions that the view has are dropped.
                self._wait(f"lost the topic: {error}")
            finally:
                consumer.close()

    def _follow(self, consumer: KafkaConsumer) -> None:
        """Assign all partitions and read; new partitions are added as they appear."""
        topic = self._kafka.topics.stories
        assigned: set[TopicPartition] = set()
        checked_s = float("-inf")
        while not self._stopping.is_set():
            self._health.beat()
            if time.monotonic() - checked_s > PARTITIONS_CHECK_S:
                found = {TopicPartition(topic, p) for p in consumer.partitions_for_topic(topic) or ()}
                if not found:
                    self._wait(f"topic {topic} does not exist; `groundswell topics apply` creates it")
                    continue
                self._assign(consumer, assigned, found)
                assigned, checked_s = found, time.monotonic()
            batches = consumer.poll(timeout_ms=POLL_MS)
            for batch in batches.values():
                self.take(batch)
            self._note_lag(consumer, assigned, idle=not batches)

    def _assign(
        self, consumer: KafkaConsumer, before: set[TopicPartition], found: set[TopicPartition]
    ) -> None:
        if added := found - before:
            positions = {each: consumer.position(each) for each in before}
            consumer.assign(sorted(found))
            consumer.seek_to_beginning(*sorted(added))
            for partition, position in positions.items():
                consumer.seek(partition, position)
            topic = self._kafka.topics.stories
            log.info("reading the topic of stories", topic=topic, partitions=len(found))

    def take(self, records: Iterable[Any]) -> None:
        """Bring records of the topic into the view; what can't be used is logged, counted and skipped."""
        for record in records:
            if self._stopping.is_set():
                return
            self._metrics.took(self._take(record), len(self._view))

    def _take(self, record: Any) -> Taken:
        where = {"partition": record.partition, "offset": record.offset}
        key = (record.key or b"").decode("utf-8", "replace")
        if record.value is None:
            self._view.forget(key)
            return Taken.TOMBSTONE
        try:
            return _TAKEN[self._view.apply(record.value)]
        except UnusableRecordError as error:
            log.warning("skipped a record that is no story", key=key[:100], reason=str(error)[:500], **where)
        except Exception:
            # A record must never end the board; a fault of ours shows with its traceback.
            log.exception("skipped a record that the view failed on", key=key[:100], **where)
        return Taken.UNUSABLE

    def _note_lag(self, consumer: KafkaConsumer, assigned: set[TopicPartition], idle: bool) -> None:
        """Ready at the first quiet poll with every position at the end known by then.

        End offsets are not asked for: the embedded broker's are not exact. The high water mark comes with
        each answer of the broker, also with an empty one.
        """
        lag = 0
        for partition in assigned:
            end = consumer.highwater(partition)
            if end is None:
                return
            lag += max(end - consumer.position(partition), 0)
        self._metrics.lag.set(lag)
        if idle and lag == 0:
            self._set_ready()

    def _set_ready(self) -> None:
        if self._health.readyz()[0] != 200:
            log.info("the board shows all stories", stories=len(self._view))
            # What was read stays: looking it through for garbage again and again costs readers 0.2 s a time.
            gc.freeze()
        self._health.set_ready(True)

    def _wait(self, reason: str) -> None:
        """Say what is missing; a board that was ready stays so, and shows what it has."""
        log.warning("the board waits", reason=reason)
        if self._health.readyz()[0] != 200:
            self._health.set_ready(False, reason)
        self._health.beat()
        self._stopping.wait(RETRY_S)
