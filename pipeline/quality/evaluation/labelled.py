"""Labelled articles: how a file of them becomes what the clusterer would decide on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.adapters.articles_file import RawLine, read_annotated
from pipeline.domain.clustering.boilerplate import Boilerplate
from pipeline.domain.clustering.model import read_term_shares
from pipeline.domain.clustering.types import EncodedArticle
from pipeline.domain.encoder import Encoder, text_to_encode
from pipeline.domain.language import detect_language
from pipeline.domain.outlets import outlet_domain
from pipeline.domain.records.article import published_seconds
from pipeline.domain.records.parse import InvalidArticle


@dataclass(frozen=True)
class LabelledArticle:
    """An article with the event it is about."""

    id: str
    """As in the file."""
    article_id: str
    title: str
    text: str
    event: str | None
    """None: without label; takes part in the clustering but not in the scores."""
    language: str | None = None
    """As declared; detected where None."""
    source: str | None = None
    """Registrable domain of the outlet."""
    published_at: float | None = None
    """Seconds since the epoch."""


def read_set(path: Path, on_invalid: Callable[[RawLine, InvalidArticle], None]) -> list[LabelledArticle]:
    """The articles of a file in its order; lines that are none would be dead letters, and go to `on_invalid`."""
    return [
        LabelledArticle(
            id=each.id,
            article_id=each.article.article_id,
            title=each.article.title,
            text=each.article.text,
            event=each.event,
            language=each.article.language,
            source=outlet_domain(each.article),
            published_at=published_seconds(each.article.published_at),
        )
        for each in read_annotated(path, on_invalid=on_invalid)
    ]


def arrival_order(articles: Iterable[LabelledArticle]) -> list[LabelledArticle]:
    """By publication; an undated article directly follows the one before it in the file."""
    ordered: list[tuple[float, int, LabelledArticle]] = []
    latest = float("-inf")
    for position, article in enumerate(articles):
        latest = latest if article.published_at is None else article.published_at
        ordered.append((latest, position, article))
    return [article for _, _, article in sorted(ordered, key=lambda each: each[:2])]


def without_boilerplate(articles: Iterable[LabelledArticle]) -> list[LabelledArticle]:
    """As the clusterer reads them when they arrive in this order."""
    boilerplate = Boilerplate(read_term_shares())
    return [replace(each, text=boilerplate.strip(each.title, each.text, each.source)) for each in articles]


def encoded(articles: Sequence[LabelledArticle], encoder: Encoder) -> list[EncodedArticle]:
    """The articles with their vectors, ready for a decision."""
    vectors = encoder.encode([text_to_encode(each.title, each.text) for each in articles])
    return [
        EncodedArticle(
            article_id=each.article_id,
            title=each.title,
            text=each.text,
            language=detect_language(f"{each.title}\n{each.text}", each.language),
            source=each.source,
            published_at=each.published_at,
            vector=vector,
        )
        for each, vector in zip(articles, vectors, strict=True)
    ]
