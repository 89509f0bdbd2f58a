"""The store of one edition without a clusterer before it: what a commit holds is said by hand."""

from __future__ import annotations

from datetime import UTC, datetime

from redis import Redis

from pipeline.adapters.store.commit import Batch, Claim, Committed, Committer
from pipeline.adapters.store.live_reader import LiveStoriesReader
from pipeline.adapters.store.outbox import Outbox
from pipeline.adapters.store.positions import Positions
from pipeline.adapters.store.stories import StoryReader
from pipeline.domain.clustering.types import Assignment, Changes, StoryHints, Verdict
from pipeline.domain.story.snapshot import StoredArticle
from pipeline.settings import RedisSettings
from tests.support.editions import a_clusterer

SETTINGS = RedisSettings(edition="store-test")
SHARDS = 1
NOW = datetime(2025, 3, 3, 10, tzinfo=UTC)


def stored(article_id: str) -> StoredArticle:
    return StoredArticle(article_id, None, f"title {article_id}", "", "example.org", None, "en", NOW, NOW, None)


class Store:
    """The store of one edition, and a clusterer that always says what it saw last."""

    def __init__(self, redis: Redis) -> None:
        self.committer = Committer(redis, SETTINGS, a_clusterer(shards=SHARDS))
        self.positions = Positions(redis, SETTINGS)
        self.replica = LiveStoriesReader(redis, SETTINGS)
        self.stories = StoryReader(redis, SETTINGS)
        self.outbox = Outbox(redis, SETTINGS)
        self.seen = 0

    def commit(self, changes: Changes, *claims: Claim, seen: int | None = None) -> object:
        articles = {each.article_id: stored(each.article_id) for each in changes.assignments}
        batch = Batch(self.seen if seen is None else seen, changes, claims, articles)
        outcome = self.committer.commit(batch)
        if isinstance(outcome, Committed):
            self.seen = outcome.sequence
        return outcome


def changes(*assigned: tuple[str, str], **repairs: object) -> Changes:
    """Articles put into stories; the first of a story opens it."""
    opened: set[str] = set()
    made = []
    for article_id, story_id in assigned:
        verdict = Verdict.JOINED if story_id in opened else Verdict.OPENED
        opened.add(story_id)
        made.append(Assignment(article_id, story_id, verdict))
    states = {story_id: f"state of {story_id}".encode() for story_id in opened}
    result = Changes(assignments=made, states=states, hints=dict.fromkeys(states, StoryHints(1.0)))
    for name, value in repairs.items():
        setattr(result, name, value)
    return result


def members(store: Store, story_id: str) -> set[str]:
    snapshot = store.stories.snapshot(story_id)
    assert snapshot is not None
    return {each.article_id for each in snapshot.articles}
