"""What is known of each language, read from the shipped word lists.

The stop words of languages without a list of ours come from stopwordsiso. Where there is one it is kept: those of
stopwordsiso are several times as long and name what news is about (`fire`, `state`, `million`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import stopwordsiso

from pipeline.json_codec import from_json

_NEVER = re.compile(r"(?!)")
"""Matches nothing."""


@dataclass(frozen=True)
class Lexicon:
    """The word lists of one language, all in lower case; empty where nothing is known."""

    language: str
    stop_words: frozenset[str]
    """Words without content."""
    news_words: frozenset[str]
    """Words of the trade (said, Monday): they carry no topic, but they are no stop words in a sentence."""
    abbreviations: frozenset[str]
    """Without the last full stop."""
    openers: frozenset[str]
    """Words that often open a sentence; after `U.S.` they tell an end from a name that goes on."""
    dangling: frozenset[str]
    """Openings that point back to a sentence that the reader doesn't see."""
    points_back: re.Pattern[str]
    """A phrase inside a sentence that does (`two of them`, `he said`)."""
    pronouns: frozenset[str]
    """As the one who speaks, they name nobody."""
    speech: frozenset[str]
    """Verbs of saying."""
    honorifics: frozenset[str]
    """Titles before a name, no part of it."""
    calendar: frozenset[str]
    """Months and weekdays."""
    nobody: frozenset[str]
    """Pronouns, verbs of saying and stop words: beside a quotation they name no speaker."""
    before_names: frozenset[str]
    """Capitalised words before a name that are no part of it."""
    no_names: frozenset[str]
    """Capitalised words that are no name by themselves."""
    label: re.Pattern[str]
    """A label before a headline that says it is no report: live, opinion, video."""
    clickbait: re.Pattern[str]
    """A headline that holds back or shouts."""
    boilerplate: re.Pattern[str]
    """A sentence of the page, not of the story."""


@cache
def lexicon(language: str) -> Lexicon:
    """The lexicon of a language code (`pt-BR` is read as `pt`)."""
    code = language.casefold().split("-")[0].split("_")[0]
    if code != language:
        return lexicon(code)
    file = resources.files("pipeline.domain.story.language.lexicon") / f"{code}.json"
    listed = code.isalpha() and file.is_file()
    return _read(code, from_json(file.read_bytes()) if listed else {"stop_words": stopwordsiso.stopwords(code)})


def _read(code: str, lists: dict[str, Any]) -> Lexicon:
    def words(name: str) -> frozenset[str]:
        return frozenset(lists.get(name, ()))

    stop, honorifics, calendar = words("stop_words"), words("honorifics"), words("calendar")
    labels = "|".join(lists.get("title_labels", ()))
    return Lexicon(
        language=code,
        stop_words=stop,
        news_words=words("news_words") | calendar,
        abbreviations=words("abbreviations"),
        openers=words("openers"),
        dangling=words("dangling"),
        points_back=_any_of(lists.get("points_back", ())),
        pronouns=words("pronouns"),
        speech=words("speech"),
        honorifics=honorifics,
        calendar=calendar,
        nobody=words("pronouns") | words("speech") | stop,
        before_names=stop | honorifics | calendar | words("openers"),
        no_names=stop | honorifics | calendar | words("news_words"),
        label=re.compile(rf"^\W*(?:{labels})\b(?:\s*[:|]|\s+[-–—])\s*", re.IGNORECASE) if labels else _NEVER,
        clickbait=_any_of(lists.get("clickbait", ())),
        boilerplate=_any_of(lists.get("boilerplate", ())),
    )


def _any_of(patterns: list[str]) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE) if patterns else _NEVER
