"""What is read out of one article: its headline, its quotable sentences and their terms."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from pipeline.domain.story.language.cleaning import paragraphs
from pipeline.domain.story.language.figures import Figure, figures, numerals_of
from pipeline.domain.story.language.lexicons import Lexicon, lexicon
from pipeline.domain.story.language.names import names
from pipeline.domain.story.language.quotable import is_quotable
from pipeline.domain.story.language.sentences import sentences
from pipeline.domain.story.language.words import idle_terms, plain, surfaces, terms, tokens
from pipeline.domain.story.snapshot import StoredArticle
from pipeline.domain.writing import DENSE_LANGUAGES

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")

_TITLE_CASED = re.compile(r"(?:\b[A-Z][\w'’-]+\W+(?:(?:a|an|the|of|in|to|for|and|on|at|as)\W+)*){5}")
"""Headlines That Write Every Word With a Capital tell no names."""

MAX_SENTENCES = 7
"""Sentences read of each article; news puts what matters first."""

_KEYWORD_CHARS = 4

CACHED_ARTICLES = 4_096
"""A story's next revision holds the same articles again; about 10 KB each."""


@dataclass(frozen=True)
class Sentence:
    """A sentence of an article's text."""

    text: str
    position: int
    """Among all sentences of the text, from 0."""
    terms: tuple[str, ...]
    quotable: bool
    """It can stand alone in front of a reader."""
    figures: tuple[Figure, ...]
    names: tuple[str, ...]
    name_terms: frozenset[str]
    """Terms that belong to its names."""
    facts: frozenset[str]
    """Words of its names, and its numbers: what can be checked elsewhere, in any language."""


@dataclass(frozen=True)
class Reading:
    """All that is read out of one article."""

    language: str
    headline: str
    """The title without label; the outlet's name is cut later, where the outlet is known."""
    is_report: bool
    """No label says that it is live coverage, opinion or a video."""
    headline_terms: tuple[str, ...]
    headline_figures: tuple[Figure, ...]
    headline_names: tuple[str, ...]
    sentences: tuple[Sentence, ...]
    facts: frozenset[str]
    """Of the sentences and the headline."""
    vocabulary: dict[str, str]
    """Terms fit to be keywords, each with a word of the text that it stands for, in lower case."""


def read(article: StoredArticle) -> Reading:
    """The reading of a member; the same text in the same language is read once."""
    return _read(article.title, article.lead, article.language)


@lru_cache(maxsize=CACHED_ARTICLES)
def _read(title: str, lead: str, language: str) -> Reading:
    words = lexicon(language)
    headline = plain(title)
    unlabelled = words.label.sub("", headline) or headline
    ordinary = _ordinary(lead, words.language)
    found: list[Sentence] = []
    for paragraph in paragraphs(title, lead):
        for text in sentences(paragraph, words.language):
            if len(found) >= MAX_SENTENCES:
                break
            found.append(_sentence(text, found, words, ordinary))
    named = [] if _TITLE_CASED.search(unlabelled) else names(unlabelled, words.language, ordinary)
    return Reading(
        language=words.language,
        headline=unlabelled,
        is_report=unlabelled == headline,
        headline_terms=tuple(terms(unlabelled, words.language)),
        headline_figures=figures(unlabelled, words.language),
        headline_names=tuple(named),
        sentences=tuple(found),
        facts=frozenset(_facts(unlabelled, named)).union(*(each.facts for each in found)),
        vocabulary=_vocabulary(" ".join((unlabelled, *(each.text for each in found))), words),
    )


def _sentence(text: str, before: list[Sentence], words: Lexicon, ordinary: frozenset[str]) -> Sentence:
    opening = text.split(maxsplit=1)[0].casefold()
    context = before[-1].text if before and opening in words.dangling else ""
    named = names(text, words.language, ordinary)
    return Sentence(
        text=text,
        position=len(before),
        terms=tuple(terms(text, words.language)),
        quotable=is_quotable(text, words.language),
        figures=figures(text, words.language, context),
        names=tuple(named),
        name_terms=frozenset(term for name in named for term in terms(name, words.language)),
        facts=frozenset(_facts(text, named)),
    )


def _ordinary(text: str, language: str) -> frozenset[str]:
    """Words that the text writes small somewhere, and number words."""
    numerals = numerals_of(language)
    return frozenset(word for word in tokens(text) if word.islower()) | (
        numerals.first_words if numerals else frozenset()
    )


def _vocabulary(text: str, words: Lexicon) -> dict[str, str]:
    found = surfaces(text, words.language)
    idle = idle_terms(words.language)
    least = 1 if words.language in DENSE_LANGUAGES else _KEYWORD_CHARS
    return {
        term: word
        for term, word in found.items()
        if term not in idle and len(word) >= least and not any(map(str.isdigit, word))
    }


def _facts(text: str, named: Iterable[str]) -> Iterator[str]:
    yield from _NUMBER.findall(text)
    for name in named:
        # Beginnings, so that the cases and spellings of a name in several languages meet.
        yield from (word.casefold()[:5] for word in name.split() if len(word) > 2)


def forget() -> None:
    """Empty the cache of readings; for measuring."""
    _read.cache_clear()
