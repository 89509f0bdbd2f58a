"""Which edition a consumer group belongs to.

Clusterers of another edition in the same group would be given partitions, whose articles the edition of the group
would then lack. Beside each offset that a group commits stands a text of its choice: ours names the edition. So it
lies where the group lies, also where the editions are in different Redis servers.
"""

from __future__ import annotations

from collections.abc import Iterable

from kafka import KafkaConsumer, TopicPartition
from kafka.structs import OffsetAndMetadata

from pipeline.mendable import MendableError

_MARK = "edition "


class AnotherGroupError(MendableError):
    """The group is that of another edition. Nothing may be read in it."""


class GroupMark:
    """Marks what a group commits as that of an edition, and knows the marks of others."""

    def __init__(self, group: str, edition: str) -> None:
        self._group = group
        self._edition = edition

    def offset(self, at: int) -> OffsetAndMetadata:
        """This offset, to be committed."""
        return OffsetAndMetadata(at, _MARK + self._edition, -1)

    def is_on(self, committed: OffsetAndMetadata | None) -> bool:
        """Whether our edition committed it. Raises AnotherGroupError where another one did."""
        mark = (committed.metadata if committed is not None else None) or ""  # the embedded broker keeps none
        if not mark.startswith(_MARK):
            return False
        edition = mark.removeprefix(_MARK)
        if edition != self._edition:
            raise AnotherGroupError(
                f"consumer group {self._group} is that of edition {edition}, this process is of edition "
                f"{self._edition}: give each edition a kafka.group of its own, or delete the group where edition "
                f"{edition} is no more"
            )
        return True


def check_group(consumer: KafkaConsumer, topic: str, mark: GroupMark) -> None:
    """Before the group is joined, which would take partitions from the others. Raises AnotherGroupError."""
    partitions: Iterable[int] = consumer.partitions_for_topic(topic) or ()
    for number in partitions:
        mark.is_on(consumer.committed(TopicPartition(topic, number), metadata=True))
