"""What is read out of one article: its headline, its quotable sentences and their terms."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from pipeline.story.language.cleaning import paragraphs
from pipeline.story.language.lexicons import lexicon
from pipeline.story.language.quotable import is_quotable
from pipeline.story.language.sentences import sentences
from pipeline.story.language.words import plain, terms
from pipeline.story.snapshot import StoredArticle

MAX_SENTENCES = 10
"""Sentences read of each article; news puts what matters first."""

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


@dataclass(frozen=True)
class Reading:
    """All that is read out of one article."""

    language: str
    headline: str
    """The title without label; the outlet's name is cut later, where the outlet is known."""
    is_report: bool
    """No label says that it is live coverage, opinion or a video."""
    headline_terms: tuple[str, ...]
    sentences: tuple[Sentence, ...]


def read(article: StoredArticle) -> Reading:
    """The reading of a member; the same text in the same language is read once."""
    return _read(article.title, article.lead, article.language)


@lru_cache(maxsize=CACHED_ARTICLES)
def _read(title: str, lead: str, language: str) -> Reading:
    words = lexicon(language)
    headline = plain(title)
    unlabelled = words.label.sub("", headline) or headline
    found: list[Sentence] = []
    for paragraph in paragraphs(title, lead):
        for text in sentences(paragraph, words.language):
            if len(found) >= MAX_SENTENCES:
                break
            content = tuple(terms(text, words.language))
            found.append(Sentence(text, len(found), content, is_quotable(text, words.language)))
    return Reading(
        language=words.language,
        headline=unlabelled,
        is_report=unlabelled == headline,
        headline_terms=tuple(terms(unlabelled, words.language)),
        sentences=tuple(found),
    )
