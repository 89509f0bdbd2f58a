"""How an article is understood: what every role makes of one input, for people who wonder why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

from pydantic import AwareDatetime, BaseModel

from pipeline.adapters.articles_file import read_lines
from pipeline.domain.language import detect_language
from pipeline.domain.outlets import OutletDirectory, outlet_domain
from pipeline.domain.records.article import Article
from pipeline.domain.records.parse import InvalidArticle, parse_article
from pipeline.domain.urls import canonical_url


class UnderstoodOutlet(BaseModel):
    """Who an article counts for; unknown is null."""

    domain: str | None
    name: str | None
    rated: bool
    bias: str | None


class Understood(BaseModel):
    """One article as the clusterer and the publisher see it."""

    article_id: str
    url: str | None
    """In canonical form."""
    published_at: AwareDatetime | None
    language: str
    title: str
    text: str
    outlet: UnderstoodOutlet
    image_url: str | None = None
    """None also where one was given that can't be used."""


class Refused(BaseModel):
    """Why an input is no article."""

    error: str


def understood(article: Article, outlets: OutletDirectory) -> Understood:
    """What the clusterer makes of an article, and whom the publisher counts it for."""
    outlet = outlets.lookup(outlet_domain(article))
    return Understood(
        article_id=article.article_id,
        url=None if article.url is None else canonical_url(article.url),
        published_at=article.published_at,
        language=detect_language(f"{article.title}\n{article.text}", article.language),
        title=article.title,
        text=article.text,
        outlet=UnderstoodOutlet(
            domain=outlet.domain,
            name=outlet.name or article.outlet,
            rated=outlet.bias is not None,
            bias=outlet.bias,
        ),
        image_url=article.image_url,
    )


def inspected(
    records: Iterable[bytes], outlets: OutletDirectory, max_text_chars: int, received_at: datetime
) -> Iterator[Understood | Refused]:
    """Each record of the topic `articles`, by the clusterer's own reader, as if it had arrived then."""
    for record in records:
        try:
            yield understood(parse_article(record, max_text_chars, received_at), outlets)
        except InvalidArticle as error:
            yield Refused(error=error.reason)


def lines_of(path: Path) -> Iterator[bytes]:
    """The articles of a file. Raises ArticlesFileError."""
    return (line.data for line in read_lines(path))
