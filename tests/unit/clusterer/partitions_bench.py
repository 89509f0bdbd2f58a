"""Partitions over a consumer and a store that live in memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from kafka import TopicPartition

from consumers.clusterer.clusterer_metrics import ClustererMetrics
from consumers.clusterer.input_log import InputLog
from consumers.clusterer.partitions import Partitions
from pipeline.adapters.store.positions import Positions
from pipeline.settings import LostInput
from tests.unit.clusterer.fakes import TOPIC, FakeConsumer, FakePositions, FakeRecord, at


class Bench:
    """Partitions over fakes, assigned already."""

    def __init__(
        self, positions: FakePositions, *assigned: int, topic_id: Callable[[], str | None] = lambda: None
    ) -> None:
        self.consumer = FakeConsumer()
        self.told: list[list[TopicPartition]] = []
        input_log = InputLog(
            self.consumer, cast(Positions, positions), TOPIC, topic_id, LostInput.STOP, ClustererMetrics()
        )
        self.partitions = Partitions(self.consumer, input_log, TOPIC, lambda fresh: self.told.append(list(fresh)))
        if assigned:
            self.consumer.listener.on_partitions_assigned([at(each) for each in assigned])
            self.partitions.fetch(0.0, 1)

    def poll(self, max_records: int = 100) -> dict[int, list[int]]:
        """Partition -> offsets of the records taken."""
        self.partitions.fetch(0.0, max_records)
        taken = self.partitions.take(max_records)
        if taken is None:
            return {}
        return {each.partition: [record.offset for record in records] for each, records in taken.records.items()}


def records(partition: int, *timestamps: int, start: int = 0) -> list[FakeRecord]:
    return [FakeRecord(partition, start + number, stamp) for number, stamp in enumerate(timestamps)]
