"""Which part of an article goes into the encoder."""

from __future__ import annotations

LEAD_WORDS = 128
"""Words of the body after the title. News states the event first; more text costs time and blurs it."""

LEAD_CHARS = 1_000
"""Bound for languages that are written without spaces, where all of the body is one "word"."""


def text_to_encode(title: str, text: str, lead_words: int = LEAD_WORDS) -> str:
    """The title and the first words of the body; a body that repeats the title loses the copy."""
    headline = title.strip()
    body = text.lstrip()[: len(headline) + 4 * LEAD_CHARS].removeprefix(headline)
    lead = " ".join(body.split(None, lead_words)[:lead_words])[:LEAD_CHARS]
    return f"{headline}\n{lead}".strip()
