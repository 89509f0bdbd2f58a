"""Near-duplicate bodies: MinHash over word shingles (Broder 1997), from datasketch.

A reprint repeats the body of an earlier article, whatever its headline and however much was cut from its end.
Only bodies count: two articles that share a short title, or a body of a sentence or two, are not reprints.
"""

from __future__ import annotations

import zlib

import numpy as np
from datasketch import MinHash
from numpy.typing import NDArray

from pipeline.domain.writing import WORD_OR_CHARACTER

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

NO_SIGNATURE: Signature = np.zeros(0, dtype=np.uint32)
_SEED = MinHash(num_perm=HASHES, seed=1, hashfunc=zlib.crc32)
"""Permutations are costly to draw, so that every signature copies this one."""


def signature(text: str) -> Signature:
    """MinHash of the body's first words."""
    words = WORD_OR_CHARACTER.findall(text[: 12 * READ_WORDS].casefold())[:READ_WORDS]
    if len(words) < MIN_WORDS:
        return NO_SIGNATURE
    last = len(words) - _SHINGLE_WORDS + 1
    shingles = {" ".join(words[at : at + _SHINGLE_WORDS]) for at in range(last)}
    hashed = _SEED.copy()
    hashed.update_batch([shingle.encode("utf-8", "surrogatepass") for shingle in sorted(shingles)])
    return np.asarray(hashed.hashvalues, dtype=np.uint32)


def band_keys(values: Signature) -> list[bytes]:
    """Keys under which equal bands meet; none for an empty signature."""
    if values.size == 0:
        return []
    rows = values.reshape(BANDS, ROWS)
    return [bytes([band]) + rows[band].tobytes() for band in range(BANDS)]


def similarity(one: Signature, other: Signature) -> float:
    """Estimated Jaccard similarity of the two bodies' shingles; 0 where either has no signature."""
    if one.size == 0 or other.size == 0:
        return 0.0
    return float(np.mean(one == other))
