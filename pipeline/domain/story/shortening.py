"""Shortens a record that is too large for its topic. Pure, like all of record building.

Whatever list takes the most bytes gives way, an eighth at a time, until the record fits. Counts are of all members
as before, and `cut` names the lists that were shortened.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from groundswell.record import StoryRecord
from pipeline.domain.story.build import cited_ids
from pipeline.json_codec import to_json

_STEPS = 8
_CUT_FIELD_BYTES = 200
"""For the names in `cut`."""


class RecordTooLargeError(Exception):
    """What can't be shortened alone is too large; no story of real outlets comes near that."""


def fitted(record: StoryRecord, max_bytes: int) -> StoryRecord:
    """The record, shortened if it takes more than `max_bytes` as JSON. Raises RecordTooLargeError."""
    written = record.model_dump(mode="json")
    size = len(to_json(written))
    if size <= max_bytes:
        return record
    costs = _costs(written)
    kept = {name: _by_importance(record, name) for name in costs}
    while size + _CUT_FIELD_BYTES > max_bytes:
        name = max(costs, key=lambda each: sum(costs[each][at] for at in kept[each]))
        if not kept[name]:
            raise RecordTooLargeError(f"story {record.story_id}: {size} bytes without its lists, of {max_bytes}")
        staying = len(kept[name]) - max(1, len(kept[name]) // _STEPS)
        size -= sum(costs[name][at] for at in kept[name][staying:])
        kept[name] = kept[name][:staying]
    return record.model_copy(update=_shortened(record, kept))


def _costs(written: dict[str, Any]) -> dict[str, list[int]]:
    """Bytes of each item of each list, with its comma."""
    lists = {name: items for name, items in written.items() if isinstance(items, list)}
    return {name: [len(to_json(item)) + 1 for item in items] for name, items in lists.items()}


def _shortened(record: StoryRecord, kept: dict[str, list[int]]) -> dict[str, Any]:
    """The lists that lost something, in their own order, and their names."""
    cut = sorted(name for name, places in kept.items() if len(places) < len(getattr(record, name)))
    lists = {name: [getattr(record, name)[at] for at in sorted(kept[name])] for name in cut}
    return {**lists, "cut": cut}


def _by_importance(record: StoryRecord, name: str) -> list[int]:
    """Places in the list, what may go last at the end."""
    items: Sequence[Any] = getattr(record, name)
    if name == "articles":
        return _articles_by_importance(record)
    newest_first = name in ("absorbed", "timeline")
    return list(reversed(range(len(items)))) if newest_first else list(range(len(items)))


def _articles_by_importance(record: StoryRecord) -> list[int]:
    """Those cited, the first original of each outlet, then the newest: as `max_articles` keeps them, too."""
    cited = cited_ids(dict(record))
    firsts: dict[str, int] = {}
    for at, each in enumerate(record.articles):
        if not each.is_reprint:
            firsts.setdefault(each.outlet.domain or each.outlet.name or each.article_id, at)
    places = [at for at, each in enumerate(record.articles) if each.article_id in cited]
    return list(dict.fromkeys([*places, *firsts.values(), *reversed(range(len(record.articles)))]))
