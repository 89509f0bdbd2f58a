"""Articles against the members of stories, all pairs at once, each found again by the ids of its articles.

A batch changes stories while it is decided: an article meets the ones before it there. So articles that are near
each other are compared too, and a story that changed is seldom compared anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from pipeline.domain.clustering.member import LiveMember
from pipeline.domain.clustering.pairs import Idf, Pairs, PairScorer, concatenated, ranges, stack
from pipeline.domain.clustering.story import LiveStory

Item = TypeVar("Item")

_UNKNOWN = -1


class Comparisons:
    """Features of pairs; see `PairScorer`."""

    def __init__(
        self,
        scorer: PairScorer,
        articles: Sequence[LiveMember],
        stories: Sequence[Sequence[LiveStory]],
        idf: Idf,
        least: NDArray[np.float32] | None = None,
    ) -> None:
        """`stories` has one sequence for each article. `least`: shape (n_articles,), how similar others of the
        articles are to each at least with which it is compared as well; None: with none.
        """
        visitors, hosts = _Distinct(articles), _Distinct([each for own in stories for each in own])
        own = stack(visitors.items)
        members = concatenated([*(each.stacked for each in hosts.items), own])
        sizes = np.array([len(each.members) for each in hosts.items], dtype=np.int64)
        pairs = _with_members(visitors.numbers, [len(each) for each in stories], hosts.numbers, sizes)
        self._of_stories = pairs.articles.size
        if least is not None:
            pairs = _with_each_other(pairs, own.vectors, least, int(sizes.sum()))
        self._features = scorer.features(own, members, pairs, idf)
        self._pairs, self._shape = pairs, (own.lengths.size, members.lengths.size)
        self._rows = {each.article_id: row for row, each in enumerate(visitors.items)}
        told = (each.article_id for story in hosts.items for each in story.members)
        self._columns = {each: column for column, each in enumerate((*told, *self._rows))}
        self._found: NDArray[np.int32] | None = None

    @property
    def of_stories(self) -> NDArray[np.float32]:
        """A row for each member of each story of each article, in order. Shape (n, len(PAIR_FEATURES))."""
        return self._features[: self._of_stories]

    def of(self, article: LiveMember, members: Sequence[LiveMember]) -> NDArray[np.float32] | None:
        """A row for each of these members; None where the article was not compared with one of them."""
        columns = [self._columns.get(each.article_id, _UNKNOWN) for each in members]
        if _UNKNOWN in columns:
            return None
        places = self._places[self._rows[article.article_id], columns]
        return self._features[places] if places.min() > _UNKNOWN else None

    @property
    def _places(self) -> NDArray[np.int32]:
        """Shape (n_articles, n_members): where the features of each pair are."""
        if self._found is None:
            self._found = np.full(self._shape, _UNKNOWN, dtype=np.int32)
            self._found[self._pairs.articles, self._pairs.others] = np.arange(len(self._features))
        return self._found


def _with_members(
    visitors: NDArray[np.int64], counts: Sequence[int], hosts: NDArray[np.int64], sizes: NDArray[np.int64]
) -> Pairs:
    """Each article with each member of its stories."""
    articles = np.repeat(visitors, counts)
    starts = np.cumsum(sizes) - sizes
    return Pairs(np.repeat(articles, sizes[hosts]), ranges(starts[hosts], sizes[hosts]))


def _with_each_other(pairs: Pairs, vectors: NDArray[np.float32], least: NDArray[np.float32], start: int) -> Pairs:
    """And each article with those before it that are so near; they stand behind `start` members."""
    later, earlier = np.nonzero(np.tril(vectors @ vectors.T >= least[:, None], -1))
    return Pairs(np.concatenate([pairs.articles, later]), np.concatenate([pairs.others, start + earlier]))


class _Distinct(Generic[Item]):
    """Objects of which some come several times, each once."""

    def __init__(self, items: Sequence[Item]) -> None:
        distinct = {id(each): each for each in items}
        places = {key: number for number, key in enumerate(distinct)}
        self.items = [*distinct.values()]
        self.numbers = np.array([places[id(each)] for each in items], dtype=np.int64)
        """Shape (len(items),): of each its place in `self.items`."""
