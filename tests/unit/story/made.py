"""Small stories for tests, written by hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from groundswell.record import Reason, Side, Status, StoryRecord
from pipeline.domain.story.build import build_record
from pipeline.domain.story.snapshot import StoredArticle, StorySnapshot

START = datetime(2025, 8, 15, 6, tzinfo=UTC)


@dataclass(frozen=True)
class Rated:
    """An outlet as the directory would give it."""

    domain: str | None
    name: str | None = None
    bias: str | None = None
    factuality: str | None = None
    owner: str | None = None
    country: str | None = None

    @property
    def side(self) -> Side | None:
        if self.bias is None:
            return None
        return Side(self.bias.removeprefix("lean-"))


class Directory:
    """Outlets by domain; one that isn't listed is unknown but for its domain."""

    def __init__(self, outlets: Iterable[Rated] = ()) -> None:
        self._outlets = {outlet.domain: outlet for outlet in outlets}

    def lookup(self, source: str | None, /) -> Rated:
        return self._outlets.get(source, Rated(source))


def biases(**by_name: str) -> Directory:
    """`biases(a="left")` rates a.example left."""
    return Directory(Rated(f"{name}.example", name.title(), bias) for name, bias in by_name.items())


def article(
    name: str,
    title: str = "Ferry sinks off Harrow Bay",
    text: str = "",
    source: str | None = "a",
    minutes: float | None = 0,
    language: str = "en",
    **changes: Any,
) -> StoredArticle:
    """An article of `source`.example, published some minutes after the start; undated with None."""
    published_at = None if minutes is None else START + timedelta(minutes=minutes)
    values: dict[str, Any] = {
        "article_id": name,
        "url": f"https://{source}.example/{name}",
        "title": title,
        "lead": text,
        "source": None if source is None else f"{source}.example",
        "outlet": None,
        "language": language,
        "published_at": published_at,
        "received_at": published_at or START,
        "reprint_of": None,
    }
    return StoredArticle(**values | changes)


def snapshot(articles: Iterable[StoredArticle], **changes: Any) -> StorySnapshot:
    """A first revision with these members."""
    values: dict[str, Any] = {
        "story_id": "s1",
        "revision": 1,
        "status": Status.ACTIVE,
        "merged_into": None,
        "absorbed": (),
        "split_from": None,
        "reasons": (Reason.OPENED,),
        "updated_at": START,
        "cohesion": 0.8,
        "related": (),
        "topics": (),
        "encoder": "test",
        "previous_title_article_id": None,
        "articles": tuple(articles),
    }
    return StorySnapshot(**values | changes)


def record(
    articles: Iterable[StoredArticle], outlets: Directory | None = None, max_articles: int = 500, **changes: Any
) -> StoryRecord:
    """The record of a story with these members."""
    return build_record(snapshot(articles, **changes), outlets or Directory(), max_articles=max_articles)


def cited(of: StoryRecord) -> set[str]:
    """Every article id that the record cites."""
    points = [*of.key_points, *([of.summary] if of.summary else [])]
    for side in (of.perspectives.left, of.perspectives.center, of.perspectives.right):
        points += side or []
    ids = {point.article_id for point in points} | {each.article_id for each in of.milestones}
    ids |= {claim.article_id for each in of.contradictions for claim in each.claims}
    ids |= {of.first_article.article_id} if of.first_article else set()
    return ids | ({of.title_article_id} if of.title_article_id else set())


SIDES: Mapping[int, str | None] = {0: "left", 1: "lean-left", 2: "center", 3: "lean-right", 4: "right", 5: None}
