"""A batch that is decided again, by what the store says each time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from consumers.clusterer.decision import BatchDecision
from consumers.clusterer.intake import Intake, Received
from pipeline.adapters.store.articles import ArticleReader, Standing
from pipeline.adapters.store.stories import StoryReader
from pipeline.domain.clustering import Clustering
from pipeline.domain.story.snapshot import StoredArticle
from tests.unit.clusterer.test_versions import received

CLUSTERING = cast(Clustering, SimpleNamespace(assign=lambda *asked: asked))
"""Says what it was asked to put into stories: new articles, corrections, withdrawals."""


@dataclass
class FakeStore:
    """Where articles stand, and how they are held; no story was merged."""

    stands: dict[str, Standing] = field(default_factory=dict)
    held: dict[tuple[str, str], StoredArticle] = field(default_factory=dict)
    encoded: list[list[str]] = field(default_factory=list)

    def standings(self, article_ids: Sequence[str]) -> dict[str, Standing]:
        return {each: self.stands[each] for each in article_ids if each in self.stands}

    def member(self, story_id: str, article_id: str) -> StoredArticle | None:
        return self.held.get((story_id, article_id))

    def resolve(self, story_id: str) -> str:
        return story_id

    def encode(self, articles: Sequence[Received]) -> NDArray[np.float32]:
        self.encoded.append([each.article_id for each in articles])
        return np.ones((len(articles), 2), dtype=np.float32)

    def decision(self, *articles: Received) -> BatchDecision:
        reader, stories = cast(ArticleReader, self), cast(StoryReader, self)
        return BatchDecision(Intake([], articles, []), reader, stories, self.encode, lead_chars=100)


def named(article_id: str, updated: int | None = None) -> Received:
    return replace(received(updated), article_id=article_id)


def new(decision: BatchDecision) -> list[str]:
    asked: Any = decision.decide(CLUSTERING)
    return [each.encoded.article_id for each in asked[0]]


def test_what_the_store_has_lost_since_it_was_asked_is_encoded_and_decided_late() -> None:
    store = FakeStore({"a": Standing("s")})
    decision = store.decision(named("a"), named("b"))
    assert [each.article_id for each in decision.unencoded()] == ["b"]
    decision.keep([named("b")], np.ones((1, 2), dtype=np.float32))
    assert new(decision) == ["b"]
    store.stands.clear()
    assert new(decision) == ["a", "b"]
    assert store.encoded == [["a"]], "none is encoded twice"


def test_articles_that_were_encoded_in_portions_are_not_encoded_again() -> None:
    store = FakeStore()
    decision = store.decision(named("a"), named("b"))
    for each in decision.unencoded():
        decision.keep([each], np.ones((1, 2), dtype=np.float32))
    assert (new(decision), store.encoded) == (["a", "b"], [])


def test_a_correction_knows_what_the_article_reprinted() -> None:
    store = FakeStore({"a": Standing("s")})
    store.held["s", "a"] = received(None).stored("the original", 100)
    asked: Any = store.decision(named("a", updated=5)).decide(CLUSTERING)
    (correction,) = asked[1]
    assert (correction.story_id, correction.original_id) == ("s", "the original")
