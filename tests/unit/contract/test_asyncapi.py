"""The structure of the AsyncAPI document.

Its full validity was checked with `@asyncapi/parser` and the schema in `@asyncapi/specs` (npm), which are too
large to keep here; docs/contract.md says how to do that again.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from pipeline.adapters.kafka.dead_letters import DeadLetter, Stage
from pipeline.adapters.kafka.envelope import EventType, cloud_event
from pipeline.quality.contract.asyncapi import asyncapi_document
from pipeline.settings import KafkaSettings, TopicSettings

CHOSEN = KafkaSettings(
    group="some-group",
    topics=TopicSettings(
        articles="in/x~y", stories="out", dead_letters="dead", articles_partitions=5, stories_partitions=3,
        articles_retention_s=60, max_message_bytes=1_000,
    ),
)  # fmt: skip


def test_the_required_parts_are_there() -> None:
    document = asyncapi_document()
    assert document["asyncapi"] == "3.0.0"
    assert {"title", "version"} <= document["info"].keys()
    for server in document["servers"].values():
        assert {"host", "protocol"} <= server.keys()
    for operation in document["operations"].values():
        assert operation["action"] in ("send", "receive")
        assert operation["channel"].keys() == {"$ref"}


@pytest.mark.parametrize("settings", [KafkaSettings(), CHOSEN], ids=["defaults", "chosen"])
def test_every_reference_leads_to_something(settings: KafkaSettings) -> None:
    document = asyncapi_document(settings)
    links = list(references(document))
    assert len(links) > 30
    for link in links:
        resolve(document, link)


def test_an_operations_messages_are_messages_of_its_channel() -> None:
    document = asyncapi_document()
    for operation in document["operations"].values():
        for message in operation["messages"]:
            assert message["$ref"].startswith(operation["channel"]["$ref"] + "/messages/")


def test_every_channel_is_a_topic_of_the_settings() -> None:
    document = asyncapi_document(CHOSEN)
    addresses = {name: channel["address"] for name, channel in document["channels"].items()}
    assert addresses == {"articles": "in/x~y", "stories": "out", "dead_letters": "dead"}
    kafka = {name: channel["bindings"]["kafka"] for name, channel in document["channels"].items()}
    assert {name: each["topic"] for name, each in kafka.items()} == addresses
    assert {name: each["partitions"] for name, each in kafka.items()} == {
        "articles": 5, "stories": 3, "dead_letters": 1
    }  # fmt: skip
    assert kafka["stories"]["topicConfiguration"] == {"cleanup.policy": ["compact"], "max.message.bytes": 1_000}
    assert kafka["articles"]["topicConfiguration"]["retention.ms"] == 60_000


def test_the_clusterers_group_is_the_one_of_the_settings() -> None:
    operation = asyncapi_document(CHOSEN)["operations"]["clustererReceivesArticle"]
    assert operation["bindings"]["kafka"]["groupId"]["const"] == "some-group"


def test_every_topic_has_a_sender_and_a_receiver() -> None:
    document = asyncapi_document()
    roles = {(each["channel"]["$ref"], each["action"]) for each in document["operations"].values()}
    assert roles == {(f"#/channels/{name}", act) for name in document["channels"] for act in ("send", "receive")}


@pytest.mark.parametrize(("message", "kind"), [("article", EventType.ARTICLE), ("story", EventType.STORY)])
def test_the_headers_are_those_that_are_written(message: str, kind: EventType) -> None:
    schema = asyncapi_document()["components"]["messages"][message]["headers"]
    written = dict(cloud_event("an-id", kind, "/somewhere", datetime.now(UTC)))
    assert set(schema["properties"]) == set(schema["required"]) == set(written)
    for name, about in schema["properties"].items():
        assert about.get("const", written[name].decode()) == written[name].decode()


def test_a_dead_letters_headers_are_those_that_are_written() -> None:
    schema = asyncapi_document()["components"]["messages"]["deadLetter"]["headers"]
    letter = DeadLetter("t", 0, 0, None, None, (("own", b"x"),), Stage.VALUE_CONVERTER, "E", "why")
    assert set(schema["required"]) == {name for name, _ in letter.error_headers()}
    assert all(name.startswith("__connect.errors.") for name in schema["properties"])


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def resolve(document: Any, link: str) -> Any:
    assert link.startswith("#/"), link
    for part in link.removeprefix("#/").split("/"):
        document = document[part.replace("~1", "/").replace("~0", "~")]
    return document
