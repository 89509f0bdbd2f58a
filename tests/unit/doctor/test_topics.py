"""What is amiss with a topic, and how bad it is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.adapters.kafka.seen_topics import SeenTopic
from pipeline.adapters.kafka.topics import topic_specs
from pipeline.runtime.doctor.finding import Verdict
from pipeline.runtime.doctor.topics import amiss, shape
from pipeline.settings import TopicSettings

ARTICLES, STORIES, _ = topic_specs(TopicSettings())
CONFIGS = {**STORIES.configs, "retention.ms": "604800000", "min.insync.replicas": "2"}
GOOD = SeenTopic("stories", STORIES.partitions, 3, 0, 0, CONFIGS)


def with_config(**configs: str) -> SeenTopic:
    changed = {name.replace("_", "."): value for name, value in configs.items()}
    return replace(GOOD, configs={**CONFIGS, **changed})


def test_a_topic_as_it_should_be_is_one_line_with_its_shape() -> None:
    (found,) = shape(GOOD, STORIES, 3)
    assert found.verdict is Verdict.OK
    assert found.said == (
        "6 partitions, 3 replicas, min.insync.replicas 2, cleanup.policy compact, max.message.bytes 8388608"
    )


@pytest.mark.parametrize(("topic", "verdict", "said"), [
    (with_config(cleanup_policy="delete"), Verdict.WRONG, "cleanup.policy is delete and should be compact"),
    (with_config(cleanup_policy="compact,delete"), Verdict.WRONG, "the last record of a story is deleted in time"),
    (with_config(max_message_bytes="1048588"), Verdict.WRONG, "1048588, the settings say 8388608"),
    (with_config(min_insync_replicas="3"), Verdict.WARNING, "the loss of one broker stops writing"),
    (with_config(min_insync_replicas="1"), Verdict.WARNING, "what one broker took can be lost"),
    (with_config(min_insync_replicas="4"), Verdict.WRONG, "nothing can be written"),
    (replace(GOOD, partitions=5), Verdict.WRONG, "5 partitions, the settings say 6"),
    (replace(GOOD, replicas=2, configs={}), Verdict.WARNING, "2 replicas, kafka.topics.replication_factor says 3"),
    (replace(GOOD, behind=2), Verdict.WARNING, "2 partitions have replicas that are not in sync"),
    (replace(GOOD, leaderless=1), Verdict.WRONG, "1 partitions have no leader"),
])  # fmt: skip
def test_what_is_amiss_is_told_with_what_to_do(topic: SeenTopic, verdict: Verdict, said: str) -> None:
    (found,) = amiss(topic, STORIES, 3)
    assert (found.verdict, said in found.said) == (verdict, True), found
    assert found.todo


def test_another_retention_is_a_warning_and_larger_records_are_no_fault() -> None:
    configs = {**ARTICLES.configs, "retention.ms": "3600000", "max.message.bytes": "16777216"}
    (found,) = amiss(SeenTopic("articles", 12, 1, 0, 0, configs), ARTICLES, 1)
    assert (found.verdict, found.said) == (Verdict.WARNING, "retention.ms is 3600000, the settings say 1209600000")


def test_a_broker_that_tells_no_configuration_is_not_accused() -> None:
    (found,) = shape(replace(GOOD, configs={}), STORIES, 3)
    assert found.verdict is Verdict.OK
    assert "not told to us" in found.said
