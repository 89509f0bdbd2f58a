"""What a correction says of pairs of articles, and its export for training."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

from pipeline.adapters.store.correction_log import Corrected, CorrectionEntry, Judgement, told
from pipeline.domain.clustering.desk import Action, Order
from pipeline.domain.story.snapshot import StoredArticle

MAX_TOLD = 10
"""Articles of each side that an entry tells, the newest: 100 pairs of the two, 6 KiB."""

Articles = Mapping[str, Sequence[StoredArticle]]


@dataclass(frozen=True)
class Signed:
    """Who corrects, and why."""

    by: str
    reason: str
    carried: Corrected | None = None
    """The correction of another edition that is made here once more."""


def entry_of(order: Order, story_ids: Iterable[str], articles: Articles, signed: Signed) -> CorrectionEntry:
    """The entry of a correction; `articles` are those of its stories before it.

    One that is carried over still tells what the desk judged then.
    """
    if signed.carried is not None:
        return replace(signed.carried.entry, story_ids=list(story_ids), origin=signed.carried.first)
    sides = list(_judged(order, articles))
    held = {each.article_id: each for _, *both in sides for side in both for each in side}
    return CorrectionEntry(
        action=order.action.value,
        by=signed.by,
        reason=signed.reason,
        story_ids=list(story_ids),
        article_ids=list(order.article_ids),
        judgements=[Judgement(same, _ids(one), _ids(other)) for same, one, other in sides],
        articles=told(held.values()),
    )


_Side = list[StoredArticle]


def _judged(order: Order, articles: Articles) -> Iterator[tuple[bool, _Side, _Side]]:
    """Whether each article of one side is about the same event as each of the other."""
    own = articles[order.story_id]
    named = set(order.article_ids)
    match order.action:
        case Action.MERGE:
            yield True, _newest(own), _newest(articles[order.other_id or ""])
        case Action.SPLIT:
            leaving = _newest(each for each in own if each.article_id in named)
            yield False, leaving, _newest(each for each in own if each.article_id not in named)
            if len(leaving) > 1:
                yield True, leaving[:1], leaving[1:]
        case Action.MOVE:
            before = articles[order.other_id or ""]
            moved = [each for each in before if each.article_id in named]
            yield True, moved, _newest(own)
            left = _newest(each for each in before if each.article_id not in named)
            if left:
                yield False, moved, left
        case _:
            return


def _newest(articles: Iterable[StoredArticle]) -> _Side:
    ordered = sorted(articles, key=lambda each: (each.received_at, each.article_id), reverse=True)
    return ordered[:MAX_TOLD]


def _ids(articles: Iterable[StoredArticle]) -> list[str]:
    return [each.article_id for each in articles]


def labelled_pairs(corrections: Iterable[Corrected]) -> Iterator[dict[str, Any]]:
    """One row for each pair of articles that a desk judged, in the order of the corrections."""
    for made in corrections:
        for judged in made.entry.judgements:
            for one, other in product(judged.one, judged.other):
                yield {
                    "same_event": judged.same_event,
                    "one": made.entry.articles[one],
                    "other": made.entry.articles[other],
                    "action": made.entry.action,
                    "by": made.entry.by,
                    "at": made.at.isoformat(),
                    "reason": made.entry.reason,
                }
