"""The cases of `tests/cases`: inputs, and how they must be understood.

`expected` says what must come out; `also` what is right too. Of a `debatable` case another answer may be right.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipeline.domain.outlets import OutletDirectory
from pipeline.runtime.inspection import Refused, Understood, inspected
from producers.feeds.inspection import FeedDocument, NoFeedError, feed_records

FOLDER = Path(__file__).parents[1] / "cases"
NOW = datetime(2026, 8, 1, tzinfo=UTC)
"""The dates of the cases lie before, but for those that are meant to lie ahead."""
MAX_TEXT_CHARS = 200_000


@dataclass(frozen=True)
class Case:
    """One input and what is expected of it."""

    kind: str
    name: str
    input: Any
    expected: Any
    also: Sequence[Any] = ()
    debatable: bool = False
    content_type: str = ""
    url: str = ""

    @property
    def id(self) -> str:
        """Names are unique within a kind only."""
        return f"{self.kind}-{self.name}"


def read_cases() -> list[Case]:
    """All cases: those that were given, and our own."""
    texts = [(FOLDER / name).read_text("utf-8") for name in ("cases.jsonl", "ours.jsonl")]
    lines = [line for text in texts for line in text.splitlines()]
    fields = Case.__dataclass_fields__
    return [Case(**{key: value for key, value in json.loads(line).items() if key in fields}) for line in lines]


def complaint(case: Case, outlets: OutletDirectory) -> str | None:
    """What is wrong with the way in which the case is understood; None where nothing is."""
    return _JUDGES[case.kind](case, outlets)


def _read(outlets: OutletDirectory, **fields: Any) -> Understood | Refused:
    record = json.dumps({"title": "Council approves cycle lanes", **fields}).encode()
    return next(iter(inspected([record], outlets, MAX_TEXT_CHARS, NOW)))


def _date(case: Case, outlets: OutletDirectory) -> str | None:
    found = _read(outlets, published_at=case.input)
    if isinstance(found, Refused):
        return found.error
    seen = _moment(found.published_at)
    right = [case.expected, *case.also]
    return None if seen in right else f"published_at is {seen}, expected one of {right}"


def _address(case: Case, outlets: OutletDirectory) -> str | None:
    one, other = (_read(outlets, url=url) for url in case.input)
    if isinstance(one, Refused) or isinstance(other, Refused):
        return f"refused: {one} {other}"
    same = one.article_id == other.article_id
    return None if same == (case.expected == "same") else f"{one.url} and {other.url}, expected {case.expected}"


def _outlet(case: Case, outlets: OutletDirectory) -> str | None:
    found = _read(outlets, **case.input)
    if isinstance(found, Refused):
        return found.error
    seen = {name: getattr(found.outlet, name) for name in case.expected}
    return None if seen == case.expected else f"outlet is {seen}, expected {case.expected}"


def _feed(case: Case, outlets: OutletDirectory) -> str | None:
    document = FeedDocument((FOLDER / case.input).read_bytes(), case.url, case.content_type)
    try:
        records, _ = feed_records(document, NOW)
    except NoFeedError as error:
        return None if case.expected == {"error": True} else str(error)
    found = list(inspected(records, outlets, MAX_TEXT_CHARS, NOW))
    articles = [each for each in found if isinstance(each, Understood)]
    if len(articles) < len(found):
        return f"refused: {found}"
    if isinstance(case.expected, Mapping):
        return _of_all(case.expected, articles)
    if len(articles) != len(case.expected):
        return f"{len(articles)} articles, expected {len(case.expected)}"
    complaints = (_of_item(*each) for each in zip(case.expected, articles, strict=True))
    return next((each for each in complaints if each), None)


def _of_all(expected: Mapping[str, Any], articles: Sequence[Understood]) -> str | None:
    seen = {
        "error": False,
        "count": len(articles),
        "distinct_ids": len({each.article_id for each in articles}),
    }
    wrong = (key for key, value in expected.items() if seen[key] != value)
    return next((f"{key} is {seen[key]}, expected {expected[key]}" for key in wrong), None)


def _of_item(expected: Mapping[str, Any], article: Understood) -> str | None:
    seen = {
        "title": article.title,
        "text": article.text,
        "url": article.url,
        "published": _moment(article.published_at),
        "language": article.language,
        "detected": article.language,
        "source": article.outlet.domain,
        "outlet": article.outlet.name,
    }
    for key, value in expected.items():
        name, _, how = key.partition("_")
        is_right = {
            "": seen[name] == value,
            "any": seen[name] in (value or ()),
            "has": str(value) in str(seen[name]),
            "not": str(value) not in str(seen[name]),
        }[how]
        if not is_right:
            return f"{name} is {seen[name]!r}, expected {key} {value!r}"
    return None


def _moment(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z") if moment else None


_JUDGES = {"dates": _date, "urls": _address, "outlets": _outlet, "encodings": _feed, "feeds": _feed}
