"""Near-duplicate bodies: MinHash over word shingles (Broder 1997), the same values as datasketch's, sooner.

A reprint repeats the body of an earlier article, whatever its headline and however much was cut from its end.
Only bodies count: two articles that share a short title, or a body of a sentence or two, are not reprints.
"""

from __future__ import annotations

import zlib
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from pipeline.domain.writing import WORD_OR_CHARACTER, first_words

HASHES = 64
"""Values per signature: the estimate of the Jaccard similarity has a standard error of at most 0.06."""

BANDS, ROWS = 16, 4
"""Two signatures that agree on one band of 4 values are compared: 0.99 of pairs with similarity 0.7 do."""

MIN_WORDS = 40
"""A shorter body may be equal by chance or custom ("This is a breaking story ...") and has no signature."""

READ_WORDS = 200
"""Words that are read, so that a copy that was cut short still matches."""

SAME_TEXT = 0.55
"""Estimated similarity of shingles from which on a body is a copy: about nine words in ten unchanged."""

_SHINGLE_WORDS = 4

Signature = NDArray[np.uint32]
"""Shape (HASHES,), or (0,) where the body is too short to tell."""

_KEPT_BITS = np.uint32(0xFFFF)
"""Of each value, which halves the memory: two values differ in them as good as always (Li and König 2010)."""

NO_SIGNATURE: Signature = np.zeros(0, dtype=np.uint32)
_DRAWN = np.random.RandomState(1)
"""Its numbers are frozen: signatures live in the store."""
_FACTORS = _DRAWN.randint(0, 2**31, HASHES, dtype=np.uint32) * np.uint32(2) + np.uint32(1)
_SHIFTS = _DRAWN.randint(0, 2**32, HASHES, dtype=np.uint32)
"""Permutations h -> factor * h + shift, modulo 2**32: factors are odd, so that no two values meet."""


_BAND_FACTORS = _DRAWN.randint(0, 2**63, BANDS, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
"""Of keys, which are nowhere stored."""


def signature(text: str) -> Signature:
    """MinHash of the body's first words."""
    words = first_words(WORD_OR_CHARACTER, text[: 12 * READ_WORDS].casefold(), READ_WORDS)
    if len(words) < MIN_WORDS:
        return NO_SIGNATURE
    encoded = [word.encode("utf-8", "surrogatepass") for word in words]
    ends = [*accumulate(len(word) + 1 for word in encoded)]
    joined = b" ".join(encoded)
    # A shingle is a piece of the joined words, from where its first one begins to where its last one ends.
    pieces = zip((0, *ends), ends[_SHINGLE_WORDS - 1 :], strict=False)
    return _minima(np.array([zlib.crc32(joined[start : end - 1]) for start, end in pieces], dtype=np.uint32))


def _minima(hashed: NDArray[np.uint32]) -> Signature:
    """The least value of each permutation."""
    mixed = _mixed(hashed)
    minima: Signature = (_FACTORS[:, None] * mixed + _SHIFTS[:, None]).min(axis=1) & _KEPT_BITS
    return minima


def _mixed(values: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """MurmurHash3's finalizer: checksums are alike where texts are, and the permutations above keep that."""
    values = (values ^ (values >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    values = (values ^ (values >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    return values ^ (values >> np.uint32(16))


def bands(signatures: NDArray[np.unsignedinteger]) -> NDArray[np.uint64]:
    """The four values of each band as one number, shape (n, BANDS) of signatures of shape (n, HASHES).

    Of a single signature shape (1, BANDS), of an empty one (0, BANDS).
    """
    return signatures.astype("<u2").reshape(-1, HASHES).view("<u8")


def band_keys(signatures: NDArray[np.unsignedinteger]) -> NDArray[np.uint32]:
    """Keys under which equal bands meet, shape as of `bands`: multiply-shift hashing (Dietzfelbinger 1997)."""
    return (bands(signatures) * _BAND_FACTORS >> np.uint64(32)).astype(np.uint32)


def similarity(one: Signature, other: Signature) -> float:
    """Estimated Jaccard similarity of the two bodies' shingles; 0 where either has no signature."""
    if one.size == 0 or other.size == 0:
        return 0.0
    return float(np.mean(one == other))
