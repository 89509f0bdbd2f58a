"""kafka-python logs each of ten looks a second for a topic that does not exist; people get one line."""

from __future__ import annotations

import logging

import pytest
from kafka import TopicPartition

from pipeline.adapters.kafka import clients, missing_topics
from pipeline.adapters.kafka.missing_topics import AGAIN_S, MissingTopicFilter, told_missing

PARTITION = TopicPartition(topic="articles", partition=3)
FLOODS = [
    ("kafka.cluster", "Topic %s not found in cluster metadata", ("articles",)),
    (
        "kafka.consumer.fetcher",
        "Received unknown topic or partition error in ListOffsets request for partition %s. The topic/partition "
        "may not exist or the user may not have Describe access to it.",
        (PARTITION,),
    ),
    (
        "kafka.producer.sender",
        "%s: Received unknown topic or partition error in produce request on partition %s. The topic/partition "
        "may not exist or the user may not have Describe access to it",
        ("<Sender>", PARTITION),
    ),
    (
        "kafka.producer.sender",
        "%s: Got error produce response on topic-partition %s, retrying (%s attempts left): %s%s",
        ("<Sender>", PARTITION, 4, "UnknownTopicOrPartitionError", ""),
    ),
]
"""As kafka-python 3.0.12 says it."""


def record(message: str, *arguments: object) -> logging.LogRecord:
    return logging.LogRecord("kafka", logging.ERROR, "", 0, message, arguments, None)


def test_of_many_lines_about_one_topic_the_first_says_what_to_do_and_the_next_comes_after_a_while() -> None:
    now = 100.0
    only = MissingTopicFilter(clock=lambda: now)
    first, *rest = (record("Topic %s not found in cluster metadata", "articles") for _ in range(50))
    assert only.filter(first)
    assert first.getMessage() == "topic articles does not exist: create it with `groundswell topics apply`"
    assert not any(only.filter(each) for each in rest)
    assert only.filter(record("Topic %s not found in cluster metadata", "stories")), "another one is news"
    now += AGAIN_S
    assert only.filter(record("Topic %s not found in cluster metadata", "articles"))


def test_everything_else_is_logged_as_it_is() -> None:
    only = MissingTopicFilter()
    for _ in range(3):
        other = record("Topic %s is not authorized for this client", "articles")
        assert only.filter(other)
        assert other.getMessage() == "Topic articles is not authorized for this client"


@pytest.mark.parametrize(("logger", "message", "arguments"), FLOODS)
def test_each_way_in_which_the_client_says_it_becomes_the_one_line(
    logger: str, message: str, arguments: tuple[object, ...], caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    assert clients.__name__  # importing the factory of clients is what quietens them
    monkeypatch.setattr(missing_topics._filter, "_told", {})
    for _ in range(10):
        logging.getLogger(logger).warning(message, *arguments)
    assert [each.getMessage() for each in caplog.records] == [told_missing("articles")]
