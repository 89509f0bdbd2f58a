"""Who published a member: articles to sources, sources to what is known of them."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict
from dataclasses import dataclass
from typing import Protocol

from groundswell.record import OutletOfMember, Side
from pipeline.domain.story.snapshot import StoredArticle

Given = tuple[str | None, str]
"""Domain and outlet's name, as an article gives them."""


class KnownOutlet(Protocol):
    """What record building needs of an outlet; unknown is None."""

    @property
    def domain(self) -> str | None:
        """Registrable domain; two domains of one outlet give the same one."""

    @property
    def name(self) -> str | None:
        """Display name."""

    @property
    def bias(self) -> str | None:
        """left, lean-left, center, lean-right or right."""

    @property
    def side(self) -> Side | None:
        """The bias in three steps."""

    @property
    def factuality(self) -> str | None:
        """The rater's word for it."""

    @property
    def owner(self) -> str | None:
        """Who owns it."""

    @property
    def country(self) -> str | None:
        """ISO 3166-1 alpha-2."""


class OutletLookup(Protocol):
    """The part of the outlet directory that record building uses."""

    def lookup(self, source: str | None, /) -> KnownOutlet | None:
        """What is known of the outlet with this registrable domain."""


@dataclass(frozen=True)
class Source:
    """A distinct outlet inside a story."""

    key: str
    """Registrable domain; `name:...` where only a name is known."""
    domain: str | None
    name: str | None
    bias: str | None
    side: Side | None
    factuality: str | None
    owner: str | None
    country: str | None

    @property
    def label(self) -> str | None:
        """What a reader is told: the name, else the domain."""
        return self.name or self.domain

    @property
    def publisher(self) -> str:
        """All outlets of one known owner are one publisher."""
        return f"owner:{self.owner.casefold()}" if self.owner else self.key

    def of_member(self) -> OutletOfMember:
        """The outlet as the record lists it beside a member."""
        return OutletOfMember(
            domain=self.domain,
            name=self.label,
            bias=self.bias,
            factuality=self.factuality,
            owner=self.owner,
            country=self.country,
        )


UNKNOWN_OUTLET = OutletOfMember(domain=None, name=None, bias=None, factuality=None, owner=None, country=None)
"""Beside a member that has neither a domain nor an outlet's name."""


class Sources:
    """The source of each member of one story.

    An article without a domain counts under its outlet's name. One with neither belongs to no source:
    it may be of an outlet already counted, and that is never guessed.
    """

    def __init__(self, outlets: OutletLookup) -> None:
        self._outlets = outlets
        self._found: dict[Given, Source | None] = {}
        self._by_key: dict[str, Source] = {}
        self._members: defaultdict[str, list[tuple[str, Given]]] = defaultdict(list)
        self._key_of: dict[str, str | None] = {}
        self.unknown = 0
        """Members of no source."""

    def __len__(self) -> int:
        return len(self._by_key)

    def add(self, article: StoredArticle) -> None:
        """One more member."""
        found = self.found(article)
        self._key_of[article.article_id] = found.key if found else None
        if found is None:
            self.unknown += 1
            return
        insort(self._members[found.key], (article.article_id, _given(article)))
        self._name(found.key)

    def remove(self, article: StoredArticle) -> None:
        """A member left."""
        key = self._key_of.pop(article.article_id)
        if key is None:
            self.unknown -= 1
            return
        members = self._members[key]
        del members[bisect_left(members, (article.article_id, _given(article)))]
        if members:
            self._name(key)
        else:
            del self._members[key], self._by_key[key]

    def found(self, article: StoredArticle) -> Source | None:
        """The source as this article names it; None where it is unknown."""
        given = _given(article)
        if given not in self._found:
            self._found[given] = self._find(*given)
        return self._found[given]

    def of(self, article_id: str) -> Source | None:
        """The source of this member; None where it is unknown."""
        key = self._key_of[article_id]
        return None if key is None else self._by_key[key]

    def label(self, article_id: str) -> str | None:
        """The outlet's display name of this member."""
        source = self.of(article_id)
        return source.label if source else None

    def side(self, article_id: str) -> Side | None:
        """The side of this member's outlet."""
        source = self.of(article_id)
        return source.side if source else None

    def side_of_source(self, key: str) -> Side | None:
        """The side of the source with this key."""
        return self._by_key[key].side

    def key(self, article_id: str) -> str:
        """The source's key; of an article of unknown source, one of its own."""
        return self._key_of[article_id] or f"article:{article_id}"

    def all(self) -> list[Source]:
        """The distinct sources, by key."""
        return [self._by_key[key] for key in sorted(self._by_key)]

    def _name(self, key: str) -> None:
        """By the smallest id, so that the display name of an outlet unknown to the table doesn't hang on the order
        in which members came."""
        first = self._found[self._members[key][0][1]]
        if first is not None:
            self._by_key[key] = first

    def _find(self, domain: str | None, name: str) -> Source | None:
        if domain is None:
            if not name:
                return None
            return Source(f"name:{name.casefold()}", None, name, None, None, None, None, None)
        domain = domain.casefold()
        known = self._outlets.lookup(domain)
        if known is None:
            return Source(domain, domain, name or None, None, None, None, None, None)
        shown = known.name if known.name and known.name != known.domain else name or known.name
        return Source(
            known.domain or domain,
            known.domain or domain,
            shown,
            known.bias,
            known.side,
            known.factuality,
            known.owner,
            known.country,
        )


def _given(article: StoredArticle) -> Given:
    return _clean(article.source), _clean(article.outlet) or ""


def _clean(text: str | None) -> str | None:
    text = (text or "").strip()
    return text or None
