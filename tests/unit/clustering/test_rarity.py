"""How rare a term is."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.domain.clustering.join import PRIOR_ARTICLES, inverse_frequencies
from pipeline.domain.clustering.types import TERM_BUCKETS


def test_a_term_that_nobody_used_weighs_1_and_one_of_every_article_next_to_nothing() -> None:
    table, prior = np.zeros(TERM_BUCKETS, np.uint32), np.zeros(TERM_BUCKETS, np.float32)
    table[[0, 7, 8]] = 1_000, 1_000, 500
    prior[[7, 9]] = 1.0, 0.5
    rarity = inverse_frequencies(table, prior)
    articles = 1_000 + PRIOR_ARTICLES + 1
    said = [np.log(articles / having) / np.log(articles) for having in (501, 0.5 * PRIOR_ARTICLES + 1)]
    assert rarity[[5, 8, 9]].tolist() == pytest.approx([1.0, *said])
    assert rarity[7] == np.float32(0.02)
