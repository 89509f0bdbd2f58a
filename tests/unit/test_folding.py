"""What client libraries say while a server is away is counted; what nobody else says is written."""

from __future__ import annotations

import logging

import pytest

from pipeline.runtime.folding import Folding, take_folded

NOISE = [
    ("kafka.net.manager", "Connection failed: [Errno 111] ECONNREFUSED"),
    ("kafka.net.manager", "Bootstrap connection to bootstrap-0 failed: 111 (backoff 0.05 secs)"),
    ("kafka.net.transport", "<KafkaTCPTransport>: socket disconnected"),
    ("kafka.net.connection", "<KafkaConnection>: Request timed out after 30000 ms. Closing connection."),
    ("kafka.cluster", "No node available for metadata refresh - backoff/retry"),
    ("kafka.coordinator.base", "Marking the coordinator dead (node 1) for group clusterers: gone."),
    ("kafka.producer.sender", "<Sender>: Error sending produce request to node 1: gone"),
]
TOLD = [
    ("kafka.consumer.fetcher", "Truncation detected for articles-3 at position 17"),
    ("kafka.cluster", "Topic articles not found in cluster metadata"),
    ("consumers.publisher.worker", "shard lost: connection"),
]


def passes(name: str, message: str, folding: Folding) -> bool:
    record = logging.LogRecord(name, logging.ERROR, __file__, 1, message, None, None)
    return bool(folding.filter(record))


@pytest.mark.parametrize(("name", "message"), NOISE)
def test_what_is_said_at_each_try_to_connect_is_counted(name: str, message: str) -> None:
    take_folded()
    assert not passes(name, message, Folding())
    assert (take_folded(), take_folded()) == (1, 0)


@pytest.mark.parametrize(("name", "message"), TOLD)
def test_what_is_no_lost_connection_is_written(name: str, message: str) -> None:
    assert passes(name, message, Folding())


def test_a_refusal_is_written_once_until_there_is_another() -> None:
    folding = Folding()
    said = [
        "Connection failed: SaslAuthenticationFailedError: wrong password",
        "Connection failed: SaslAuthenticationFailedError: wrong password",
        "Connection failed: Handshake failed: certificate has expired",
    ]
    assert [passes("kafka.net.manager", each, folding) for each in said] == [True, False, True]
