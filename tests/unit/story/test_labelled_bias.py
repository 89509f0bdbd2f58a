"""Bias shares equal those computed from the labels of real sets, when the labels are given as ratings."""

from __future__ import annotations

import gzip
import os
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest

from groundswell.record import Side
from pipeline.json_codec import from_json
from tests.unit.story.made import Directory, Rated, article, record

FOLDER = os.environ.get("GROUNDSWELL_DATA")
pytestmark = pytest.mark.skipif(not FOLDER, reason="GROUNDSWELL_DATA names no folder of labelled sets")


def labelled(name: str) -> list[dict[str, Any]]:
    with gzip.open(Path(FOLDER or "") / f"{name}.jsonl.gz") as lines:
        return [from_json(line) for line in lines]


def side_of(bias: str) -> Side:
    """The sets say left, lean-left, center, M and so on."""
    first = bias.casefold().replace("_", "-").split("-")
    for word, side in (("left", Side.LEFT), ("right", Side.RIGHT), ("l", Side.LEFT), ("r", Side.RIGHT)):
        if word in first or any(part == f"{word}{word}" for part in first):
            return side
    return Side.CENTER


@pytest.mark.parametrize("name", ["basil", "newswcl50"])
def test_shares_equal_the_labels(name: str) -> None:
    events: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for line in labelled(name):
        events[line["event"]].append(line)
    for lines in events.values():
        # Each labelled article stands for an outlet of its own, rated by its label.
        outlets = Directory(
            Rated(f"{line['id'].casefold()}.example", bias=side_of(line["bias"])) for line in lines
        )
        members = [
            article(line["id"], line["title"] or "-", line["text"][:1_500], line["id"].casefold())
            for line in lines
        ]
        bias = record(members, outlets).coverage.bias
        expected = Counter(side_of(line["bias"]) for line in lines)
        for side, share in ((Side.LEFT, bias.left), (Side.CENTER, bias.center), (Side.RIGHT, bias.right)):
            assert share.count == expected[side]
            assert share.share == pytest.approx(expected[side] / len(lines))
