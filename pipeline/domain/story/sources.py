"""Who published a member: articles to sources, sources to what is known of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from groundswell.record import OutletOfMember, Side
from pipeline.domain.story.snapshot import StoredArticle


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

    def __init__(self, articles: Iterable[StoredArticle], outlets: OutletLookup) -> None:
        self._outlets = outlets
        self._by_given: dict[tuple[str | None, str], Source | None] = {}
        self._by_key: dict[str, Source] = {}
        self._of: dict[str, Source | None] = {}
        # By id, so that the display name of an outlet unknown to the table doesn't hang on the order.
        for article in sorted(articles, key=lambda each: each.article_id):
            self._of[article.article_id] = self._resolve(article)

    def of(self, article_id: str) -> Source | None:
        """The source of this member; None where it is unknown."""
        return self._of[article_id]

    def label(self, article_id: str) -> str | None:
        """The outlet's display name of this member."""
        source = self._of[article_id]
        return source.label if source else None

    def side(self, article_id: str) -> Side | None:
        """The side of this member's outlet."""
        source = self._of[article_id]
        return source.side if source else None

    def key(self, article_id: str) -> str:
        """The source's key; of an article of unknown source, one of its own."""
        source = self._of[article_id]
        return source.key if source else f"article:{article_id}"

    def all(self) -> list[Source]:
        """The distinct sources, by key."""
        return [self._by_key[key] for key in sorted(self._by_key)]

    def _resolve(self, article: StoredArticle) -> Source | None:
        given = (_clean(article.source), _clean(article.outlet) or "")
        if given not in self._by_given:
            found = self._find(*given)
            self._by_given[given] = self._by_key.setdefault(found.key, found) if found else None
        return self._by_given[given]

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


def _clean(text: str | None) -> str | None:
    text = (text or "").strip()
    return text or None
