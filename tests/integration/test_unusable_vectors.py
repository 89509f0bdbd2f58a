"""Articles of which the encoder makes no vector that can be used: what becomes of them, and of all others."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.adapters.store.client import as_bytes
from pipeline.adapters.store.keys import Keys
from pipeline.domain.clustering.stream import decode_stream
from pipeline.domain.clustering.types import Vector
from pipeline.domain.encoder.usable import EncoderFaultError
from tests.support.clusterer_bench import Bench, MakeBench, broken, good, members, version
from tests.support.samples import article_ids


def spoil(one: Bench, value: float, *, everything: bool = False) -> None:
    """From now on the encoder gives such a vector for a text that begins with "Spoilt", or for every text."""
    vector = one.encoder._vector

    def spoilt(text: str) -> Vector:
        made = vector(text)
        return np.full_like(made, value) if everything or text.startswith("Spoilt") else made

    one.encoder._vector = spoilt  # type: ignore[method-assign]


@pytest.mark.parametrize("value", [np.nan, np.inf, 0.0])
def test_an_article_of_which_the_encoder_makes_no_vector_is_a_dead_letter_and_nothing_else_knows_of_it(
    bench: MakeBench, value: float
) -> None:
    one = bench()
    spoil(one, value)
    spoilt = good(0, 1, title="Spoilt words")
    assert one.take(good(0, 0), spoilt, broken(0, 2), good(0, 3), good(1, 0)) == 5
    counters = one.positions.counters()
    assert (counters["in"], counters["opened"] + counters["joined"], counters["dead_lettered"]) == (5, 3, 2)
    assert one.producer.topic == [spoilt.value, b"broken 0/2"]
    means = decode_stream(as_bytes(one.redis.get(Keys(one.edition).means) or b""))
    assert all(np.isfinite(each).all() for each in means.sums.values())
    assert one.take(good(0, 4)) == 1
    assert one.positions.read("articles", [0]) == {0: 5}


def test_where_the_newest_version_is_without_a_vector_the_one_before_it_counts(bench: MakeBench) -> None:
    one = bench()
    spoil(one, np.nan)
    versions = [
        version(0, 1, "2025-03-01T10:00:00Z", title="Floods rise"),
        version(1, 1, "2025-03-01T11:00:00Z", title="Floods fall"),
        version(2, 1, "2025-03-01T12:00:00Z", title="Spoilt words"),
    ]
    assert one.take(*versions) == 3
    assert one.producer.topic == [versions[2].value]
    assert [title for held in members(one).values() for title, _ in held.values()] == ["Floods fall"]
    assert (one.outcome("duplicate"), one.outcome("dead_lettered")) == (1, 1)


def test_an_encoder_that_makes_no_vector_of_anything_ends_the_clusterer_with_nothing_stored(
    bench: MakeBench,
) -> None:
    one = bench()
    spoil(one, np.nan, everything=True)
    with pytest.raises(EncoderFaultError, match="encoder fake gives vectors whose values are no finite numbers"):
        one.take(good(0, 0), broken(0, 1))
    assert one.positions.read("articles", [0]) == {0: 0}
    assert one.producer.topic == []


def test_what_has_to_be_encoded_late_and_has_no_vector_is_read_again_for_its_dead_letter(bench: MakeBench) -> None:
    """An article that Redis knew when its batch was prepared, and has lost since."""
    one = bench()
    known = good(0, 0, title="Spoilt words")
    one.take(known)
    spoil(one, np.nan)
    key = Keys(one.edition).article(*article_ids([known.value or b""]))
    one.encoder.while_encoding = lambda: one.redis.delete(key)
    again = [good(0, 1, number=0, title="Spoilt words"), good(0, 2)]
    assert one.take(*again) == 0
    assert one.positions.read("articles", [0]) == {0: 1}
    assert one.take(*again) == 2
    assert one.producer.topic == [again[0].value]
