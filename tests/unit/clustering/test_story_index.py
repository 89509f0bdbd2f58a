"""The nearest stories: exactly while they are few, nearly so when they are many, through any changes."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.domain.clustering import coarse_index, story_index
from pipeline.domain.clustering.coarse_index import CoarseIndex
from pipeline.domain.clustering.exact_index import ExactIndex
from pipeline.domain.clustering.live_stories import LiveStories
from pipeline.domain.clustering.member import LiveMember
from pipeline.domain.clustering.packed_vectors import rounded
from pipeline.domain.clustering.story_index import StoryIndex
from pipeline.domain.clustering.types import LiveStoriesSnapshot
from tests.unit.clustering.made import story, terms

DIMS, TOPICS, STORIES, LATER = 32, 40, 1_000, 150
ASKED = 12


def made(count: int, seed: int) -> list[NDArray[np.float32]]:
    """Unit vectors that lie close around some directions."""
    random = np.random.default_rng(seed)
    topics = np.random.default_rng(0).normal(size=(TOPICS, DIMS))
    vectors = topics[random.integers(0, TOPICS, count)] + 0.6 * random.normal(size=(count, DIMS))
    units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return [rounded(each.astype(np.float32)) for each in units]


def put(live: LiveStories, name: str, vector: NDArray[np.float32]) -> None:
    live.put(story(LiveMember(name, vector, terms(), None, 0, False), story_id=name))


def changed(live: LiveStories) -> LiveStories:
    """Stories that come, move and go, a batch after the other, one of them undone."""
    vectors = made(STORIES + LATER, seed=1)
    for number, vector in enumerate(vectors[:STORIES]):
        put(live, f"s{number}", vector)
        if number % 200 == 0:
            live.commit()
    live.commit()
    for undone in (True, False):
        for number, vector in enumerate(vectors[STORIES:]):
            put(live, f"s{7 * number % (STORIES + 99)}", vector)
            if number % 3 == 0 and f"s{5 * number}" in live.stories:
                live.remove(f"s{5 * number}")
        if undone:
            live.rollback()
    live.commit()
    return live


def with_index(exact_up_to: int) -> LiveStories:
    live = LiveStories()
    live.index = StoryIndex(live.stories, exact_up_to=exact_up_to)
    return live


@pytest.fixture(scope="module")
def coarse() -> Iterator[LiveStories]:
    pytest.importorskip("faiss")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(coarse_index, "PROBED", 32)  # half of the regions of so few stories
        yield changed(with_index(exact_up_to=500))


def exactly(live: LiveStories, vector: NDArray[np.float32]) -> list[str]:
    likeness = {each.story_id: float(each.centroid @ vector) for each in live.stories.values()}
    return sorted(likeness, key=lambda each: (-round(likeness[each], 5), each))[:ASKED]


def test_the_exact_index_finds_the_nearest_through_all_changes() -> None:
    live = changed(with_index(exact_up_to=10**9))
    assert len(live.index) == len(live.stories)
    asked = made(30, seed=2)
    for vector, found in zip(asked, live.index.nearest(asked, ASKED), strict=True):
        assert set(found) == set(exactly(live, vector))


def test_a_coarse_index_of_centroids_that_say_nothing_gives_them_up_like_any_other() -> None:
    pytest.importorskip("faiss")
    nothing = np.zeros((400, DIMS), dtype=np.float32)
    index = CoarseIndex(range(400), lambda keys: nothing[list(keys)])
    for key in range(1, 400):
        index.remove(key)
    assert index.nearest(nothing[:1], ASKED) == [[0]]


def test_the_coarse_index_finds_nearly_all_of_the_nearest_and_nothing_that_is_gone(coarse: LiveStories) -> None:
    assert len(coarse.index) == len(coarse.stories)
    asked = made(100, seed=2)
    hits = 0
    for vector, found in zip(asked, coarse.index.scored(asked, ASKED), strict=True):
        assert all(each in coarse.stories for _, each in found)
        assert found == sorted(found, key=lambda each: (-each[0], each[1]))
        for similarity, each in found:
            assert similarity == pytest.approx(float(coarse.stories[each].centroid @ vector), abs=1e-5)
        hits += len({each for _, each in found} & set(exactly(coarse, vector)))
    assert hits >= 0.995 * ASKED * len(asked)


def test_many_stories_have_a_coarse_index_and_one_of_them_may_be_asked_for(coarse: LiveStories) -> None:
    assert isinstance(coarse.index._index, CoarseIndex)
    assert isinstance(with_index(exact_up_to=500).index._index, ExactIndex)
    (vector,) = made(1, seed=2)
    assert [[each for _, each in found] for found in coarse.index.scored([vector], 1)] == [
        exactly(coarse, vector)[:1]
    ]


def test_the_same_changes_give_the_same_answers(coarse: LiveStories) -> None:
    asked = made(30, seed=3)
    again = changed(with_index(exact_up_to=500))
    assert again.index.scored(asked, ASKED) == coarse.index.scored(asked, ASKED)


def test_what_the_regions_miss_is_found_by_rare_words_of_the_headline(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("faiss")
    monkeypatch.setattr(coarse_index, "PROBED", 2)
    monkeypatch.setattr(coarse_index, "ONE_IN", 1_024)
    live, vectors = with_index(exact_up_to=500), made(STORIES, seed=5)
    titles = [terms(title=[2 * number + 1, 2 * number + 2]) for number in range(STORIES)]
    for number, vector in enumerate(vectors):
        live.put(story(LiveMember(f"s{number}", vector, titles[number], None, 0, False), story_id=f"s{number}"))
    live.commit()
    nearby = made(STORIES, seed=6)
    asked = [rounded(one + 0.7 * other) for one, other in zip(vectors, nearby, strict=True)][::10]
    right = [f"s{number}" for number in range(0, STORIES, 10)]
    wanted = [own in exactly(live, vector) for own, vector in zip(right, asked, strict=True)]

    def hits(found: list[list[str]]) -> int:
        return sum(own in each for own, each, want in zip(right, found, wanted, strict=True) if want)

    assert hits(live.index.nearest(asked, ASKED)) < 0.98 * sum(wanted)
    found = live.index.scored(asked, ASKED, titles[::10])
    assert hits([[each for _, each in own] for own in found]) == sum(wanted)
    for vector, own in zip(asked, found, strict=True):
        assert own == sorted(own, key=lambda each: (-each[0], each[1]))
        for similarity, each in own:
            assert similarity == pytest.approx(float(live.stories[each].centroid @ vector), abs=1e-5)


def test_replicas_that_read_the_same_stories_in_another_order_give_the_same_answers(
    coarse: LiveStories, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = made(30, seed=4)
    snapshot = coarse.snapshot()
    monkeypatch.setattr(story_index, "EXACT_UP_TO", 500)
    answers = []
    for order in (sorted(snapshot.states), sorted(snapshot.states, reverse=True)):
        live = LiveStories()
        live.load(LiveStoriesSnapshot({each: snapshot.states[each] for each in order}, b"", b""))
        answers.append(live.index.scored(asked, ASKED))
    assert answers[0] == answers[1]


@pytest.mark.parametrize("stories", [40, 1_500])
def test_of_equally_near_stories_a_replica_finds_the_same_ones_whatever_order_they_came_in(stories: int) -> None:
    equal, other = made(2, seed=5)
    answers = []
    for order in (range(stories), reversed(range(stories))):
        live = with_index(exact_up_to=10**9)
        for number in order:
            put(live, f"s{number:04}", other if number % 3 else equal)
        live.commit()
        answers.append(live.index.nearest([equal, other], ASKED))
    first = [f"s{number:04}" for number in range(stories)]
    assert answers == [[first[::3][:ASKED], [each for at, each in enumerate(first) if at % 3][:ASKED]]] * 2


@pytest.mark.parametrize("stories", [5, 12, 33, 400, 1_013])
def test_the_exact_index_finds_what_sorting_all_similarities_finds(stories: int) -> None:
    centroids, asked = np.stack(made(stories, seed=3)), np.stack(made(20, seed=4))
    index = ExactIndex()
    for key in range(3):
        index.put(key, centroids[key])
    index.put_all(range(3, stories), centroids[3:])
    assert index.centroids([*range(stories)]).tolist() == centroids.tolist()
    by_sorting = np.argsort(-(asked @ centroids.T), axis=1)[:, :ASKED]
    assert [sorted(each) for each in index.nearest(asked, ASKED)] == np.sort(by_sorting, axis=1).tolist()


def test_without_faiss_the_search_stays_exact_however_many_stories_there_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    live = changed(with_index(exact_up_to=50))
    asked = made(5, seed=3)
    assert isinstance(live.index._index, ExactIndex)
    assert live.index.nearest(asked, ASKED) == [exactly(live, each) for each in asked]
