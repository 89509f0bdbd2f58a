"""From a snapshot to the record of one revision. Pure: the same snapshot gives the same bytes."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.records.story import Side, StoryRecord
from pipeline.story.comparison import Comparisons
from pipeline.story.contradictions import claims_of, contradictions_of
from pipeline.story.coverage import EXPECTED_SHARES, coverage_of, publisher_count
from pipeline.story.entities import entities_of
from pipeline.story.keywords import keywords_of
from pipeline.story.material import material_of
from pipeline.story.members import members_of, settle_reprints
from pipeline.story.milestones import milestones_of
from pipeline.story.perspectives import perspectives_of
from pipeline.story.points import digest_of
from pipeline.story.snapshot import StorySnapshot
from pipeline.story.sources import OutletLookup, Sources
from pipeline.story.timeline import first_article_of, momentum_of, publication_times, timeline_of
from pipeline.story.title import choose_title


def build_record(
    snapshot: StorySnapshot,
    outlets: OutletLookup,
    *,
    max_articles: int,
    edition_language: str | None = None,
    expected_sides: Mapping[Side, float] = EXPECTED_SHARES,
) -> StoryRecord:
    """The record of this revision; at most `max_articles` members are listed, all are counted."""
    articles = settle_reprints(snapshot.articles)
    sources = Sources(articles, outlets)
    every = sources.all()
    originals = [article for article in articles if article.reprint_of is None]
    times = publication_times(articles)
    material = material_of(articles, sources, edition_language, snapshot.previous_title_article_id)
    claims = claims_of(material)
    comparisons = Comparisons(material)
    title = choose_title(material, comparisons, snapshot.previous_title_article_id, claims.freshness_of_headline)
    said = title.item.reading.headline_terms if title else ()
    digest = digest_of(material, comparisons, said, claims.freshness_of_sentence)
    told = {point.text for point in (*digest.key_points, digest.summary) if point is not None}
    return StoryRecord(
        story_id=snapshot.story_id,
        revision=snapshot.revision,
        status=snapshot.status,
        merged_into=snapshot.merged_into,
        absorbed=list(snapshot.absorbed),
        split_from=snapshot.split_from,
        revision_reasons=list(snapshot.reasons),
        title=title.text if title else "",
        title_article_id=title.item.article.article_id if title else None,
        language=title.item.reading.language if title else None,
        summary=digest.summary,
        key_points=digest.key_points,
        perspectives=perspectives_of(material, comparisons, every, told, claims.freshness_of_sentence),
        contradictions=contradictions_of(claims),
        article_count=len(articles),
        original_count=len(originals),
        reprint_count=len(articles) - len(originals),
        source_count=len(every),
        original_source_count=len({s.key for a in originals if (s := sources.of(a.article_id))}),
        unsourced_article_count=sum(sources.of(a.article_id) is None for a in articles),
        publisher_count=publisher_count(every),
        coverage=coverage_of(articles, sources, expected_sides),
        first_article=first_article_of(articles, sources),
        first_published_at=times[0] if times else None,
        last_published_at=times[-1] if times else None,
        updated_at=snapshot.updated_at,
        timeline=timeline_of(times),
        milestones=milestones_of(digest.weighed, claims) if digest.weighed else [],
        momentum=momentum_of(times),
        entities=entities_of(material),
        keywords=keywords_of(material),
        related=list(snapshot.related),
        cohesion=min(1.0, max(0.0, snapshot.cohesion)),
        encoder=snapshot.encoder,
        analysed_article_count=len(material.items),
        articles=members_of(articles, sources, set(), max_articles),
    )
