from __future__ import annotations

import pytest

from pipeline.domain.story.language.names import names


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("U.S. President Donald Trump met NATO allies.", "en", ["Donald Trump", "NATO"]),
        ("Trump's Alaska summit ended.", "en", ["Trump", "Alaska"]),
        ("The Bank of England met on Friday.", "en", ["Bank of England"]),
        ("Die Strecke bei Neu Wulmstorf ist gesperrt.", "de", ["Neu Wulmstorf"]),
        ("Der Zug fährt nach Plan.", "de", []),
        ("L'usine Valtec fermera.", "fr", ["Valtec"]),
        ("该国总统发表讲话。", "zh", []),
    ],
)
def test_names_are_told_by_their_capitals(text: str, language: str, expected: list[str]) -> None:
    assert names(text, language) == expected


def test_a_word_that_the_text_also_writes_small_is_no_name_at_the_beginning() -> None:
    assert names("Seven Pennsylvania hospitals closed.", "en", frozenset({"seven"})) == ["Pennsylvania"]
