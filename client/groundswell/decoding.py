"""From the bytes of a record to a typed story record, also where the bytes are of a later version.

What a later minor version adds is ignored: fields everywhere, and reasons (docs/contract.md says what may be
added). A later major version means something else and is not read.
"""

from __future__ import annotations

from pydantic import ValidationError
from pydantic_core import from_json

from groundswell.broker.unreadable import Unreadable
from groundswell.enums import StrEnum
from groundswell.record import SCHEMA_VERSION, Reason, Status, StoryRecord

_KNOWN_REASONS = frozenset(each.value for each in Reason)


class Fault(StrEnum):
    """Why a record can't be used."""

    MALFORMED = "malformed"
    """It is no story record."""
    NEWER = "newer"
    """It is of a later major version of the schema than this code reads."""


class UnusableRecordError(ValueError):
    """A record that must be skipped; `reason` says what was seen and what was expected."""

    def __init__(self, fault: Fault, reason: str) -> None:
        super().__init__(reason)
        self.fault = fault
        self.reason = reason


def decode(value: bytes) -> StoryRecord:
    """Read a record. Raises UnusableRecordError."""
    if isinstance(value, Unreadable):
        raise UnusableRecordError(Fault.MALFORMED, value.told)
    try:
        # Our models forbid unknown fields; a reader must not.
        record = StoryRecord.model_validate_json(value, extra="ignore")
    except ValidationError as error:
        record = _read_again(value, error)
    if record.status is Status.MERGED and record.merged_into in (None, record.story_id):
        raise UnusableRecordError(
            Fault.MALFORMED, f"merged, so merged_into must name another story, not {record.merged_into!r}"
        )
    return record


def _read_again(value: bytes, error: ValidationError) -> StoryRecord:
    """Find out what the matter is. Kept off the usual path: it parses a second time."""
    try:
        fields = from_json(value)
    except ValueError as not_json:
        raise UnusableRecordError(Fault.MALFORMED, f"not JSON: {not_json}") from None
    if not isinstance(fields, dict):
        raise UnusableRecordError(Fault.MALFORMED, f"a story record is a JSON object, not {type(fields).__name__}")
    version = fields.get("schema_version")
    if isinstance(version, int) and version > SCHEMA_VERSION:
        raise UnusableRecordError(
            Fault.NEWER, f"schema_version {version}, this code reads {SCHEMA_VERSION}; it needs an upgrade"
        )
    reasons = fields.get("revision_reasons")
    if not isinstance(reasons, list) or not any(_is_new(reason) for reason in reasons):
        raise UnusableRecordError(Fault.MALFORMED, _told(error)) from None
    known = [reason for reason in reasons if not _is_new(reason)]
    try:
        return StoryRecord.model_validate({**fields, "revision_reasons": known}, extra="ignore")
    except ValidationError as still:
        raise UnusableRecordError(Fault.MALFORMED, _told(still)) from None


def _is_new(reason: object) -> bool:
    """A reason that was added after this code was written."""
    return isinstance(reason, str) and reason not in _KNOWN_REASONS


def _told(error: ValidationError) -> str:
    """The first of what is wrong, and how much more there is."""
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"]) or "the record"
    more = f" and {error.error_count() - 1} more" if error.error_count() > 1 else ""
    return f"not a story record of version {SCHEMA_VERSION}: {where}: {first['msg']}{more}"
