"""The committed documents are what the code makes, and say what the code does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker, ValidationError

from groundswell.record import Reason, Status, StoryRecord
from pipeline.domain.records.article import Article
from pipeline.domain.records.parse import parse_article
from pipeline.quality.contract import article_schema, documents, story_schema, write_documents
from pipeline.quality.contract.documents import rendered
from pipeline.testing.records import some_story
from tests.support.blast import blast
from tests.support.samples import sample_lines

COMMITTED = Path(__file__).parents[3] / "client" / "groundswell" / "contract"
COMMAND = "groundswell schema --out client/groundswell/contract"

RECORDS = [
    blast(),
    some_story(1),
    some_story(2, status=Status.MERGED, merged_into="elsewhere", title="", revision_reasons=[Reason.MERGED]),
]


@pytest.mark.parametrize("name", sorted(documents()))
def test_the_committed_document_is_current(name: str) -> None:
    committed = (COMMITTED / name).read_text(encoding="utf-8")
    assert committed == rendered(documents()[name]), f"{name} is not current; `{COMMAND}` makes it again"


def test_nothing_else_is_committed_beside_them() -> None:
    assert {path.name for path in COMMITTED.glob("*.json")} == set(documents())


def test_writing_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    first, second = ([path.read_bytes() for path in write_documents(tmp_path)] for _ in range(2))
    assert first == second
    assert all(content.endswith(b"}\n") for content in first)


@pytest.mark.parametrize("schema", [article_schema(), story_schema()], ids=["article", "story"])
def test_a_schema_is_valid_and_says_what_it_is_of(schema: dict[str, Any]) -> None:
    Draft202012Validator.check_schema(schema)
    assert schema["$id"].startswith("urn:groundswell:")
    assert {"$schema", "title", "description"} <= schema.keys()


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.story_id)
def test_a_story_record_as_it_travels_is_valid(record: StoryRecord) -> None:
    validator(story_schema()).validate(record.model_dump(mode="json"))


def test_articles_as_they_travel_are_valid() -> None:
    check = validator(article_schema())
    for line in sample_lines():
        check.validate(parse_article(line).wire())
    check.validate(Article(title="Only a title").wire())


def test_a_reader_gets_every_field_of_a_story_record_always() -> None:
    assert set(story_schema()["required"]) == set(StoryRecord.model_fields)


def test_a_field_of_a_later_version_is_allowed_everywhere() -> None:
    record = blast().model_dump(mode="json")
    for part in (record, record["coverage"], record["articles"][0], record["articles"][0]["outlet"]):
        part["of_a_later_version"] = {"anything": True}
    validator(story_schema()).validate(record)


def test_a_reason_of_a_later_version_is_allowed_and_a_status_is_not() -> None:
    record = blast().model_dump(mode="json")
    validator(story_schema()).validate({**record, "revision_reasons": ["corrected"]})
    with pytest.raises(ValidationError):
        validator(story_schema()).validate({**record, "status": "frozen"})


def test_a_field_that_is_missing_or_of_another_type_is_refused() -> None:
    record = blast().model_dump(mode="json")
    for broken in ({**record, "revision": "7"}, {k: v for k, v in record.items() if k != "coverage"}):
        with pytest.raises(ValidationError):
            validator(story_schema()).validate(broken)


def test_the_values_of_enumerations_are_explained() -> None:
    definitions = story_schema()["$defs"]
    assert definitions["Reason"]["x-enum-descriptions"].keys() == {each.value for each in Reason}
    assert "quiet" in definitions["Status"]["x-enum-descriptions"]["closed"]


def validator(schema: dict[str, Any]) -> Draft202012Validator:
    return Draft202012Validator(schema, format_checker=FormatChecker())
