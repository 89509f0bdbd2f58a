"""What breaks a reader or a writer of a record, case by case, and that nothing that we released is broken."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from pipeline.quality.contract import CONTRACT_VERSION, article_schema, story_schema
from tests.support.compatibility.changes import Audience, breaking_changes

RELEASED = Path(__file__).parents[3] / "client" / "released"

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
COUNT: Schema = {"type": "integer", "minimum": 0}
NULLABLE: Schema = {"anyOf": [{"type": "string"}, {"type": "null"}]}


def record(required: tuple[str, ...] | None = None, **properties: Any) -> Schema:
    needed = list(properties if required is None else required)
    return {"type": "object", "properties": properties, "required": needed}


def inside(schema: Schema) -> Schema:
    return {"$defs": {"Part": schema}, **record(parts={"type": "array", "items": {"$ref": "#/$defs/Part"}})}


BREAKS_READERS = [
    ("a field is gone", record(a=TEXT, b=TEXT), record(a=TEXT), "b: is gone"),
    ("an optional field is gone", record(("a",), a=TEXT, b=TEXT), record(a=TEXT), "b: is gone"),
    ("a field is no longer always there", record(a=TEXT), record((), a=TEXT), "a: is no longer always there"),
    ("another type", record(a=TEXT), record(a=COUNT), "a: may be integer, expected is string"),
    ("a wider type", record(a=COUNT), record(a={"type": "number", "minimum": 0}), "a: may be number"),
    ("a null that was not there", record(a=TEXT), record(a=NULLABLE), "a: may be null, expected is string"),
    ("a list of types", record(a=TEXT), record(a={"type": ["string", "null"]}), "a: may be null"),
    ("a value added", record(a={"enum": ["x"]}), record(a={"enum": ["x", "y"]}), "a: may be 'y', only 'x'"),
    ("any value", record(a={"type": "string", "enum": ["x"]}), record(a=TEXT), "a: may be any value"),
    ("another constant", record(v={"const": 1}), record(v={"const": 2}), "v: may be 2, only 1"),
    ("a lower bound", record(a=COUNT), record(a={"type": "integer", "minimum": -1}), "`minimum` was 0 and is -1"),
    ("no bound", record(a=COUNT), record(a={"type": "integer"}), "`minimum` was 0 and is not limited"),
    ("a longer text", record(a={**TEXT, "maxLength": 5}), record(a={**TEXT, "maxLength": 6}), "`maxLength` was 5"),
    ("another format", record(a={**TEXT, "format": "date-time"}), record(a=TEXT), "`format` was date-time"),
    ("a word that is not known", record(a={**TEXT, "not": {"const": ""}}), record(a=TEXT), "a: `not` was"),
    ("inside a list of parts", inside(record(a=TEXT)), inside(record()), "parts[].a: is gone"),
    (
        "inside a map",
        record(m={"type": "object", "additionalProperties": COUNT}),
        record(m={"type": "object", "additionalProperties": TEXT}),
        "m.*: may be string, expected is integer",
    ),
    (
        "inside one of two",
        record(a={"anyOf": [record(x=TEXT), {"type": "null"}]}),
        record(a={"anyOf": [record(x=COUNT), {"type": "null"}]}),
        "a.x: may be integer",
    ),
    ("a list's items", record(a={"type": "array", "items": TEXT}), record(a={"type": "array"}), "a[]: may be any"),
    ("a new field where none were allowed", {**record(a=TEXT), "additionalProperties": False},
     record(a=TEXT, b=TEXT), "b: may be string, expected is no such field"),
]  # fmt: skip

FINE_FOR_READERS = [
    ("nothing changed", record(a=TEXT), record(a=TEXT)),
    ("a new field", record(a=TEXT), record(a=TEXT, b=COUNT)),
    ("a new optional field", record(a=TEXT), record(("a",), a=TEXT, b=COUNT)),
    ("an optional field is always there now", record((), a=TEXT), record(a=TEXT)),
    ("a null no more", record(a=NULLABLE), record(a=TEXT)),
    ("a narrower type", record(a={"type": "number"}), record(a={"type": "integer"})),
    ("a value taken away", record(a={"enum": ["x", "y"]}), record(a={"enum": ["x"]})),
    ("tighter bounds", record(a=COUNT), record(a={"type": "integer", "minimum": 1, "maximum": 3})),
    ("other words about it", record(a={**TEXT, "description": "old"}), record(a={**TEXT, "title": "New"})),
    ("a reference in place of the type", inside(record(a=TEXT)),
     record(parts={"type": "array", "items": record(a=TEXT)})),
    ("a value added to an open enumeration", record(a={**TEXT, "x-extensible-enum": ["x"]}),
     record(a={**TEXT, "x-extensible-enum": ["x", "y"]})),
]  # fmt: skip


@pytest.mark.parametrize(("case", "old", "new", "told"), BREAKS_READERS, ids=[case[0] for case in BREAKS_READERS])
def test_it_breaks_readers_when_there_is(case: str, old: Schema, new: Schema, told: str) -> None:
    changes = breaking_changes(old, new)
    assert len(changes) == 1, changes
    assert told in changes[0]


@pytest.mark.parametrize(("case", "old", "new"), FINE_FOR_READERS, ids=[case[0] for case in FINE_FOR_READERS])
def test_readers_can_live_with(case: str, old: Schema, new: Schema) -> None:
    assert breaking_changes(old, new) == []


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (record((), a=TEXT), record(a=TEXT), "a: is required now"),
        (record(a=NULLABLE), record(a=TEXT), "a: may be null, expected is string"),
        (record(a={**TEXT, "maxLength": 6}), record(a={**TEXT, "maxLength": 5}), "`maxLength`"),
        (record(a=TEXT, b=TEXT), record(a=TEXT), "b: is no longer read"),
    ],
)
def test_writers_are_broken_by_what_asks_more_of_them(old: Schema, new: Schema, told: str) -> None:
    (change,) = breaking_changes(old, new, Audience.WRITERS)
    assert told in change


@pytest.mark.parametrize(
    ("old", "new"),
    [(record(a=TEXT), record(("a",), a=TEXT, b=TEXT)), (record(a=TEXT), record((), a=NULLABLE))],
    ids=["a new optional field", "a null that is accepted"],
)
def test_writers_can_live_with_what_asks_less(old: Schema, new: Schema) -> None:
    assert breaking_changes(old, new, Audience.WRITERS) == []


def test_a_type_that_holds_itself_is_compared_once() -> None:
    def tree(leaf: Schema) -> Schema:
        node = record(leaf=leaf, children={"type": "array", "items": {"$ref": "#/$defs/Node"}})
        return {"$defs": {"Node": node}, "$ref": "#/$defs/Node"}

    assert breaking_changes(tree(TEXT), tree(TEXT)) == []
    assert breaking_changes(tree(TEXT), tree(COUNT)) == ["leaf: may be integer, expected is string"]


def test_a_reference_out_of_the_document_is_refused() -> None:
    with pytest.raises(ValueError, match="leaves the document"):
        breaking_changes(record(a={"$ref": "other.json"}), record(a={"$ref": "other.json"}))


small_schemas: st.SearchStrategy[Schema] = st.deferred(
    lambda: st.one_of(
        st.sampled_from([TEXT, COUNT, NULLABLE, {"type": "number"}, {"enum": ["x", "y"]}, {"enum": ["x"]}]),
        st.builds(
            lambda properties, needed: record(tuple(name for name in properties if name in needed), **properties),
            st.dictionaries(st.sampled_from("abc"), small_schemas, max_size=3),
            st.sets(st.sampled_from("abc")),
        ),
    )
)
values = st.recursive(
    st.sampled_from(["x", "y", "z", 0, -1, 1.5, None]),
    lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=6,
)


@given(small_schemas)
def test_no_schema_breaks_its_own_readers_or_writers(schema: Schema) -> None:
    assert [breaking_changes(schema, schema, audience) for audience in Audience] == [[], []]


@given(small_schemas, small_schemas, values)
def test_where_nothing_breaks_every_old_record_passes_the_new_schema(old: Schema, new: Schema, value: Any) -> None:
    """The check against a validator. A field that the old version did not know could hold anything, so such
    values say nothing."""
    closed = Draft202012Validator(closed_copy(old))
    if closed.is_valid(value) and not breaking_changes(old, new, Audience.WRITERS):
        assert Draft202012Validator(new).is_valid(value)


def closed_copy(schema: Any) -> Any:
    if not isinstance(schema, dict):
        return schema
    copy = {
        name: {each: closed_copy(inner) for each, inner in value.items()} if name == "properties" else value
        for name, value in schema.items()
    }
    return {**copy, "additionalProperties": False} if "properties" in schema else copy


def released_versions() -> list[str]:
    """Those of the current major version."""
    major = CONTRACT_VERSION.split(".")[0]
    return sorted(path.name for path in RELEASED.iterdir() if path.name.split(".")[0] == major)


@pytest.mark.parametrize("version", released_versions())
def test_the_current_story_record_breaks_no_reader_of_a_released_version(version: str) -> None:
    changes = breaking_changes(released(version, "story"), story_schema())
    assert changes == [], f"these need a new major version, see docs/contract.md: {changes}"


@pytest.mark.parametrize("version", released_versions())
def test_the_current_article_breaks_no_writer_of_a_released_version(version: str) -> None:
    changes = breaking_changes(released(version, "article"), article_schema(), Audience.WRITERS)
    assert changes == [], f"these need a new major version, see docs/contract.md: {changes}"


@pytest.mark.skipif(CONTRACT_VERSION not in released_versions(), reason="this version is not released yet")
@pytest.mark.parametrize(("name", "current"), [("article", article_schema()), ("story", story_schema())])
def test_a_released_version_is_never_changed_afterwards(name: str, current: Schema) -> None:
    """Words may be; what is added shows as missing when the versions are compared the other way round."""
    before = released(CONTRACT_VERSION, name)
    changes = breaking_changes(before, current) + breaking_changes(current, before)
    assert changes == [], f"{name} is not what {CONTRACT_VERSION}: raise CONTRACT_VERSION; {changes}"


def test_an_earlier_version_is_there_to_compare_with() -> None:
    assert released_versions()


def released(version: str, name: str) -> Schema:
    schema: Schema = json.loads((RELEASED / version / f"{name}.schema.json").read_text(encoding="utf-8"))
    return schema
