"""An end that waits for its receiver, on a real Kafka that is away for a moment meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

from consumers.webhooks.delivery import Delivery
from consumers.webhooks.event import Event
from consumers.webhooks.receiver import Answer, Fate
from consumers.webhooks.topic_share import TopicShare
from consumers.webhooks.webhook_metrics import WebhookMetrics
from groundswell.record import Status, StoryRecord
from pipeline.adapters.kafka.clients import close_producer, make_admin, make_producer
from pipeline.adapters.kafka.topics import apply_topics
from pipeline.settings import Settings
from pipeline.webhook_settings import WebhooksSettings
from tests.conftest import SettingsFor
from tests.support.brokers import BrokerUnderTest
from tests.support.waiting import eventually
from tests.unit.webhooks.desk import revision, subscription


def publish(settings: Settings, record: StoryRecord) -> None:
    producer = make_producer(settings.kafka)
    value = record.model_dump_json().encode()
    producer.send(settings.kafka.topics.stories, key=record.story_id.encode(), value=value)
    producer.flush()
    close_producer(producer, 5)


class Desk:
    """A receiver, and the sender in one thread."""

    def __init__(self, settings: Settings) -> None:
        self.got: list[str] = []
        self.tried: list[str] = []
        self.away = False
        self._settings = settings
        hooks = WebhooksSettings(retry_s=0.1, max_retry_s=0.1)
        metrics = WebhookMetrics(["desk"])
        self._delivery = Delivery(subscription(min_sources=3), hooks, self._send, lambda *_: None, metrics)
        self._share = self._connected()

    def turn_until(self, done: Callable[[], bool], what: str) -> None:
        def turned() -> bool:
            asyncio.run(self._delivery.turn(self._share))
            return done()

        eventually(turned, what=what)

    def lose_kafka(self) -> None:
        """As the sender does when a poll or a commit ends with a KafkaError."""
        self.close()
        self._delivery.start_over()
        self._share = self._connected()

    def close(self) -> None:
        self._share.close()

    def _connected(self) -> TopicShare:
        return TopicShare(self._settings.kafka, self._settings.kafka.topics.stories + ".desk")

    async def _send(self, event: Event) -> Answer:
        self.tried.append(event.webhook_id)
        if self.away:
            return Answer(Fate.AWAY, "no answer")
        self.got.append(event.webhook_id)
        return Answer(Fate.DELIVERED)


def test_an_end_that_waits_is_told_although_kafka_was_away_meanwhile(
    kafka_broker: BrokerUnderTest, settings_for: SettingsFor
) -> None:
    settings = settings_for(kafka_broker, kafka={"topics": {"stories_partitions": 1}})
    with contextlib.closing(make_admin(settings.kafka)) as admin:
        apply_topics(admin, settings.kafka)
    publish(settings, revision("a", 1, source_count=3))
    with contextlib.closing(Desk(settings)) as desk:
        desk.turn_until(lambda: desk.got == ["a.1"], what="the story")
        desk.away = True
        publish(settings, revision("a", 2, source_count=2, status=Status.CLOSED))
        desk.turn_until(lambda: "a.2" in desk.tried, what="a try of its end")
        desk.lose_kafka()
        desk.away = False
        publish(settings, revision("b", 1, source_count=3))
        desk.turn_until(lambda: "b.1" in desk.got, what="the story behind it")
        assert desk.got == ["a.1", "a.2", "b.1"]
