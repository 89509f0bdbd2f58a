"""The AsyncAPI document: which role sends and receives what on which topic.

AsyncAPI 3.0.0 (https://www.asyncapi.com/docs/reference/specification/v3.0.0) with the Kafka bindings 0.5.0
(https://github.com/asyncapi/bindings/tree/master/kafka). Topics, headers and schemas are taken from the code
that uses them, so the document can't drift.
"""

from __future__ import annotations

from typing import Any

from pipeline.quality.contract.channels import channels
from pipeline.quality.contract.messages import messages
from pipeline.quality.contract.operations import operations
from pipeline.quality.contract.schemas import CONTRACT_VERSION, Schema, article_schema, story_schema
from pipeline.settings import KafkaSettings

ASYNCAPI_VERSION = "3.0.0"

_ABOUT = """\
All coverage of one event as one evolving story. Articles go in on one topic, story records come out on
another: each record is one revision of a story, and the latest one of each story stays on the compacted topic.

Records are JSON. Headers follow the CloudEvents 1.0 Kafka binding in binary mode. Transactions are used, so
read with `isolation_level=read_committed`. A subscriber ignores unknown fields, drops revisions that it has
seen, and follows `merged_into`."""


def asyncapi_document(settings: KafkaSettings | None = None) -> dict[str, Any]:
    """The document, for these settings; the defaults where none are given."""
    settings = settings or KafkaSettings()
    return {
        "asyncapi": ASYNCAPI_VERSION,
        "id": "urn:groundswell",
        "info": {
            "title": "Groundswell",
            "version": CONTRACT_VERSION,
            "description": _ABOUT,
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {"kafka": _server(settings)},
        "channels": channels(settings.topics),
        "operations": operations(settings),
        "components": {
            "messages": messages(),
            "schemas": {**_components("Article", article_schema()), **_components("StoryRecord", story_schema())},
        },
    }


def _server(settings: KafkaSettings) -> dict[str, Any]:
    return {
        "host": settings.bootstrap_servers.split(",")[0],
        "protocol": "kafka",
        "description": "The broker of the default settings; `kafka.bootstrap_servers` names yours.",
    }


def _components(name: str, schema: Schema) -> dict[str, Schema]:
    """A schema and its definitions, side by side.

    `$id` and `$schema` must go: an `$id` would make the references inside relative to it, and AsyncAPI has a
    dialect of its own (draft 7 and more), which all of our keywords are part of.
    """
    parts = {**schema.get("$defs", {}), name: schema}
    dropped = {"$id", "$schema", "$defs"}
    return {
        key: _relinked({word: value for word, value in part.items() if word not in dropped})
        for key, part in parts.items()
    }


def _relinked(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _relinked(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_relinked(inner) for inner in value]
    if isinstance(value, str) and value.startswith("#/$defs/"):
        return value.replace("#/$defs/", "#/components/schemas/", 1)
    return value
