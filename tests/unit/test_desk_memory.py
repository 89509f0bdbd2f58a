"""What a desk's command makes of an article anew goes into the store, so it is looked at first."""

from __future__ import annotations

import pytest

from consumers.clusterer.intake import receive
from pipeline.domain.clustering.desk import OrderRefusedError
from pipeline.domain.encoder.lead import text_to_encode
from pipeline.runtime.desk_memory import DeskMemory
from tests.support.editions import a_clusterer
from tests.support.samples import article
from tests.support.spoiling_encoder import SpoilingEncoder
from tests.unit.clusterer.fakes import FakeRecord


def test_an_article_of_which_the_encoder_makes_no_vector_is_refused_by_its_id() -> None:
    one, other = (receive(FakeRecord(0, each, 0, article(each, title=f"Flood {each}")), 1_000) for each in (1, 2))
    encoder = SpoilingEncoder(text_to_encode(other.article.title, other.article.text))
    edition = a_clusterer(encoder=encoder.name, encoder_digest=encoder.digest)
    memory = DeskMemory(edition, lambda: encoder)
    memory.read([one.stored(None, 1_500)])
    with pytest.raises(OrderRefusedError, match=other.article_id):
        memory.read([each.stored(None, 1_500) for each in (one, other)])
    assert memory.lacks([one.article_id, other.article_id]) == [other.article_id]
