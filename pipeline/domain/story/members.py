"""The list of members in the record: order, cap and snippet."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import lru_cache
from heapq import merge
from itertools import chain

from groundswell.record import Member, OutletOfMember
from pipeline.domain.story.language.cleaning import without_headline
from pipeline.domain.story.reprints import Key
from pipeline.domain.story.roll import Roll, moment
from pipeline.domain.story.snapshot import StoredArticle
from pipeline.domain.story.sources import UNKNOWN_OUTLET

SNIPPET_CHARS = 220


def members_of(roll: Roll, cited: Collection[str], max_articles: int) -> list[Member]:
    """At most `max_articles` members, oldest first."""
    outlets = {source.key: source.of_member() for source in roll.sources.all()}
    return [
        _member(roll[article_id], outlets.get(roll.sources.key(article_id), UNKNOWN_OUTLET))
        for _, article_id in _kept(roll, cited, max_articles)
    ]


def _kept(roll: Roll, cited: Collection[str], max_articles: int) -> list[Key]:
    """Cited articles first, then the first original of each source, then the newest."""
    if len(roll) <= max_articles:
        return roll.ordered
    kept: set[Key] = set()
    for key in chain(_cited(roll, cited), _firsts(roll), reversed(roll.ordered)):
        if len(kept) == max_articles:
            break
        kept.add(key)
    return sorted(kept)


def _cited(roll: Roll, cited: Collection[str]) -> list[Key]:
    return sorted((moment(member), each) for each in cited if (member := roll.get(each)))


def _firsts(roll: Roll) -> Iterator[Key]:
    """The first original of each source; one of unknown source stands for itself."""
    firsts: dict[str, Key] = {}
    for group in roll.groups.values():
        for source, keys in group.by_source.items():
            firsts[source] = min(keys[0], firsts.get(source, keys[0]))
    return merge(sorted(firsts.values()), roll.unsourced)


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
        image_url=article.image_url,
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
