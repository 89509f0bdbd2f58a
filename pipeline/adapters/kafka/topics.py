"""Creates and configures the three topics; safe to repeat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient
from kafka.errors import InvalidReplicationFactorError, KafkaError, TopicAlreadyExistsError

from pipeline.mendable import MendableError
from pipeline.settings import KafkaSettings, TopicSettings


class TopicError(MendableError):
    """A topic exists in a shape that the settings contradict and that can't be changed safely."""


@dataclass(frozen=True)
class TopicSpec:
    """A topic as it should be."""

    name: str
    partitions: int
    configs: Mapping[str, str]


def topic_specs(settings: TopicSettings) -> tuple[TopicSpec, ...]:
    """The topics of one edition.

    `stories` is compacted: the last record of each story stays for ever. The others expire by age.
    """
    size = {"max.message.bytes": str(settings.max_message_bytes)}

    def expiring(retention_s: float) -> dict[str, str]:
        return {**size, "cleanup.policy": "delete", "retention.ms": str(int(retention_s * 1000))}

    return (
        TopicSpec(settings.articles, settings.articles_partitions, expiring(settings.articles_retention_s)),
        TopicSpec(settings.stories, settings.stories_partitions, {**size, "cleanup.policy": "compact"}),
        TopicSpec(
            settings.dead_letters, settings.dead_letters_partitions, expiring(settings.dead_letters_retention_s)
        ),
    )


def apply_topics(admin: KafkaAdminClient, settings: KafkaSettings) -> dict[str, str]:
    """Create what is missing and bring the configuration of the rest in line.

    Returns what was done per topic. Raises TopicError where a topic has another number of partitions:
    changing it would move keys between partitions, which breaks the order within one article or story.
    """
    done: dict[str, str] = {}
    existing = set(admin.list_topics())
    for spec in topic_specs(settings.topics):
        if spec.name in existing:
            _check_partitions(admin, spec)
            done[spec.name] = _configure(admin, spec)
        else:
            done[spec.name] = _create(admin, spec, settings.topics.replication_factor)
    return done


def _create(admin: KafkaAdminClient, spec: TopicSpec, replication_factor: int) -> str:
    shape = {
        "num_partitions": spec.partitions,
        "replication_factor": replication_factor,
        "configs": dict(spec.configs),
    }
    try:
        admin.create_topics({spec.name: shape}, wait_for_metadata=True)
    except TopicAlreadyExistsError:
        return "existed"
    except InvalidReplicationFactorError:
        raise TopicError(
            f"topic {spec.name} can't have {replication_factor} replicas, the cluster has fewer brokers: set "
            "kafka.topics.replication_factor to their number at most, or start more of them"
        ) from None
    return "created"


def _check_partitions(admin: KafkaAdminClient, spec: TopicSpec) -> None:
    described: list[dict[str, Any]] = admin.describe_topics([spec.name])
    seen = len(described[0]["partitions"])
    if seen != spec.partitions:
        raise TopicError(
            f"topic {spec.name} has {seen} partitions, the settings say {spec.partitions}; "
            "set the number that it has, or make a new topic under another name"
        )


def _configure(admin: KafkaAdminClient, spec: TopicSpec) -> str:
    """Set the configuration; a broker that can't (the embedded one) keeps what it has."""
    try:
        admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, spec.name, configs=dict(spec.configs))])
    except KafkaError as error:
        return f"left as it is ({type(error).__name__})"
    return "configured"
