"""Topics as the broker has them, to be compared with what they should be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient
from kafka.errors import LeaderNotAvailableError, NoError, UnknownTopicOrPartitionError, for_code

_THERE = (NoError, LeaderNotAvailableError)


@dataclass(frozen=True)
class SeenTopic:
    """One topic."""

    name: str
    partitions: int
    replicas: int
    """Of the partition that has the fewest."""
    behind: int
    """Partitions of which some replica is not in sync."""
    leaderless: int
    """Partitions that nobody can read or write now."""
    configs: Mapping[str, str]
    """By Kafka's names; empty where the broker, or our rights, tell none."""


def seen_topics(admin: KafkaAdminClient, names: Iterable[str]) -> dict[str, SeenTopic | None]:
    """Each of these topics; None where there is no such topic. Raises KafkaError, also where we may not look."""
    wanted = list(names)
    described: dict[str, dict[str, Any]] = {each["name"]: each for each in admin.describe_topics(wanted)}
    there = [name for name in wanted if _is_there(described[name])]
    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in there]
    told = admin.describe_configs(resources, config_filter="all").get("topic", {}) if there else {}
    return {name: _seen(described[name], told.get(name, {})) if name in there else None for name in wanted}


def missing_topics(admin: KafkaAdminClient, names: Iterable[str]) -> list[str]:
    """Those of these topics that do not exist. Raises KafkaError, also where we may not look."""
    return [each["name"] for each in admin.describe_topics(list(names)) if not _is_there(each)]


def _is_there(described: Mapping[str, Any]) -> bool:
    error: Any = for_code(described["error_code"])
    if error is UnknownTopicOrPartitionError:
        return False
    if error not in _THERE:
        raise error(described["name"])
    return True


def _seen(described: Mapping[str, Any], configs: Mapping[str, Mapping[str, Any]]) -> SeenTopic:
    partitions = described["partitions"]
    return SeenTopic(
        name=described["name"],
        partitions=len(partitions),
        replicas=min((len(each["replica_nodes"]) for each in partitions), default=0),
        behind=sum(len(each["isr_nodes"]) < len(each["replica_nodes"]) for each in partitions),
        leaderless=sum(each["leader_id"] < 0 for each in partitions),
        configs={name: str(each["value"]) for name, each in configs.items() if each["value"] is not None},
    )
