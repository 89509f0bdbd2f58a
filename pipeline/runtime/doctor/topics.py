"""The three topics: there, and of the shape that the settings say."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from pipeline.adapters.kafka.missing_topics import told_missing
from pipeline.adapters.kafka.seen_topics import SeenTopic, seen_topics
from pipeline.adapters.kafka.topics import TopicSpec, topic_specs
from pipeline.runtime.doctor.finding import Finding, counted, ok, warning, wrong
from pipeline.runtime.doctor.reach import Reach

_APPLY = "`groundswell topics apply` sets it"


def check_topics(reach: Reach) -> Iterator[Finding]:
    """All three."""
    kafka = reach.settings.kafka
    specs = topic_specs(kafka.topics)
    seen = seen_topics(reach.admin, [each.name for each in specs])
    for spec in specs:
        topic = seen[spec.name]
        if topic is None:
            said, _, todo = told_missing(spec.name).partition(": ")
            yield wrong(f"topic {spec.name}", said, todo)
        else:
            yield from shape(topic, spec, kafka.topics.replication_factor)


def check_some_topics(reach: Reach, names: Collection[str]) -> Iterator[Finding]:
    """What is amiss with those of these topics that exist."""
    kafka = reach.settings.kafka
    specs = [each for each in topic_specs(kafka.topics) if each.name in names]
    seen = seen_topics(reach.admin, [each.name for each in specs])
    for spec in specs:
        topic = seen[spec.name]
        if topic is not None:
            yield from amiss(topic, spec, kafka.topics.replication_factor)


def shape(topic: SeenTopic, spec: TopicSpec, replication_factor: int) -> Iterator[Finding]:
    """What is amiss, or one line that nothing is."""
    found = list(amiss(topic, spec, replication_factor))
    yield from found or [ok(f"topic {spec.name}", _described(topic))]


def amiss(topic: SeenTopic, spec: TopicSpec, replication_factor: int) -> Iterator[Finding]:
    """Where the topic is not as it should be."""
    yield from _partitions(topic, spec)
    yield from _replicas(topic, replication_factor)
    yield from _configs(topic, spec)


def _described(topic: SeenTopic) -> str:
    told = [counted(topic.partitions, "partition"), counted(topic.replicas, "replica")]
    shown = ("min.insync.replicas", "cleanup.policy", "retention.ms", "max.message.bytes")
    compacted = topic.configs.get("cleanup.policy") == "compact"
    told += [
        f"{name} {topic.configs[name]}"
        for name in shown
        if name in topic.configs and not (name == "retention.ms" and compacted)
    ]
    return ", ".join(told) + ("" if topic.configs else ", its configuration is not told to us")


def _partitions(topic: SeenTopic, spec: TopicSpec) -> Iterator[Finding]:
    subject = f"topic {spec.name}"
    if topic.partitions != spec.partitions:
        yield wrong(
            subject,
            f"{counted(topic.partitions, 'partition')}, the settings say {spec.partitions}",
            "set the number that it has, or make a new topic under another name",
        )
    if topic.leaderless:
        yield wrong(
            subject,
            f"{topic.leaderless} partitions have no leader: nobody can read or write them",
            "bring the brokers back that hold them",
        )


def _replicas(topic: SeenTopic, wanted: int) -> Iterator[Finding]:
    subject = f"topic {topic.name}"
    if topic.replicas < wanted:
        yield warning(
            subject,
            f"{counted(topic.replicas, 'replica')}, kafka.topics.replication_factor says {wanted}",
            "add replicas with kafka-reassign-partitions.sh",
        )
    if topic.behind:
        yield warning(
            subject, f"{topic.behind} partitions have replicas that are not in sync", "look at the brokers"
        )
    least = int(topic.configs.get("min.insync.replicas", "0"))
    if least > topic.replicas:
        yield wrong(
            subject,
            f"min.insync.replicas {least} with {counted(topic.replicas, 'replica')}: nothing can be written",
            "lower it, or add replicas",
        )
    elif least == topic.replicas > 1:
        yield warning(
            subject,
            f"min.insync.replicas {least} with {topic.replicas} replicas: the loss of one broker stops writing",
            f"set it to {least - 1}",
        )
    elif least == 1 and topic.replicas > 1:
        yield warning(
            subject,
            f"min.insync.replicas 1 with {topic.replicas} replicas: what one broker took can be lost with it",
            "set it to 2",
        )


def _configs(topic: SeenTopic, spec: TopicSpec) -> Iterator[Finding]:
    subject = f"topic {topic.name}"
    for name, wanted in spec.configs.items():
        has = topic.configs.get(name)
        if has is None or has == wanted:
            continue
        if name == "cleanup.policy":
            loses = (
                "the last record of a story is deleted in time" if wanted == "compact" else "articles are dropped"
            )
            yield wrong(subject, f"{name} is {has} and should be {wanted}: {loses}", _APPLY)
        elif name == "max.message.bytes" and int(has) < int(wanted):
            yield wrong(subject, f"takes no more than {name} {has}, the settings say {wanted}", _APPLY)
        elif name == "retention.ms":
            yield warning(subject, f"{name} is {has}, the settings say {wanted}", _APPLY)
