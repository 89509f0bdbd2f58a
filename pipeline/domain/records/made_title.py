"""A headline for an article that came without one: the first sentence of its text."""

from __future__ import annotations

import re

from pipeline.domain.writing import UNSPACED

MIN_WORDS = 20
"""A shorter text says too little to be known again."""

MIN_UNSPACED = 40
"""The same for scripts without spaces, in characters."""

_LONGEST = 200
_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+|(?<=[。！？])|\n")


def made_title(text: str) -> str:
    """The first sentence, cut at a word after _LONGEST characters; empty where the text is too short."""
    beginning = text.strip()[: 10 * _LONGEST]
    if len(beginning.split(None, MIN_WORDS)) < MIN_WORDS and len(UNSPACED.findall(beginning)) < MIN_UNSPACED:
        return ""
    sentence = " ".join(_SENTENCE_END.split(beginning, maxsplit=1)[0].split())
    if len(sentence) <= _LONGEST:
        return sentence
    head = sentence[:_LONGEST]
    return (head.rsplit(None, 1)[0] if " " in head else head) + "…"
