"""Words of syllables: news made of them name nobody."""

from __future__ import annotations

import random
from itertools import accumulate

SYLLABLES = [consonant + vowel for consonant in "bcdfghklmnprstv" for vowel in "aeiou"]

COMMON = """
    the of and to in a for on that with is was at by from as it be are this have has had not will said its
    who were which their more after but been they would about or also one over new he she out up first than
    into year years two people government police president state city day week time last other when there all
    could some most many just during before between because against under while where made three told news
    public country officials company million local now says since old high home part long men women water
    house law plan work court report
""".split()  # noqa: SIM905  # as a list it would be a page
"""The join model knows how common they are; made-up words it would take for names, however often they come."""
_WEIGHTS = list(accumulate(1 / rank for rank in range(1, len(COMMON) + 1)))


def made_words(chance: random.Random, count: int) -> list[str]:
    """`count` words out of 400,000, as rare as names are."""
    return ["".join(chance.choices(SYLLABLES, k=3)) for _ in range(count)]


def common_words(chance: random.Random, count: int) -> list[str]:
    """`count` of them, each as frequent as its rank has it (Zipf)."""
    return chance.choices(COMMON, cum_weights=_WEIGHTS, k=count)
