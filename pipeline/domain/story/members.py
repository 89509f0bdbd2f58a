"""The list of members in the record: order, cap and snippet."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache

from groundswell.record import Member, OutletOfMember
from pipeline.domain.story.language.cleaning import without_headline
from pipeline.domain.story.snapshot import StoredArticle
from pipeline.domain.story.sources import UNKNOWN_OUTLET, Sources

SNIPPET_CHARS = 220


def moment(article: StoredArticle) -> datetime:
    """Publication time, or when we received it where that is unknown; only for ordering."""
    return article.published_at or article.received_at


def oldest_first(articles: Iterable[StoredArticle]) -> list[StoredArticle]:
    """One order for all of record building, whatever the snapshot's was."""
    return sorted(articles, key=lambda article: (moment(article), article.article_id))


def members_of(
    ordered: Sequence[StoredArticle], sources: Sources, cited: Collection[str], max_articles: int
) -> list[Member]:
    """At most `max_articles` members, oldest first."""
    kept = _kept(ordered, sources, cited, max_articles)
    outlets = {source.key: source.of_member() for source in sources.all()}
    listed = [article for article in ordered if article.article_id in kept]
    return [_member(each, outlets.get(sources.key(each.article_id), UNKNOWN_OUTLET)) for each in listed]


def _kept(
    ordered: Sequence[StoredArticle], sources: Sources, cited: Collection[str], max_articles: int
) -> set[str]:
    """Cited articles first, then the first original of each source, then the newest."""
    if len(ordered) <= max_articles:
        return {article.article_id for article in ordered}
    firsts: dict[str, str] = {}
    for article in ordered:
        if article.reprint_of is None:
            firsts.setdefault(sources.key(article.article_id), article.article_id)
    order = dict.fromkeys(a.article_id for a in ordered if a.article_id in cited)
    order |= dict.fromkeys(firsts.values())
    order |= dict.fromkeys(article.article_id for article in reversed(ordered))
    return set(list(order)[:max_articles])


def _member(article: StoredArticle, outlet: OutletOfMember) -> Member:
    return Member(
        article_id=article.article_id,
        url=article.url,
        title=article.title,
        outlet=outlet,
        language=article.language,
        published_at=article.published_at,
        is_reprint=article.reprint_of is not None,
        reprint_of=article.reprint_of,
        snippet=snippet(article.title, article.lead),
    )


@lru_cache(maxsize=4_096)
def snippet(title: str, lead: str) -> str:
    """The beginning of the text, without the headline that some outlets repeat there; whole words."""
    text = " ".join(lead[: SNIPPET_CHARS * 3].split())
    text = without_headline(text, " ".join(title.split()).casefold())
    if len(text) <= SNIPPET_CHARS:
        return text
    cut = text[:SNIPPET_CHARS]
    space = cut.rfind(" ")
    # Scripts without spaces are cut between characters.
    return (cut[:space] if space > SNIPPET_CHARS // 2 else cut).rstrip(" ,;:–—-") + "…"


def settle_reprints(articles: Iterable[StoredArticle]) -> list[StoredArticle]:
    """Members oldest first, with `reprint_of` naming a member or nobody.

    A split can part a reprint from its original. Then the oldest of the reprints that stayed together
    takes the original's place, so that every text counts as original once in each story.
    """
    ordered = oldest_first(articles)
    of = {article.article_id: article.reprint_of for article in ordered}
    first_of: dict[str, str] = {root: root for root in (_root(each, of) for each in of) if root in of}
    settled = []
    for article in ordered:
        original = first_of.setdefault(_root(article.article_id, of), article.article_id)
        reprint_of = None if original == article.article_id else original
        unchanged = reprint_of == article.reprint_of
        settled.append(article if unchanged else replace(article, reprint_of=reprint_of))
    return settled


def _root(article_id: str, of: Mapping[str, str | None]) -> str:
    """The original at the end of a chain of reprints; the smallest id of a chain that bites its tail."""
    seen = [article_id]
    while (following := of.get(seen[-1])) is not None:
        if following in seen:
            return min(seen[seen.index(following) :])
        seen.append(following)
    return seen[-1]
