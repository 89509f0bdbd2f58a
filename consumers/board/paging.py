"""Pages of a list that is read to its end while its stories change.

A cursor holds the place in the order of the list, and the number of the last change when the reading began. What
has not changed since is listed in order, each story once: nothing moves it. What has changed meanwhile is listed
after that, in the order of its changes. So no story is missed, and one comes twice only in a newer revision. The
board keeps nothing of a reader: a cursor is good for as long as somebody holds it. It outlives a restart too,
after which every story counts as changed.
"""

from __future__ import annotations

import base64
import hashlib
import heapq
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from pydantic import BaseModel, ConfigDict, ValidationError

from consumers.board.card import Entry, StoryCard, newest_coverage_s
from consumers.board.query import Order, StoryQuery
from consumers.board.view import StoryView

_Key = tuple[float, float, float, str]


class BadCursorError(ValueError):
    """It is none of ours, or that of another query."""


class Cursor(BaseModel):
    """Where a reader is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    query: str
    """Digest of the filters and the order."""
    began: int
    """The last change when the reading began."""
    newest_s: float
    """The newest coverage at that time, from which ranks are counted."""
    after: _Key | None
    """The last story listed of those that have not changed; None where all are through."""
    changed: int
    """The last change listed of those that have."""
    cut: float
    """Likeness from which on a story counted as near in meaning when the reading began."""

    def token(self) -> str:
        """As it stands in an address."""
        return base64.urlsafe_b64encode(self.model_dump_json().encode()).decode().rstrip("=")

    @classmethod
    def read(cls, token: str, query: StoryQuery) -> Cursor:
        """Raises BadCursorError."""
        try:
            text = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
            cursor = cls.model_validate_json(text)
        except (ValueError, ValidationError):
            raise BadCursorError("is no cursor of this board; begin without one") from None
        if cursor.query != _digest(query):
            raise BadCursorError("is of a list with other filters or another order; begin without one")
        return cursor


@dataclass(frozen=True, slots=True)
class Part:
    """Part of a list."""

    total: int
    """Stories that the filters select now."""
    cards: Sequence[StoryCard]
    next: Cursor | None
    """None at the end."""


def part(view: StoryView, query: StoryQuery, cursor: Cursor | None, limit: int) -> Part:
    """The stories that follow, at most `limit`."""
    entries, matched = view.ranked(), view.matching(query, cursor.cut if cursor else None)
    found = [*matched.entries, *(entry for _, entry in matched.near)]
    if cursor is None:
        began = max((each.changed for each in entries), default=0)
        newest_s, changed = newest_coverage_s(entries), began
        after: _Key | None = _BEFORE_ALL
    else:
        began, newest_s, after, changed = cursor.began, cursor.newest_s, cursor.after, cursor.changed
    key = _order(query.sort, newest_s, {entry.changed: likeness for likeness, entry in matched.near})
    if cursor is None:
        rest = found
        # The view has them by rank already.
        listed = found[:limit] if query.sort is Order.TOP else heapq.nsmallest(limit, found, key)
    else:
        rest = [each for each in found if each.changed <= began and after is not None and key(each) > after]
        listed = heapq.nsmallest(limit, rest, key)
    late = sorted((each for each in found if each.changed > changed), key=lambda each: each.changed)
    added = list(islice(late, limit - len(listed)))
    more = len(rest) + len(late) > len(listed) + len(added)
    follows = Cursor(
        query=_digest(query),
        began=began,
        newest_s=newest_s,
        after=key(listed[-1]) if len(listed) < len(rest) else None,
        changed=added[-1].changed if added else changed,
        cut=cursor.cut if cursor else matched.cut,
    )
    return Part(len(found), [each.card for each in (*listed, *added)], follows if more else None)


_BEFORE_ALL: _Key = (float("-inf"), 0.0, 0.0, "")
_FOUND, _NEAR = 0.0, 1.0
"""What only the meaning of the query finds comes last, in whatever order the rest is."""


def _order(order: Order, newest_s: float, near: Mapping[int, float]) -> Callable[[Entry], _Key]:
    """`near`: likeness by `Entry.changed`, of what only the meaning of the query finds."""

    def key(entry: Entry) -> _Key:
        story_id, likeness = entry.card.story_id, near.get(entry.changed)
        if likeness is not None:
            return _NEAR, -likeness, 0.0, story_id
        if order is Order.LATEST:
            return _FOUND, -entry.quiet_since_s(), 0.0, story_id
        if order is Order.SOURCES:
            return _FOUND, -entry.card.source_count, -entry.rank(newest_s), story_id
        return _FOUND, -entry.rank(newest_s), 0.0, story_id

    return key


def _digest(query: StoryQuery) -> str:
    chosen = StoryQuery.model_validate(query.model_dump(include=set(StoryQuery.model_fields)))
    return hashlib.sha256(chosen.model_dump_json().encode()).hexdigest()[:12]
