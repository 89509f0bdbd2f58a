"""The drawn pictures of the docs are what their texts give, and show what holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.pictures import FOLDER, arrows, drawing
from tests.unit.test_architecture import LAYERS

TEXTS = sorted(FOLDER.glob("*.txt"))


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: text.stem)
def test_the_committed_picture_is_what_its_text_gives(text: Path) -> None:
    committed = text.with_suffix(".svg").read_text("utf-8")
    assert committed == drawing(text.read_text("utf-8")), "not current; `make pictures` makes it again"


def test_every_drawn_picture_has_a_text() -> None:
    assert {path.stem for path in FOLDER.glob("*.svg")} == {path.stem for path in TEXTS} != set()


def test_a_line_that_draws_nothing_is_named() -> None:
    with pytest.raises(ValueError, match="circle a 1 2"):
        drawing("picture 10 10 Nothing\ncircle a 1 2")


def test_the_arrows_between_layers_lead_to_what_a_layer_may_import() -> None:
    points: dict[str, set[str]] = {}
    for start, end in arrows((FOLDER / "layers.txt").read_text("utf-8")):
        points.setdefault(start, set()).add(end)

    def reached(name: str) -> set[str]:
        return {each for end in points.get(name, ()) for each in {end, *reached(end)}}

    assert {layer: reached(layer or "beside") for layer in LAYERS} == {
        layer: {below or "beside" for below in allowed} for layer, allowed in LAYERS.items()
    }
    assert reached("client") == set()
    assert points["consumers"] == points["producers"] == {"pipeline"}
