"""A packed body never takes more memory than its bound."""

import gzip
import tracemalloc

import pytest

from producers.feeds.decoding import EncodingError, TooLargeError, layers_of, unpack

BOUND = 1_000_000


@pytest.mark.parametrize("layers", [1, 2])
def test_a_bomb_is_stopped_at_the_bound(layers: int) -> None:
    bomb = bytes(50_000_000)
    for _ in range(layers):
        bomb = gzip.compress(bomb)
    tracemalloc.start()
    with pytest.raises(TooLargeError):
        unpack(bomb, layers, BOUND)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5 * BOUND


def test_layers_within_the_bound_are_unpacked() -> None:
    assert unpack(gzip.compress(gzip.compress(b"feed")), layers_of("gzip, gzip"), 100) == b"feed"


@pytest.mark.parametrize("header", ["zstd", "br", "gzip, gzip, gzip"])
def test_an_encoding_that_was_not_asked_for_is_refused(header: str) -> None:
    with pytest.raises(EncodingError):
        layers_of(header)
