"""Texts on which the ranges of a quantised encoder's numbers are measured: made-up news in 31 languages."""

from __future__ import annotations

import json
from pathlib import Path

CALIBRATION = Path(__file__).with_name("calibration.json")
"""Language -> five sentences."""


def calibration_texts() -> list[str]:
    """Ten texts of each language: each sentence alone, as a headline, and five texts of two to ten sentences."""
    languages: dict[str, list[str]] = json.loads(CALIBRATION.read_text("utf-8"))
    return [text for sentences in languages.values() for text in _texts(sentences)]


def _texts(sentences: list[str]) -> list[str]:
    turns = [[*sentences[at:], *sentences[:at]] for at in range(len(sentences))]
    longer = ["\n".join(turn[: 2 + at]) for at, turn in enumerate(turns[:4])]
    return [*sentences, *longer, "\n".join(turns[4] * 2)]
