"""The members of one story, with all that its record says of all of them, kept as members come and go.

A revision of a story of 20,000 members changes a few of them, and reading and sorting all of them anew would be
most of its cost. What stands here depends on the members alone: however a roll came to them, the record is the
same.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, MutableMapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TypeVar

from groundswell.record import Side
from pipeline.domain.story.reprints import Key, Reprints
from pipeline.domain.story.snapshot import StoredArticle
from pipeline.domain.story.sources import OutletLookup, Sources

GroupName = tuple[Side | None, str]
"""Side of the outlet, and language."""

_Sorted = TypeVar("_Sorted", datetime, Key)
_Held = TypeVar("_Held", Counter[str], list[Key])


@dataclass
class Group:
    """Originals of one side in one language, oldest first."""

    all: list[Key] = field(default_factory=list)
    by_source: defaultdict[str, list[Key]] = field(default_factory=lambda: defaultdict(list))
    """Of those whose source is known."""


class Roll(Collection[StoredArticle]):
    """Members, `reprint_of` of each naming another member or nobody."""

    def __init__(self, outlets: OutletLookup, articles: Iterable[StoredArticle] = ()) -> None:
        self.sources = Sources(outlets)
        self.ordered: list[Key] = []
        """All of them, oldest first."""
        self.originals: list[Key] = []
        """Those that are no reprints, oldest first."""
        self.unsourced: list[Key] = []
        """Originals of unknown source, oldest first."""
        self.dated: list[Key] = []
        """Those with a date, oldest first."""
        self.times: list[datetime] = []
        """The known publication times, oldest first, in UTC."""
        self.languages: Counter[str] = Counter()
        self.groups: defaultdict[GroupName, Group] = defaultdict(Group)
        self._received: list[datetime] = []
        self._articles: dict[str, StoredArticle] = {}
        self._reprints = Reprints()
        self._filed: set[str] = set()
        self._reprinted_by: defaultdict[str, Counter[str]] = defaultdict(Counter)
        """Original -> sources of its reprints."""
        # In their order each stands at the end of the lists, and most originals come before their reprints.
        for article in sorted(articles, key=lambda each: (moment(each), each.article_id)):
            self.put(article)

    def __len__(self) -> int:
        return len(self._articles)

    def __iter__(self) -> Iterator[StoredArticle]:
        """Oldest first."""
        return (self._articles[article_id] for _, article_id in self.ordered)

    def __contains__(self, article: object) -> bool:
        return isinstance(article, StoredArticle) and self._articles.get(article.article_id) == article

    def __getitem__(self, article_id: str) -> StoredArticle:
        return self._articles[article_id]

    def get(self, article_id: str | None) -> StoredArticle | None:
        """The member with this id; None where it is none."""
        return None if article_id is None else self._articles.get(article_id)

    @property
    def last_received(self) -> datetime | None:
        """When the newest of them arrived; None without members."""
        return self._received[-1] if self._received else None

    def sides_of_reprints(self, article_id: str) -> frozenset[Side]:
        """Sides of the outlets that reprinted this original."""
        sides = (self.sources.side_of_source(key) for key in self._reprinted_by.get(article_id, ()))
        return frozenset(side for side in sides if side is not None)

    def put(self, article: StoredArticle) -> None:
        """A member came, or a newer version of one."""
        self.discard(article.article_id)
        key = (moment(article), article.article_id)
        self._articles[article.article_id] = article
        self.sources.add(article)
        self.languages[article.language] += 1
        insort(self.ordered, key)
        insort(self._received, article.received_at)
        if article.published_at is not None:
            insort(self.dated, key)
            insort(self.times, article.published_at.astimezone(UTC))
        self._settle(self._reprints.add(key, article.reprint_of))

    def discard(self, article_id: str) -> None:
        """A member left, if it was one."""
        if article_id not in self._articles:
            return
        self._unfile(article_id)
        article = self._articles.pop(article_id)
        key = (moment(article), article_id)
        self.sources.remove(article)
        _take(self.languages, article.language)
        _cut(self.ordered, key)
        _cut(self._received, article.received_at)
        if article.published_at is not None:
            _cut(self.dated, key)
            _cut(self.times, article.published_at.astimezone(UTC))
        self._settle(self._reprints.remove(article_id))

    def _settle(self, article_ids: Iterable[str]) -> None:
        """What is a reprint of whom may have changed for these."""
        for article_id in article_ids:
            article, reprint_of = self._articles[article_id], self._reprints.reprint_of(article_id)
            if article_id in self._filed:
                if article.reprint_of == reprint_of:
                    continue
                self._unfile(article_id)
            if article.reprint_of != reprint_of:
                self._articles[article_id] = replace(article, reprint_of=reprint_of)
            self._file(article_id)

    def _file(self, article_id: str) -> None:
        article = self._articles[article_id]
        self._filed.add(article_id)
        if article.reprint_of is not None:
            for key in self._sources_of_reprint(article):
                self._reprinted_by[article.reprint_of][key] += 1
            return
        for keys in self._lists_of_original(article):
            insort(keys, (moment(article), article_id))

    def _unfile(self, article_id: str) -> None:
        article = self._articles[article_id]
        self._filed.remove(article_id)
        if article.reprint_of is not None:
            for key in self._sources_of_reprint(article):
                _take(self._reprinted_by[article.reprint_of], key)
            _drop_empty(self._reprinted_by, article.reprint_of)
            return
        for keys in self._lists_of_original(article):
            _cut(keys, (moment(article), article_id))
        name, source = self._group_of(article), self.sources.found(article)
        if source is not None:
            _drop_empty(self.groups[name].by_source, source.key)
        if not self.groups[name].all:
            del self.groups[name]

    def _sources_of_reprint(self, article: StoredArticle) -> list[str]:
        source = self.sources.found(article)
        return [source.key] if source is not None else []

    def _lists_of_original(self, article: StoredArticle) -> tuple[list[Key], ...]:
        group, source = self.groups[self._group_of(article)], self.sources.found(article)
        return self.originals, group.all, self.unsourced if source is None else group.by_source[source.key]

    def _group_of(self, article: StoredArticle) -> GroupName:
        source = self.sources.found(article)
        return (source.side if source is not None else None), article.language


def roll_of(articles: Iterable[StoredArticle], outlets: OutletLookup) -> Roll:
    """The roll of these members: the one that is kept, where they come as such."""
    return articles if isinstance(articles, Roll) else Roll(outlets, articles)


def last_received(articles: Iterable[StoredArticle]) -> datetime | None:
    """When the newest of them arrived; None without members."""
    if isinstance(articles, Roll):
        return articles.last_received
    return max((each.received_at for each in articles), default=None)


def moment(article: StoredArticle) -> datetime:
    """Publication time, or when we received it where that is unknown; only for ordering."""
    return article.published_at or article.received_at


def _cut(ordered: list[_Sorted], value: _Sorted) -> None:
    del ordered[bisect_left(ordered, value)]


def _take(counts: Counter[str], value: str) -> None:
    counts[value] -= 1
    if not counts[value]:
        del counts[value]


def _drop_empty(held: MutableMapping[str, _Held], name: str) -> None:
    if not held[name]:
        del held[name]
