"""JSON Schemas (draft 2020-12) of the records, from their models.

They are written for readers. Our own models forbid unknown fields, so that a slip of ours shows; the published
schemas allow them, because a later version of the same major adds fields and a reader must ignore what it does
not know ("must-ignore", as in https://www.w3.org/TR/webarch/#extensibility).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from groundswell import record as story
from groundswell.record import Reason, StoryRecord
from pipeline.adapters.kafka.envelope import EventType
from pipeline.domain.records.article import Article
from pipeline.quality.contract.enums import member_sentences

Schema = dict[str, Any]

CONTRACT_VERSION = "1.1.0"
"""Of the documents as a whole, by the rules of semver.org: raise the minor for an addition, the major (and
`SCHEMA_VERSION`) for a change that breaks a reader. Released versions stand in client/released."""

OPEN_ENUMERATIONS = frozenset({Reason.__name__})
"""Enumerations that may grow within a major version. Only what a reader can do without is open: a reason is
said beside the record's content. A new `Status` or `Side` would change what a record means."""


class _Generator(GenerateJsonSchema):
    """Without a title per field: it would only repeat the field's name."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002
        return False


class _WholeRecordGenerator(_Generator):
    """Of a record that is always written whole: fields with a default are there too."""

    def field_is_required(self, field: Any, total: bool) -> bool:  # noqa: ARG002
        return True

    def default_schema(self, schema: Any) -> Schema:
        return self.generate_inner(schema["schema"])


def article_schema() -> Schema:
    """Of the values on `articles`."""
    return _published(Article, EventType.ARTICLE, _Generator)


def story_schema() -> Schema:
    """Of the values on `stories`."""
    return _published(StoryRecord, EventType.STORY, _WholeRecordGenerator)


def identifier(kind: EventType) -> str:
    """`$id` of the schema of a kind of record; like `ce_type` it holds the major version."""
    return "urn:" + kind.value.replace(".", ":")


def _published(model: type[BaseModel], kind: EventType, generator: type[GenerateJsonSchema]) -> Schema:
    schema = model.model_json_schema(mode="serialization", schema_generator=generator)
    for name, definition in schema.get("$defs", {}).items():
        _explain_members(name, definition)
    head = {"$schema": GenerateJsonSchema.schema_dialect, "$id": identifier(kind)}
    opened = _each_object(schema, _open)
    return {**head, **opened, "description": f"{opened['description']}\n\n{_READERS}"}


_READERS = "Readers ignore fields that they don't know: they are additions of a later minor version."


def _open(schema: Mapping[str, Any]) -> Schema:
    """Without the ban on unknown fields."""
    return {
        name: value for name, value in schema.items() if not (name == "additionalProperties" and value is False)
    }


def _explain_members(name: str, definition: Schema) -> None:
    """Say what each value of an enumeration means, and whether values can be added.

    An open one has Zalando's `x-extensible-enum` in place of `enum`, so that validators let new values pass:
    https://opensource.zalando.com/restful-api-guidelines/#112
    """
    enumeration = getattr(story, name, None)
    if not (isinstance(enumeration, type) and issubclass(enumeration, StrEnum)):
        return
    definition["x-enum-descriptions"] = member_sentences(enumeration)
    if name in OPEN_ENUMERATIONS:
        definition["x-extensible-enum"] = definition.pop("enum")
        definition["description"] += " Values may be added; readers ignore those that they don't know."


def _each_object(value: Any, change: Callable[[Mapping[str, Any]], Schema]) -> Any:
    """Apply `change` to every JSON object inside, innermost last."""
    if isinstance(value, dict):
        return {name: _each_object(inner, change) for name, inner in change(value).items()}
    if isinstance(value, list):
        return [_each_object(inner, change) for inner in value]
    return value
