"""The topics as AsyncAPI channels, from the specification that `groundswell topics apply` creates them by."""

from __future__ import annotations

from typing import Any

from pipeline.adapters.kafka.topics import TopicSpec, topic_specs
from pipeline.quality.contract.messages import MessageName
from pipeline.settings import TopicSettings

BINDING_VERSION = "0.5.0"
"""Of AsyncAPI's Kafka bindings."""


def reference(*path: str) -> dict[str, str]:
    """A `$ref` inside the document (JSON Pointer, RFC 6901)."""
    return {"$ref": "#/" + "/".join(part.replace("~", "~0").replace("/", "~1") for part in path)}


def channels(settings: TopicSettings) -> dict[str, Any]:
    """One channel per topic, under the name of the setting that names the topic."""
    specs = {spec.name: spec for spec in topic_specs(settings)}
    return {
        "articles": _channel(
            specs[settings.articles],
            MessageName.ARTICLE,
            "Articles to be clustered, as the producers send them. An article may come more than once.",
        ),
        "stories": _channel(
            specs[settings.stories],
            MessageName.STORY,
            "Revisions of stories. Compacted: the last record of each story stays. Within a story revisions only "
            "grow; a record may come again, and the same revision may be dropped.",
        ),
        "dead_letters": _channel(
            specs[settings.dead_letters],
            MessageName.DEAD_LETTER,
            "Records of the topic of articles that are no valid article: bytes and headers untouched, with the "
            "reason.",
        ),
    }


def _channel(spec: TopicSpec, message: MessageName, description: str) -> dict[str, Any]:
    return {
        "address": spec.name,
        "description": description,
        "messages": {message.value: reference("components", "messages", message.value)},
        "bindings": {
            "kafka": {
                "topic": spec.name,
                "partitions": spec.partitions,
                "topicConfiguration": {name: _typed(name, value) for name, value in spec.configs.items()},
                "bindingVersion": BINDING_VERSION,
            }
        },
    }


def _typed(name: str, value: str) -> list[str] | int:
    """Kafka's configuration is text; the binding wants lists and numbers."""
    return value.split(",") if name == "cleanup.policy" else int(value)
