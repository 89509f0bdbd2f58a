"""Takes up each join of the consumer group that ends; kafka-python 3.0.12 may throw it away or forget it.

A join that outlasts the timeout of `poll` goes on in the client's thread. Two things go wrong there
(`join_group_async` in kafka/coordinator/base.py):

- The next `poll` waits for it if it is still under way; if it has ended meanwhile, its result is dropped and a new
  join begun. When the leader of the group joins anew, all members must, and the leader's join ends when the last
  of them has joined: easily between two polls of the leader again. So a group can rebalance for ever, with nobody
  reading the leader's partitions. Kafka's own client keeps the result for the next poll. dpkp/kafka-python#1695
  is of a fault akin to it, in the coordinator before 3.0; no report of this one is known.
- A leader that joins because it learned of partitions has no other reason to join once it has shared them out
  (`need_rejoin` in kafka/coordinator/consumer.py). If `poll` times out then, no later one asks for the result, and
  heartbeats rest during a join: the member reads nothing for ever, and nobody tells it that it was put out of the
  group. Each start whose metadata come later than its first join goes this way. Kafka's own client keeps in mind
  that a join was begun. No report of this one is known.
"""

from __future__ import annotations

from typing import Any

from kafka import KafkaConsumer


def keep_finished_joins(consumer: KafkaConsumer) -> None:
    """Make the next `poll` take up a join that ended since the last one."""
    coordinator = consumer._coordinator
    coordinator._do_join_and_sync_async = FinishedJoins(coordinator).join


class FinishedJoins:
    """Stands in for the coordinator's single attempt to join."""

    def __init__(self, coordinator: Any) -> None:
        self._coordinator = coordinator
        self._attempt = coordinator._do_join_and_sync_async
        self._generation: object | None = None
        self._assignment = b""

    async def join(self) -> bytes:
        """Our assignment: that of the last join if nobody took it up, else that of a new one."""
        self._coordinator.request_rejoin()  # until it is taken up, which takes the request back
        if not self._left_over():
            self._generation = None
            self._assignment = await self._attempt()
            self._generation = self._coordinator._generation
        return self._assignment

    def _left_over(self) -> bool:
        """Taken up, a join makes the member stable; once the member falls out, its generation is another.

        If the group has moved on without us, the next heartbeat says so, and we join again.
        """
        return self._coordinator.rebalance_in_progress() and self._coordinator._generation is self._generation
