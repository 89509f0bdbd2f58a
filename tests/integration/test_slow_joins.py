"""A consumer whose group answers more slowly than it polls gets its partitions all the same."""

from __future__ import annotations

import contextlib
from typing import Any

from kafka import KafkaConsumer
from kafka.protocol.consumer import SyncGroupRequest
from kafka.protocol.metadata import MetadataRequest

from pipeline.adapters.kafka.clients import make_consumer
from tests.conftest import SettingsFor
from tests.support.brokers import BrokerUnderTest
from tests.support.waiting import eventually
from tests.support.world import open_world

POLL_MS = 100
HOLD_S = {MetadataRequest: 1.0, SyncGroupRequest: 0.5}
"""Partitions are known only after the first join, and no join ends within one poll."""


def hold_back(consumer: KafkaConsumer) -> None:
    """Keep some requests for a while before they are sent."""
    manager = consumer._client._manager
    send = manager.send

    def held(request: Any, *args: Any, **options: Any) -> Any:
        async def later() -> Any:
            await manager._net.sleep(HOLD_S[type(request)])
            return await send(request, *args, **options)

        return later() if type(request) in HOLD_S else send(request, *args, **options)

    manager.send = held


def test_a_member_that_learns_of_its_partitions_after_its_first_join_gets_them(
    broker: BrokerUnderTest, settings_for: SettingsFor
) -> None:
    """Else a clusterer that starts on a slow broker stands still for ever, alive and silent."""
    settings = settings_for(broker)
    topic = settings.kafka.topics.articles
    with open_world(settings), contextlib.closing(make_consumer(settings.kafka, group_id=topic)) as consumer:
        hold_back(consumer)
        consumer.subscribe([topic])

        def assigned() -> bool:
            consumer.poll(timeout_ms=POLL_MS)
            return len(consumer.assignment()) == settings.kafka.topics.articles_partitions

        eventually(assigned, timeout_s=30, what="all partitions ours")
