"""Which members are read: a bounded, deterministic choice, so that a large story costs no more."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterator
from itertools import islice

from pipeline.domain.story.reprints import Key
from pipeline.domain.story.roll import Group, Roll
from pipeline.domain.story.snapshot import StoredArticle

MAX_READ = 40
_EARLIEST, _LATEST = 8, 16


def choose(roll: Roll, most: int = MAX_READ) -> list[StoredArticle]:
    """At most `most` of the originals, oldest first.

    The earliest (how it began), the latest (how it stands), then in turn from each pair of side and
    language, spread over time and over outlets not chosen yet: a small side isn't lost in a large story.
    """
    if len(roll.originals) <= most:
        return [roll[article_id] for _, article_id in roll.originals]
    ends = {*roll.originals[:_EARLIEST], *roll.originals[-_LATEST:]}
    seen = {roll.sources.key(article_id) for _, article_id in ends}
    names = sorted(roll.groups, key=lambda name: (name[0] or "", name[1]))
    runs = [_spread(roll.groups[name], ends, seen) for name in names]
    chosen = {*ends, *islice(_in_turn(runs), most - len(ends))}
    return [roll[article_id] for _, article_id in sorted(chosen)]


def _in_turn(runs: list[Iterator[Key]]) -> Iterator[Key]:
    while runs:
        heads = [(run, next(run, None)) for run in runs]
        yield from (key for _, key in heads if key is not None)
        runs = [run for run, key in heads if key is not None]


def _spread(group: Group, chosen: Collection[Key], seen: Collection[str]) -> Iterator[Key]:
    """One article per new outlet, then the rest, each run spread evenly over time.

    An article of unknown outlet may be of one that was met already: it is part of the rest.
    """
    fresh = sorted(keys[0] for source, keys in group.by_source.items() if source not in seen)
    yield from (fresh[position] for position in _strided(len(fresh)))
    places = (_place(group.all, key) for key in {*fresh, *chosen})
    taken = sorted(place for place in places if place is not None)
    for position in _strided(len(group.all) - len(taken)):
        yield group.all[_without(taken, position)]


def _place(ordered: list[Key], key: Key) -> int | None:
    place = bisect_left(ordered, key)
    return place if place < len(ordered) and ordered[place] == key else None


def _without(taken: list[int], position: int) -> int:
    """The place of what would stand at `position` if the places `taken` were cut out."""
    for each in taken:
        if each > position:
            break
        position += 1
    return position


def _strided(length: int) -> Iterator[int]:
    """Every 2^k-th place first, then what is between: any beginning of the result covers the whole run."""
    if length:
        yield 0
    step = 1 << max(length - 1, 0).bit_length()
    while step > 1:
        yield from range(step // 2, length, step)
        step //= 2
