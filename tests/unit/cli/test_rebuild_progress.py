"""How far a rebuild is, in words and as JSON."""

from __future__ import annotations

import json

import pytest

from pipeline.runtime.cli.rebuild_progress import said, to_line
from pipeline.runtime.rebuild.distance import Distance


@pytest.mark.parametrize(("distance", "words"), [
    (Distance({}, 0, None), "0 records read, none left"),
    (Distance({0: 0, 1: 0}, 1_200, 3.0), "1,200 records read, none left"),
    (Distance({0: 5, 1: 0, 2: 9}, 100, None), "100 records read, 14 left (partition 2: 9, 0: 5)"),
    (Distance({0: 900}, 1_100, 7.0), "1,100 records read, 900 left (partition 0: 900), 7 a second, 2:09 to go"),
    (Distance({0: 900}, 0, 0.0), "0 records read, 900 left (partition 0: 900)"),
    (Distance(dict.fromkeys(range(12), 1), 0, None),
     "0 records read, 12 left (partition 0: 1, 1: 1, 2: 1, 3: 1, 4: 1, 5: 1, 6: 1, 7: 1, ...)"),
])  # fmt: skip
def test_the_line_says_what_is_left_where_and_for_how_long(distance: Distance, words: str) -> None:
    assert said(distance) == words


def test_the_json_line_has_the_same_for_programs() -> None:
    assert json.loads(to_line(Distance({0: 5, 1: 4}, 100, 2.0))) == {
        "read": 100, "left": 9, "partitions": {"0": 5, "1": 4}, "per_s": 2.0, "seconds": 4.5
    }  # fmt: skip
