"""What the clustering knows of a story that its record wants too."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pipeline.domain.clustering.live_stories import LiveStories
from pipeline.domain.clustering.member import LiveMember
from pipeline.domain.clustering.packed_vectors import packed_direction
from pipeline.domain.clustering.pairs import in_rows
from pipeline.domain.clustering.story import LiveStory, length
from pipeline.domain.clustering.topics import TopicHead
from pipeline.domain.clustering.types import StoryHints

RELATED_SIMILARITY = 0.4
"""Centroids of related stories are at least this near."""


Known = Callable[[LiveMember], Sequence[LiveStory] | None]
"""The nearest stories of an article, as they are now, where they were looked up already."""


def story_hints(
    replica: LiveStories,
    story_ids: Sequence[str],
    max_related: int,
    known: Known = lambda _: None,
    topics: TopicHead | None = None,
) -> dict[str, StoryHints]:
    """Cohesion, topics, vector and the nearest other live stories of each of these."""
    stories = [replica.stories[each] for each in story_ids]
    near = {each.story_id: _as_of_its_article(each, known) for each in stories}
    asked = [each for each in stories if near[each.story_id] is None]
    scored = replica.index.scored([each.centroid for each in asked], max_related + 1) if asked else []
    near |= {each.story_id: found for each, found in zip(asked, scored, strict=True)}
    told = topics.of_all(in_rows([each.centroid for each in stories])) if topics is not None and stories else None
    return {
        each.story_id: StoryHints(
            cohesion=cohesion(each),
            related=_related(each, near[each.story_id] or ())[:max_related],
            topics=told[at] if told is not None else (),
            vector=packed_direction(each.centroid),
        )
        for at, each in enumerate(stories)
    }


def _as_of_its_article(story: LiveStory, known: Known) -> list[tuple[float, str]] | None:
    """What is near a story of one article is near that, of which it is known; nearest first, ties by id."""
    if story.size > 1 or len(story.members) != 1:
        return None
    found = known(story.members[0])
    if not found:
        return None
    similarities = (in_rows([each.centroid for each in found]) @ story.centroid).tolist()
    ids = (each.story_id for each in found)
    return sorted(zip(similarities, ids, strict=True), key=lambda each: (-each[0], each[1]))


def cohesion(story: LiveStory) -> float:
    """Mean similarity of the kept members to their centre, 0..1."""
    if story.size == len(story.members):
        return min(1.0, length(story.total) / story.size)
    return min(1.0, max(0.0, float((story.stacked.vectors @ story.centroid).mean())))


def _related(story: LiveStory, near: Sequence[tuple[float, str]]) -> tuple[str, ...]:
    return tuple(
        story_id
        for similarity, story_id in near
        if story_id != story.story_id and similarity >= RELATED_SIMILARITY
    )
