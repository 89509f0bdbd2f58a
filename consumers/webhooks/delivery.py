"""Delivers to one receiver: takes records in, tries what is due, parks what nobody took, commits.

Two kinds of failure. A receiver that is *away* is tried again with one event at a time, ever more rarely; the rest
waits, in memory up to the bound and then on the topic. A receiver that *refuses* an event is asked again for that
one, ever more rarely, while events of other stories go on. Events of one story keep their order in both.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Coroutine, Iterable, Mapping
from typing import Any, Protocol

import structlog
from kafka import TopicPartition
from kafka.consumer.fetcher import ConsumerRecord

from consumers.webhooks.event import Event
from consumers.webhooks.receiver import CONCURRENCY, Answer, Fate
from consumers.webhooks.selection import Selection
from consumers.webhooks.waiting_room import Waiting, WaitingRoom
from consumers.webhooks.webhook_metrics import PARKED, WebhookMetrics
from pipeline.webhook_settings import Subscription, WebhooksSettings

POLL_S = 0.5
"""Also the time after which a stop is noticed."""

log = structlog.get_logger(__name__)


class Share(Protocol):
    """The subscription's part of the topic."""

    def poll(self, timeout_s: float, limit: int) -> list[ConsumerRecord]:
        """At most so many records."""

    def take_lost(self) -> set[TopicPartition]:
        """Partitions that left us since."""

    def lag(self) -> int:
        """Records behind what was polled."""

    def commit(self, positions: Mapping[TopicPartition, int]) -> None:
        """Store the next offsets to read."""


Send = Callable[[Event], Coroutine[Any, Any, Answer]]
Park = Callable[[str, Waiting], None]


class Delivery:
    """One subscription, in one thread. `turn` after `turn` it gets on; nothing is lost between two."""

    def __init__(
        self,
        subscription: Subscription,
        settings: WebhooksSettings,
        send: Send,
        park: Park,
        metrics: WebhookMetrics,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._name = subscription.name
        self._settings = settings
        self._send = send
        self._park = park
        self._metrics = metrics
        self._clock = clock
        self._room = WaitingRoom(settings.max_waiting)
        self._selection = Selection(subscription)
        self._away_s: float | None = None
        """Since when the receiver has been away."""
        self._away_tries = 0
        self._again_s = 0.0

    async def turn(self, share: Share) -> None:
        """Go round once. Raises KafkaError, and OSError where the dead letters can't be written."""
        polled = share.poll(self._patience_s(), self._room.free)
        self._leave(share.take_lost())
        self._take_in(polled)
        due = self._room.due(self._clock(), self._width())
        answers = await asyncio.gather(*(self._try(each) for each in due))
        for waiting, answer in zip(due, answers, strict=True):
            self._settle(waiting, answer)
        self._park_dead()
        share.commit(self._room.positions())
        self._show(share)

    def start_over(self) -> None:
        """The connection to Kafka is gone: what waits is read again from where was committed."""
        self._leave({each.partition for each in self._room} | self._room.positions().keys())

    def _patience_s(self) -> float:
        """How long to wait for records: until the next try at most."""
        dues = [each.due_s for each in self._room.due(float("inf"), len(self._room))]
        if not dues:
            return POLL_S
        next_s = max(min(dues), self._again_s) - self._clock()
        return min(max(next_s, 0.0), POLL_S)

    def _width(self) -> int:
        """How many events to try at once."""
        if self._away_s is None:
            return CONCURRENCY
        return 1 if self._clock() >= self._again_s else 0

    def _leave(self, partitions: set[TopicPartition]) -> None:
        for waiting in self._room.leave(partitions):
            self._selection.forget(waiting.event.story_id)

    def _take_in(self, polled: Iterable[ConsumerRecord]) -> None:
        for raw in polled:
            partition = TopicPartition(raw.topic, raw.partition)
            event = self._selection.event_of(raw)
            if event is None:
                self._room.skip(partition, raw.offset)
            else:
                recorded_s = min(raw.timestamp / 1_000, self._clock())
                self._room.add(Waiting(event, partition, raw.offset, recorded_s))

    async def _try(self, waiting: Waiting) -> Answer:
        started = time.perf_counter()
        answer = await self._send(waiting.event)
        self._metrics.seconds.labels(self._name).observe(time.perf_counter() - started)
        return answer

    def _settle(self, waiting: Waiting, answer: Answer) -> None:
        waiting.tries += 1
        self._metrics.tries.labels(self._name, answer.fate).inc()
        if answer.fate is Fate.AWAY:
            self._is_away(waiting, answer.reason)
            return
        if self._away_s is not None:
            log.info("webhook receiver is back", subscription=self._name)
        self._away_s, self._away_tries, self._again_s = None, 0, 0.0
        if answer.fate is Fate.DELIVERED:
            self._room.done(waiting)
            self._metrics.last_delivery.labels(self._name).set_to_current_time()
            return
        now_s = self._clock()
        if waiting.failed_s is None:
            waiting.failed_s = now_s
            log.warning(
                "webhook refused",
                subscription=self._name,
                webhook_id=waiting.event.webhook_id,
                reason=answer.reason,
            )
        waiting.reason, waiting.due_s = answer.reason, now_s + self._pause_s(waiting.tries)

    def _is_away(self, waiting: Waiting, reason: str) -> None:
        waiting.reason, now_s = reason, self._clock()
        if self._away_s is None:
            self._away_s = now_s
            log.warning("webhook receiver is away", subscription=self._name, reason=reason)
        if now_s >= self._again_s:  # of several at once the first counts
            self._away_tries += 1
            self._again_s = now_s + self._pause_s(self._away_tries)

    def _pause_s(self, tries: int) -> float:
        longest = min(self._settings.retry_s * 2.0 ** min(tries - 1, 30), self._settings.max_retry_s)
        return longest * random.uniform(0.75, 1.0)  # so that receivers of one host don't come in step

    def _park_dead(self) -> None:
        """Events that waited out their time, those that were not tried too: a receiver that is away is known."""
        dead_s = self._clock() - self._settings.dead_after_s
        stuck: set[str] = set()
        for waiting in self._room:
            since = [each for each in (waiting.failed_s, self._away_s) if each is not None]
            if waiting.event.story_id in stuck or not since or max(min(since), waiting.recorded_s) > dead_s:
                stuck.add(waiting.event.story_id)
                continue
            self._park(self._name, waiting)
            self._room.done(waiting)
            self._metrics.tries.labels(self._name, PARKED).inc()

    def _show(self, share: Share) -> None:
        failing = [each.failed_s for each in self._room if each.failed_s is not None]
        failing += [self._away_s] if self._away_s is not None else []
        self._metrics.failing_since.labels(self._name).set(min(failing, default=0.0))
        self._metrics.waiting.labels(self._name).set(len(self._room))
        self._metrics.lag.labels(self._name).set(share.lag())
