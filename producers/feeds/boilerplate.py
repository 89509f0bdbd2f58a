"""The last sentence that blogging systems put below every text: "The post X appeared first on Y."

It is the same for all articles of an outlet but for the title, and so makes them alike. Known is it by what it
names, the article and the feed, not by its words: it comes in every language, and in each in its own order.
"""

from __future__ import annotations

import re
from dataclasses import replace

from producers.feeds.parsed import FeedEntry, ParsedFeed

_LONGEST_REST = 40
"""Letters beside the names of article and feed: "The post X appeared first on Y" has 25, Turkish 31."""
_ENDS = re.compile(r"[.!?…。！？।؟\]]+[”\"»)]*\s|\n|[。！？।]")
_GOES_ON = (",", ";", ":", "，", "、", "：")
"""After the title: then it is no name but a part of what the author says."""
_PARTS = re.compile(r"\s[|»«–—·:-]\s|:\s")
_SHORTEST_NAME = 3
_LONGEST_NAME = 200
"""Of the feed's title; longer ones are none."""


def without_boilerplate(feed: ParsedFeed) -> ParsedFeed:
    """The feed with texts that end where their authors ended them."""
    names = _names((feed.title or "")[:_LONGEST_NAME])
    return replace(feed, entries=tuple(_without_boilerplate(each, names) for each in feed.entries))


def _names(title: str) -> list[str]:
    """What the feed may be called, the longest first: `North Herald » World` is part of the North Herald."""
    names = {title, *_PARTS.split(title)}
    return sorted((each for each in names if len(_letters(each)) >= _SHORTEST_NAME), key=len, reverse=True)


def _without_boilerplate(entry: FeedEntry, names: list[str]) -> FeedEntry:
    begin = _begin(entry.text, entry.title or "", names)
    return replace(entry, text=entry.text[:begin].rstrip()) if begin is not None else entry


def _begin(text: str, title: str, names: list[str]) -> int | None:
    """Where the last sentence begins, if it names article and feed and says hardly more."""
    tail = text[-(len(title) + sum(map(len, names)) + 4 * _LONGEST_REST) :]
    named = next(reversed(list(re.finditer(re.escape(title), tail, re.IGNORECASE))), None) if title else None
    if named is None or tail.startswith(_GOES_ON, named.end()):
        return None
    begin = max((each.end() for each in _ENDS.finditer(tail, 0, named.start())), default=0)
    around = tail[begin : named.start()] + "\n" + tail[named.end() :]
    rest = next((rest for each in names if (rest := _without(around, each)) != around), None)
    if rest is None or not 0 < len(_letters(rest)) <= _LONGEST_REST:
        return None
    return len(text) - len(tail) + begin


def _without(text: str, name: str) -> str:
    return re.sub(re.escape(name), "", text, flags=re.IGNORECASE)


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text))
