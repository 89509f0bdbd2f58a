"""The last paragraph that blogging systems put below every text: "The post X appeared first on Y."

It is the same for all articles of an outlet but for the title, and so makes them alike. Known is it by what it
names, not by its words: it comes in every language.
"""

from __future__ import annotations

from dataclasses import replace

from producers.feeds.parsed import FeedEntry, ParsedFeed

_WORDS_BEFORE = 4
"""The post, Der Beitrag, Il post, L'article."""
_WORDS_AFTER = 5
"""Appeared first on, est apparu en premier sur. Those that name the feed come on top, the last is one of them."""


def without_boilerplate(feed: ParsedFeed) -> ParsedFeed:
    """The feed with texts that end where their authors ended them."""
    name = (feed.title or "").casefold()
    return replace(feed, entries=tuple(_without_boilerplate(each, name) for each in feed.entries))


def _without_boilerplate(entry: FeedEntry, name: str) -> FeedEntry:
    text, _, last = entry.text.rpartition("\n")
    if entry.title and _is_boilerplate(last.casefold(), entry.title.casefold(), name):
        return replace(entry, text=text.rstrip())
    return entry


def _is_boilerplate(paragraph: str, title: str, name: str) -> bool:
    """Whether it names the article, then the feed, and says hardly more."""
    before, named, after = paragraph.partition(title)
    words, names = after.strip(" .。!").split(), set(name.split())
    return (
        bool(named)
        and 0 < len(before.split()) <= _WORDS_BEFORE
        and 0 < sum(word not in names for word in words) <= _WORDS_AFTER
        and words[-1] in names
    )
