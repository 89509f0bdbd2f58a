"""Records of the sample articles, clustered by their labels: what a perfect clusterer would publish."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby

from groundswell.record import Reason, Status, StoryRecord
from pipeline.domain.outlets import OutletDirectory
from pipeline.domain.records.article import Article
from pipeline.domain.story.build import build_record
from pipeline.domain.story.snapshot import StoredArticle, StorySnapshot
from pipeline.shipped import shipped

SAMPLE = shipped("samples", "articles.jsonl")
STEPS = (0.25, 0.5, 0.75, 1.0)
"""Parts of an event's articles that its revisions hold."""


def sample_records(only: str | None = None) -> Iterator[StoryRecord]:
    """Some revisions of each event, or of this one, oldest first."""
    outlets = OutletDirectory.load()
    rows = sorted((json.loads(line) for line in SAMPLE.read_text().splitlines()), key=lambda row: row["event"])
    rows = [row for row in rows if only in (None, row["event"])]
    for event, group in groupby(rows, key=lambda row: str(row["event"])):
        articles = sorted((_stored(row) for row in group), key=lambda article: article.received_at)
        sizes = sorted({max(round(len(articles) * step), 1) for step in STEPS})
        for size in sizes:
            yield build_record(_snapshot(event, articles[:size], size == sizes[0]), outlets, max_articles=500)


def _stored(row: dict[str, str]) -> StoredArticle:
    article = Article.model_validate(row)
    published = article.published_at
    received = published or datetime.fromisoformat("2025-08-15T12:00:00Z")
    return StoredArticle(
        article_id=article.article_id,
        url=article.url,
        title=article.title,
        lead=article.text[:1_500],
        source=article.source,
        outlet=article.outlet,
        language=article.language or "en",
        published_at=published,
        received_at=received,
        reprint_of=None,
    )


def _snapshot(event: str, articles: Sequence[StoredArticle], first: bool) -> StorySnapshot:
    related = {
        "quake-darvand": ("quake-caleta-sur",),
        "trial-brackenford-mayor": ("strike-brackenford-teachers",),
        "cup-semi-ellery-dunmoor": ("cup-semi-ashcombe-halden",),
    }
    topics = {"quake-darvand": (("03000000", 0.97),), "cup-semi-ellery-dunmoor": (("15000000", 0.98),)}
    return StorySnapshot(
        story_id=event,
        revision=len(articles),
        status=Status.ACTIVE,
        merged_into=None,
        absorbed=(),
        split_from=None,
        reasons=(Reason.OPENED, Reason.COVERAGE) if first else (Reason.COVERAGE,),
        updated_at=articles[-1].received_at + timedelta(seconds=40),
        cohesion=0.84,
        related=related.get(event, ()),
        topics=topics.get(event, ()),
        encoder="intfloat/multilingual-e5-small",
        previous_title_article_id=None,
        articles=tuple(articles),
    )
