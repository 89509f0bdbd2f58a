"""What is decided of an article, and what is kept of the decision."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.domain.clustering import Clustering
from pipeline.domain.clustering.clustering import _with_outcome
from pipeline.domain.clustering.join import Candidate
from pipeline.domain.clustering.repair import StoryPair, story_pair
from pipeline.domain.clustering.types import Assignment, Verdict
from tests.unit.clustering.helpers import MODEL, article, clustering, committed
from tests.unit.clustering.made import member

BOUND = MODEL.join_threshold


@pytest.mark.parametrize("gray", [True, False])
@pytest.mark.parametrize("original_id", ["the original", None])
def test_a_member_remembers_whether_it_was_doubtful_and_whether_it_is_a_reprint(
    gray: bool, original_id: str | None
) -> None:
    made = _with_outcome(member("a"), Assignment("a", "s", Verdict.JOINED, original_id=original_id, gray=gray))
    assert (made.gray, made.reprint) == (gray, original_id is not None)


def test_a_decision_tells_its_chance_and_whether_that_was_near_the_boundary() -> None:
    live = Clustering(replace(MODEL, gray_low=0.0, gray_high=1.0))
    first, same, other = live.assign([article(0, 0), article(0, 1), article(1, 0)]).assignments
    assert (first.verdict, same.verdict, other.verdict) == (Verdict.OPENED, Verdict.JOINED, Verdict.OPENED)
    assert first.probability == 0.0
    assert 0.0 < other.probability < BOUND <= same.probability < 1.0
    assert same.gray
    assert other.gray


@pytest.mark.parametrize(
    ("chances", "doubted"), [((BOUND, BOUND, 0.9 * BOUND), True), ((0.9 * BOUND, BOUND, BOUND), False)]
)
def test_stories_that_an_article_may_belong_to_beside_the_one_that_it_joins_are_doubted(
    chances: tuple[float, ...], doubted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = clustering()
    ids = [*committed(live, [article(topic, 0) for topic in range(3)]).values()]
    found = [Candidate(*each) for each in zip(ids, chances, strict=True)]
    new, idf = article(0, 5), live._idf()
    described = live._member(new, idf)
    ahead = live._candidates.look_ahead([described], idf)
    monkeypatch.setattr(live._candidates, "ranked", lambda *_: found)
    doubts: set[StoryPair] = set()
    assignment = live._assign_one(new, described, ahead, idf, doubts)
    assert (assignment.verdict is Verdict.JOINED) == doubted
    assert doubts == ({story_pair(ids[0], ids[1])} if doubted else set())


def test_an_article_has_a_body_where_it_has_a_text() -> None:
    live = clustering()
    bodies = [live._member(article(0, 0, text=text), live._idf()).has_body for text in ("It rained.", " ", "")]
    assert bodies == [True, False, False]
