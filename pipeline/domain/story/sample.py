"""Which members are read: a bounded, deterministic choice, so that a large story costs no more."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from groundswell.record import Side
from pipeline.domain.story.snapshot import StoredArticle
from pipeline.domain.story.sources import Sources

MAX_READ = 40
_EARLIEST, _LATEST = 8, 16


def choose(originals: Sequence[StoredArticle], sources: Sources, most: int = MAX_READ) -> list[StoredArticle]:
    """At most `most` originals, oldest first, out of originals that come oldest first.

    The earliest (how it began), the latest (how it stands), then in turn from each pair of side and
    language, spread over time and over outlets not chosen yet: a small side isn't lost in a large story.
    """
    if len(originals) <= most:
        return list(originals)
    chosen = {a.article_id for a in (*originals[:_EARLIEST], *originals[-_LATEST:])}
    groups: dict[tuple[Side | None, str], list[StoredArticle]] = defaultdict(list)
    for article in originals:
        if article.article_id not in chosen:
            groups[sources.side(article.article_id), article.language].append(article)
    seen = {sources.key(article_id) for article_id in chosen}
    queues = [_spread(groups[key], sources, seen) for key in sorted(groups, key=lambda k: (k[0] or "", k[1]))]
    while len(chosen) < most and queues:
        for queue in queues:
            if len(chosen) < most:
                chosen.add(queue.pop().article_id)
        queues = [queue for queue in queues if queue]
    return [article for article in originals if article.article_id in chosen]


def _spread(group: list[StoredArticle], sources: Sources, seen: set[str]) -> list[StoredArticle]:
    """The group as a stack: on top one article per new outlet, each run spread evenly over time."""
    fresh: list[StoredArticle] = []
    rest: list[StoredArticle] = []
    met = set(seen)
    for article in group:
        key = sources.key(article.article_id)
        (rest if key in met else fresh).append(article)
        met.add(key)
    return list(reversed([*_strided(fresh), *_strided(rest)]))


def _strided(run: list[StoredArticle]) -> list[StoredArticle]:
    """Every 2^k-th first, then what is between: any beginning of the result covers the whole run."""
    positions = range(len(run))
    return [run[i] for i in sorted(positions, key=lambda i: (-((i & -i) or len(run) + 1), i))]
