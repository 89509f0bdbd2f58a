"""Collects what a run left, for the checker."""

from __future__ import annotations

from collections import Counter

from consumers.publisher.service import known_outlets, record_builder
from pipeline.adapters.kafka.fitting import room
from pipeline.adapters.store.articles import ArticleReader
from pipeline.domain.records.parse import InvalidArticle, parse_article
from pipeline.domain.story.shortening import fitted
from tests.crash.checker import Held, History
from tests.support.world import World


def collect(world: World, acknowledged: Counter[bytes]) -> History:
    """Everything; the clusterers must have stopped, the outbox must be empty."""
    settings = world.settings
    on_topic = world.read(settings.kafka.topics.articles)
    ids: Counter[str] = Counter()
    invalid = []
    for record in on_topic:
        try:
            ids[parse_article(record.value).article_id] += 1
        except InvalidArticle:
            invalid.append(record.value)
    ends = world.ends()
    standings = ArticleReader(world.redis, settings.redis).standings(list(ids))
    return History(
        articles=ids,
        invalid=invalid,
        acknowledged=acknowledged,
        on_topic=Counter(each.value for each in on_topic),
        ends=ends,
        positions=world.positions.read(settings.kafka.topics.articles, ends),
        counters=world.positions.counters(),
        letters=[each.value for each in world.dead_letters()],
        stories=_stories(world),
        aliases={each: standing.story_id for each, standing in standings.items() if standing.story_id},
        published=world.published(),
    )


def _stories(world: World) -> dict[str, Held]:
    build = record_builder(world.settings, known_outlets(world.settings))
    limit = room(world.settings.kafka.topics.max_message_bytes)
    held = {}
    for story_id in world.stories.all_ids():
        snapshot = world.stories.snapshot(story_id)
        assert snapshot is not None
        record = fitted(build(snapshot), limit).model_dump(mode="json")
        held[story_id] = Held(record, [each.article_id for each in snapshot.articles])
    return held
