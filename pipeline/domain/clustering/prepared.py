"""What an article's text says, made once per article: it hangs on the article alone.

So it may be made ahead of the decision, in any thread, and is not made again when a batch is decided again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.domain.clustering.columns import Forms, forms
from pipeline.domain.clustering.member import LiveMember
from pipeline.domain.clustering.reprints import Signature, signature
from pipeline.domain.clustering.stream import Means, StreamState, centred
from pipeline.domain.clustering.templates import Template, template
from pipeline.domain.clustering.terms import Terms, article_terms
from pipeline.domain.clustering.types import EncodedArticle


@dataclass(frozen=True)
class PreparedArticle:
    """An article, and all that is read out of its title and text for a decision."""

    encoded: EncodedArticle
    terms: Terms
    signature: Signature
    forms: Forms
    template: Template


def prepare(articles: Sequence[EncodedArticle]) -> list[PreparedArticle]:
    """Read the articles."""
    return [
        PreparedArticle(
            encoded=each,
            terms=article_terms(each.title, each.text),
            signature=signature(each.text),
            forms=forms(each.title, each.source, each.language),
            template=template(each.title, each.language),
        )
        for each in articles
    ]


def unplaced(prepared: PreparedArticle, stream: StreamState, prior: Means) -> LiveMember:
    """The article by itself, in the stream as it was before it."""
    article = prepared.encoded
    return LiveMember(
        article_id=article.article_id,
        vector=centred(stream, prior, article.language, article.vector),
        terms=prepared.terms,
        published_at=article.published_at,
        arrived_at=article.arrived_at,
        sequence=stream.seen,
        has_body=bool(article.text.strip()),
        language=article.language,
        signature=prepared.signature,
        forms=prepared.forms,
        template=prepared.template,
    )
