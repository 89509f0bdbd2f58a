"""The measure of titles and points."""

from __future__ import annotations

import pytest

from benchmarks.record.rouge import rouge


@pytest.mark.parametrize(
    ("text", "reference", "words", "expected"),
    [
        ("The ferry sank.", "the FERRY sank", 2, 1.0),
        ("a b c d", "a b x y", 1, 0.5),
        ("a b c", "a b c d e", 2, 2 * 2 / (2 + 4)),
        ("a a a", "a", 1, 0.5),
        ("a", "a", 2, 0.0),
        ("", "a", 1, 0.0),
    ],
)
def test_rouge_is_the_harmonic_mean_of_what_is_shared(
    text: str, reference: str, words: int, expected: float
) -> None:
    assert rouge(text, reference, words) == pytest.approx(expected)
