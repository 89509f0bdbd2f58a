"""Starts the sender of webhooks: a thread for each subscription, so that none waits for another."""

from __future__ import annotations

import asyncio
import threading
import time

import structlog
from kafka.errors import KafkaError

from consumers.webhooks.dead_letters import DeadLetters
from consumers.webhooks.delivery import Delivery
from consumers.webhooks.receiver import Receiver
from consumers.webhooks.topic_share import TopicShare
from consumers.webhooks.webhook_metrics import WebhookMetrics
from pipeline.adapters.kafka.ping import KafkaPing
from pipeline.mendable import MendableError
from pipeline.runtime.contact_watch import ContactWatch
from pipeline.runtime.doctor.starting import await_topics
from pipeline.runtime.listening import metrics_place
from pipeline.runtime.probe import Probe
from pipeline.runtime.shutdown import Stop
from pipeline.settings import Settings
from pipeline.webhook_settings import Subscription

AGAIN_S = 2.0
"""After a failure that is not the receiver's: Kafka is away, or the disk is full."""
STUCK_S = 60.0
"""Beyond the time of a try: a thread that has not gone round for so long is stuck."""
LOOK_S = 0.5

log = structlog.get_logger(__name__)


class NoSubscriptionsError(MendableError):
    """There is nobody to tell."""


def run_webhooks(settings: Settings, stop: Stop) -> None:
    """Run until `stop` is set. Raises NoSubscriptionsError, and BadSecretError where a secret can't sign."""
    names = [each.name for each in settings.webhooks.subscriptions]
    if not names or len(names) != len(set(names)):
        raise NoSubscriptionsError(
            "webhooks.subscriptions (GROUNDSWELL_WEBHOOKS__SUBSCRIPTIONS) must name at least one receiver, each "
            "under its own name: docs/webhooks.md has an example"
        )
    metrics = WebhookMetrics(names)
    letters = DeadLetters(settings.webhooks.dead_letters)
    probe = Probe(metrics_place(settings.metrics, "webhooks"), registry=metrics.registry)
    watch = ContactWatch(probe.health.contacts, settings.metrics.contact_s, kafka=KafkaPing(settings.kafka))
    senders = [Sender(each, settings, letters, metrics, stop) for each in settings.webhooks.subscriptions]
    with probe, watch:
        await_topics(settings, (settings.kafka.topics.stories,), stop, probe.health.waits_for)
        for sender in senders:
            sender.start()
        log.info("webhooks started", subscriptions=names, dead_letters=str(letters.path))
        while not stop.wait(LOOK_S):
            if all(sender.is_alive() and sender.turned_s_ago() < STUCK_S for sender in senders):
                probe.health.beat()
            lacking = [sender.subscription.name for sender in senders if not sender.assigned]
            probe.health.set_ready(not lacking, f"waiting for partitions: {', '.join(lacking)}")
        for sender in senders:
            sender.join(settings.webhooks.timeout_s + STUCK_S)
        log.info("webhooks stopped")


class Sender(threading.Thread):
    """Sends to one receiver until told to stop."""

    def __init__(
        self,
        subscription: Subscription,
        settings: Settings,
        letters: DeadLetters,
        metrics: WebhookMetrics,
        stop: Stop,
    ) -> None:
        super().__init__(name=f"webhooks-{subscription.name}", daemon=True)
        self.subscription = subscription
        self.assigned = False
        self._settings = settings
        self._stop_all = stop
        self._turned_s = time.monotonic()
        hooks = settings.webhooks
        self._receiver = Receiver(subscription, hooks.timeout_s, hooks.allow_addresses)
        self._delivery = Delivery(subscription, hooks, self._receiver.send, letters.write, metrics)

    def turned_s_ago(self) -> float:
        """Since it went round last."""
        return time.monotonic() - self._turned_s - self._settings.webhooks.timeout_s

    def run(self) -> None:
        """The body of the thread."""
        asyncio.run(self._run())

    async def _run(self) -> None:
        group = f"{self._settings.webhooks.group}.{self.subscription.name}"
        while not self._stop_all.is_set():
            try:
                share = TopicShare(self._settings.kafka, group)
                try:
                    await self._turn(share)
                finally:
                    self.assigned = False
                    share.close()
            except (KafkaError, OSError) as error:
                log.warning("webhooks interrupted", subscription=self.subscription.name, reason=repr(error))
                self._wait()
            except Exception:  # a fault of ours with one subscription must not end the others
                log.exception("webhooks failed", subscription=self.subscription.name)
                self._wait()
        await self._receiver.close()

    async def _turn(self, share: TopicShare) -> None:
        while not self._stop_all.is_set():
            await self._delivery.turn(share)
            self._turned_s = time.monotonic()
            self.assigned = share.assigned

    def _wait(self) -> None:
        self._delivery.start_over()
        self._turned_s = time.monotonic()
        self._stop_all.wait(AGAIN_S)
