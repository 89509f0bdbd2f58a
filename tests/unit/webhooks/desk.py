"""A delivery without a broker and without a network: the topic, the receiver and the clock are plain values."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from kafka import TopicPartition

from consumers.webhooks.delivery import Delivery
from consumers.webhooks.event import Event
from consumers.webhooks.receiver import Answer, Fate
from consumers.webhooks.waiting_room import Waiting
from consumers.webhooks.webhook_metrics import WebhookMetrics
from groundswell.record import StoryRecord
from pipeline.testing.articles import START
from pipeline.testing.outlets import OUTLETS
from pipeline.testing.records import member, story
from pipeline.webhook_settings import Subscription, WebhooksSettings

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYqrTwjUPD8ILPZI"
DAY_S = 86_400.0


def subscription(**changes: Any) -> Subscription:
    return Subscription(**{"name": "desk", "url": "https://example.com/hook", "secret": SECRET, **changes})


def revision(story_id: str, number: int, **changes: Any) -> StoryRecord:
    return story(story_id, [member(OUTLETS[0], "Something", START)], revision=number, **changes)


class Desk:
    """Puts records on the topic, and says how the receiver answers."""

    def __init__(self, **settings: Any) -> None:
        self.now_s = 1_000_000.0
        self.topic: list[Any] = []
        self.polled = 0
        self.lost: set[TopicPartition] = set()
        self.committed: dict[TopicPartition, int] = {}
        self.sent: list[str] = []
        self.parked: list[str] = []
        self.answers: dict[str, Fate] = {}
        self.away = False
        chosen = settings.pop("subscription", subscription())
        self.metrics = WebhookMetrics(["desk"])
        self.delivery = Delivery(
            chosen, WebhooksSettings(**settings), self.send, self.park, self.metrics, lambda: self.now_s
        )

    def publish(self, *records: StoryRecord, partition: int = 0) -> None:
        for record in records:
            value = record.model_dump_json().encode()
            self.topic.append(
                SimpleNamespace(
                    topic="stories", partition=partition, offset=len(self.topic), key=b"", value=value,
                    timestamp=int(self.now_s * 1_000),
                )
            )  # fmt: skip

    async def send(self, event: Event) -> Answer:
        if self.away:
            return Answer(Fate.AWAY, "no answer")
        fate = self.answers.get(event.webhook_id, Fate.DELIVERED)
        if fate is Fate.DELIVERED:
            self.sent.append(event.webhook_id)
        return Answer(fate, "HTTP 400")

    def park(self, _name: str, waiting: Waiting) -> None:
        self.parked.append(waiting.event.webhook_id)

    def turn(self, times: int = 1, after_s: float = 0.0) -> None:
        self.now_s += after_s
        for _ in range(times):
            asyncio.run(self.delivery.turn(self))

    def poll(self, timeout_s: float, limit: int) -> list[Any]:
        found = self.topic[self.polled : self.polled + limit]
        self.polled += len(found)
        return found

    def take_lost(self) -> set[TopicPartition]:
        lost, self.lost = self.lost, set()
        return lost

    def lag(self) -> int:
        return len(self.topic) - self.polled

    def commit(self, positions: Mapping[TopicPartition, int]) -> None:
        for partition, offset in positions.items():
            assert offset >= self.committed.get(partition, 0), "a position went back"
        self.committed.update(positions)

    def position(self) -> int:
        return self.committed.get(TopicPartition("stories", 0), 0)
