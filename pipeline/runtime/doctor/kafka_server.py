"""Kafka itself: who answers, of which version, and how full its disks are."""

from __future__ import annotations

from collections.abc import Iterator

from kafka.errors import KafkaError

from pipeline.runtime.doctor.disk import room
from pipeline.runtime.doctor.finding import Finding, counted, ok, wrong
from pipeline.runtime.doctor.reach import Reach

OLDEST = (2, 5)
"""Offsets in transactions with the group's generation (KIP-447)."""


def check_kafka(reach: Reach) -> Iterator[Finding]:
    """Reachable, and new enough."""
    cluster = reach.admin.describe_cluster()
    brokers = [each["broker_id"] for each in cluster["brokers"]]
    # Inferred from its protocol: of a broker newer than the client, the client's own.
    version = tuple(reach.admin.get_broker_version_data(brokers[0]).broker_version)
    shown = ".".join(map(str, version))
    said = f"version {shown} by its protocol, {counted(len(brokers), 'broker')}"
    if version < OLDEST:
        yield wrong("kafka", said, f"{'.'.join(map(str, OLDEST))} is the oldest that has what dead letters need")
    else:
        yield ok("kafka", said)


def check_broker_disks(reach: Reach) -> Iterator[Finding]:
    """As the brokers tell it (Kafka 3.3 and later); nothing where they don't."""
    try:
        answers = reach.admin.describe_log_dirs()
    except KafkaError:
        return
    for answer in answers:
        for folder in answer["log_dirs"]:
            if folder.get("total_bytes", -1) > 0:
                subject = f"disk of broker {answer['broker']}"
                yield room(subject, folder["log_dir"], folder["usable_bytes"], folder["total_bytes"])
