"""How alike short texts are."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.domain.story import similarity
from pipeline.domain.story.similarity import similarities

TEXTS = [["ferry", "sank", "bay"], ["ferry", "bay", "bay", "friday"], [], ["captain", "charged"]]


def test_texts_are_as_alike_in_a_large_story_as_in_a_small_one(monkeypatch: pytest.MonkeyPatch) -> None:
    small = similarities(TEXTS, {"bay"})
    monkeypatch.setattr(similarity, "_SMALL", 0)
    large = similarities(TEXTS, {"bay"})
    assert np.allclose(small.cosine, large.cosine)
    assert np.allclose(small.contained, large.contained)
    assert small.cosine[0, 1] == pytest.approx(0.368, abs=0.001), "one word of weight and a light one"
    assert small.cosine[0, 3] == 0.0


@pytest.mark.parametrize("texts", [[], [[]], [[], []]])
def test_texts_without_terms_are_like_none(texts: list[list[str]]) -> None:
    assert similarities(texts).cosine.shape == (len(texts), len(texts))
    assert not similarities(texts).cosine.any()
