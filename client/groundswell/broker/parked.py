"""Has a consumer read on in a partition that was paused and resumed; kafka-python 3.0.12 may never do so.

Records that a poll has unpacked only in part are put aside when their partition is paused, and nothing more is
fetched of it while they lie there. They come back only when no answer of the broker is in hand, but one that was
read to its end counts as one in hand (`fetched_records` in kafka/consumer/fetcher.py): where the consumer reads
other partitions too, that is always. So the partition stands still until it is assigned anew.
dpkp/kafka-python#2981 brought the putting aside; no report of this fault is known.
"""

from __future__ import annotations

from typing import Any

from kafka import KafkaConsumer


def take_back_parked(consumer: KafkaConsumer) -> None:
    """Make each poll first let go of an answer that was read to its end."""
    fetcher = consumer._fetcher
    drain = fetcher.fetched_records

    def fetched_records(*args: Any, **options: Any) -> Any:
        # An answer is false once it has been read to its end.
        fetcher._next_partition_records = fetcher._next_partition_records or None
        return drain(*args, **options)

    fetcher.fetched_records = fetched_records
