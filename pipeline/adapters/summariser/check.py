"""Whether a sentence of the model stands in the article that it cites.

Every number and every name of the sentence must occur in the article, quotations word for word. That
catches invented figures, people and places; it does not catch a wrong relation between right names.
"""

from __future__ import annotations

import re

from pipeline.domain.story.language.figures import in_digits, number_of, numerals_of
from pipeline.domain.story.language.names import names
from pipeline.domain.story.language.words import plain, tokens
from pipeline.domain.story.snapshot import StoredArticle
from pipeline.domain.writing import folded

MIN_CHARS, MAX_CHARS = 20, 340
_END = re.compile(r"[.!。！؟۔][\"”»」]?$")
_QUOTED = re.compile(r"[\"“”„«「]([^\"“”„«»「」]{3,})[\"“”»」]")
_MARKUP = re.compile(r"https?://|[<>{}\[\]]|\*\*|^[#*-]\s")
_NUMBER = re.compile(r"\d+(?:[.,\u00a0\u202f]\d+)*")
_STEM = 5
"""Letters of a name that must agree: names are inflected, and written in several ways."""


def fault_of(text: str, language: str, article: StoredArticle) -> str | None:
    """Why the sentence can't be used; None where it can."""
    if not MIN_CHARS <= len(text) <= MAX_CHARS or not _END.search(text) or _MARKUP.search(text):
        return "no plain whole sentence"
    source = plain(f"{article.title} {article.lead}")
    if missing := _numbers(text, language) - _numbers(source, article.language):
        return f"numbers not in the article: {', '.join(sorted(missing))}"
    told = folded(source)
    for quoted in _QUOTED.findall(text):
        if folded(quoted).strip(" ,.") not in told:
            return f"quotation not in the article: {quoted}"
    words = {word[:_STEM] for word in re.findall(r"[^\W\d_]+", told)}
    for name in names(text, language):
        strange = [part for part in re.findall(r"[^\W\d_]+", folded(name)) if part[:_STEM] not in words]
        if strange:
            return f"name not in the article: {name}"
    return None


def _numbers(text: str, language: str) -> set[str]:
    """Numbers as digits without separators, number words included."""
    numerals = numerals_of(language)
    if numerals is not None:
        text = in_digits(text, numerals)
    found = {re.sub(r"\D", "", number) for number in _NUMBER.findall(text)}
    spelled = (number_of(token.casefold(), language) for token in tokens(text))
    # One is an article in many languages.
    return found | {f"{value:g}".replace(".", "") for value in spelled if value >= 2}
