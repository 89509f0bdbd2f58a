"""From a snapshot to the record of one revision. Pure: the same snapshot gives the same bytes."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping
from typing import Any

from groundswell.media_topics import broader_id, topic_id, topic_name
from groundswell.record import Contradiction, Milestone, Perspectives, Point, Side, StoryRecord, Topic
from pipeline.domain.story.comparison import Comparisons
from pipeline.domain.story.contradictions import claims_of, contradictions_of
from pipeline.domain.story.coverage import EXPECTED_SHARES, coverage_of, publisher_count
from pipeline.domain.story.entities import entities_of
from pipeline.domain.story.keywords import keywords_of
from pipeline.domain.story.material import Material, material_of
from pipeline.domain.story.meaning import SaysAgain, by_words
from pipeline.domain.story.members import members_of
from pipeline.domain.story.milestones import milestones_of
from pipeline.domain.story.perspectives import perspectives_of
from pipeline.domain.story.picture import illustrated
from pipeline.domain.story.points import digest_of
from pipeline.domain.story.roll import Roll, roll_of
from pipeline.domain.story.snapshot import StorySnapshot
from pipeline.domain.story.sources import OutletLookup, Sources
from pipeline.domain.story.timeline import first_article_of, momentum_of, timeline_of
from pipeline.domain.story.title import choose_title


def build_record(
    snapshot: StorySnapshot,
    outlets: OutletLookup,
    *,
    max_articles: int,
    edition_language: str | None = None,
    expected_sides: Mapping[Side, float] = EXPECTED_SHARES,
    says_again: SaysAgain = by_words,
) -> StoryRecord:
    """The record of this revision; at most `max_articles` members are listed, all are counted.

    `expected_sides` are the shares of the sides that a story would have by chance, for the blindspot. `says_again`
    keeps out what is told already in other words.
    """
    # What a desk hides leaves the topic too, as of a story whose articles were all withdrawn.
    roll = roll_of(() if snapshot.hidden else snapshot.articles, outlets)
    material = material_of(roll, edition_language, snapshot.previous_title_article_id)
    texts = _texts(material, roll.sources, snapshot.previous_title_article_id, says_again)
    times = _times(roll)
    cited = cited_ids({**texts, **times})
    picture = illustrated(roll, texts["title_article_id"])
    return StoryRecord(
        **_identity(snapshot),
        **texts,
        image_url=picture.image_url if picture else None,
        **_counts(roll),
        coverage=coverage_of(roll, expected_sides),
        **times,
        entities=entities_of(material),
        keywords=keywords_of(material),
        topics=_topics(snapshot) if len(roll) else [],
        vector=b64encode(snapshot.vector).decode() if snapshot.vector and len(roll) else None,
        analysed_article_count=len(material.items),
        articles=members_of(roll, cited | {picture.article_id} if picture else cited, max_articles),
    )


def _identity(snapshot: StorySnapshot) -> dict[str, Any]:
    """What the record takes over from the store as it is."""
    return {
        "story_id": snapshot.story_id,
        "revision": snapshot.revision,
        "status": snapshot.status,
        "hidden": snapshot.hidden,
        "merged_into": snapshot.merged_into,
        "absorbed": list(snapshot.absorbed),
        "split_from": snapshot.split_from,
        "revision_reasons": list(snapshot.reasons),
        "updated_at": snapshot.updated_at,
        "related": list(snapshot.related),
        "cohesion": min(1.0, max(0.0, snapshot.cohesion)),
        "encoder": snapshot.encoder,
    }


def _topics(snapshot: StorySnapshot) -> list[Topic]:
    """Those that have a name; the clusterer may know more than we do."""
    return [
        Topic(id=topic_id(code), name=name, confidence=confidence, broader=broader_id(code))
        for code, confidence in snapshot.topics
        if (name := topic_name(code))
    ]


def _texts(
    material: Material, sources: Sources, previous_title_article_id: str | None, says_again: SaysAgain
) -> dict[str, Any]:
    """Everything that is said in words."""
    claims = claims_of(material)
    comparisons = Comparisons(material)
    title = choose_title(material, comparisons, previous_title_article_id, claims.freshness_of_headline)
    said = title.item.reading.headline_terms if title else ()
    digest = digest_of(material, comparisons, said, claims.freshness_of_sentence, says_again)
    told = {point.text for point in (*digest.key_points, digest.summary) if point is not None}
    return {
        "title": title.text if title else "",
        "title_article_id": title.item.article.article_id if title else None,
        "language": title.item.reading.language if title else None,
        "summary": digest.summary,
        "key_points": digest.key_points,
        "perspectives": perspectives_of(
            material, comparisons, sources.all(), told, claims.freshness_of_sentence, says_again
        ),
        "contradictions": contradictions_of(claims),
        "milestones": milestones_of(digest.weighed, claims) if digest.weighed else [],
    }


def _counts(roll: Roll) -> dict[str, Any]:
    return {
        "article_count": len(roll),
        "original_count": len(roll.originals),
        "reprint_count": len(roll) - len(roll.originals),
        "source_count": len(roll.sources),
        "original_source_count": len({key for group in roll.groups.values() for key in group.by_source}),
        "unsourced_article_count": roll.sources.unknown,
        "publisher_count": publisher_count(roll.sources.all()),
    }


def _times(roll: Roll) -> dict[str, Any]:
    return {
        "first_article": first_article_of(roll),
        "first_published_at": roll.times[0] if roll.times else None,
        "last_published_at": roll.times[-1] if roll.times else None,
        "timeline": timeline_of(roll.times),
        "momentum": momentum_of(roll.times),
    }


def cited_ids(fields: Mapping[str, Any]) -> set[str]:
    """Ids of the articles that a record with these fields cites; those are listed first among the members."""
    first = fields["first_article"]
    return {*_cited(fields), *([first.article_id] if first else [])}


def _cited(texts: Mapping[str, Any]) -> Iterator[str]:
    yield texts["title_article_id"] or ""
    perspectives: Perspectives = texts["perspectives"]
    points: list[Point] = [*texts["key_points"], *([texts["summary"]] if texts["summary"] else [])]
    for side in (perspectives.left, perspectives.center, perspectives.right):
        points += side or []
    yield from (point.article_id for point in points)
    contradictions: list[Contradiction] = texts["contradictions"]
    yield from (claim.article_id for each in contradictions for claim in each.claims)
    milestones: list[Milestone] = texts["milestones"]
    yield from (milestone.article_id for milestone in milestones)
