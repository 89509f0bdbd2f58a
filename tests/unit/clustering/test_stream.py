"""The stream's means and clocks, computed by hand."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.domain.clustering.packed_vectors import rounded
from pipeline.domain.clustering.state_error import StateError
from pipeline.domain.clustering.stream import (
    CLOCK_ARTICLES,
    HORIZON,
    PRIOR_WEIGHT,
    StreamState,
    centred,
    decode_stream,
    encode_stream,
    observed,
    swept,
)
from tests.unit.clustering.made import vector

FADE = 1 - 1 / HORIZON
ONE, TWO = vector(1, 0), vector(0, 2)


def seen(*articles: tuple[str, float | None, float | None]) -> StreamState:
    state = StreamState()
    for language, published_at, arrived_at in articles:
        state = observed(state, language, ONE, published_at, arrived_at)
    return state


def test_each_language_counts_and_sums_its_own_and_forgets_slowly() -> None:
    state = observed(observed(observed(StreamState(), "en", ONE, None), "en", TWO, None), "pt", TWO, None)
    assert state.counts == pytest.approx({"en": FADE + 1, "pt": 1.0}, rel=1e-12)
    assert state.sums["en"].tolist() == pytest.approx([FADE, 2.0], rel=1e-6)
    assert state.sums["pt"].tolist() == [0.0, 2.0]
    assert state.sums["en"].dtype == np.float32
    assert state.seen == 3


def test_the_event_clock_is_the_median_of_the_latest_dates() -> None:
    dated = seen(*[("en", float(each), None) for each in (5, 900, 7)], ("en", None, None))
    assert (dated.recent, dated.now, dated.latest) == ((5.0, 900.0, 7.0), 7.0, 900.0)
    many = seen(*[("en", float(each), None) for each in range(CLOCK_ARTICLES + 10)])
    assert many.recent == tuple(float(each) for each in range(10, CLOCK_ARTICLES + 10))
    assert (StreamState().now, StreamState().latest) == (None, 0.0)


def test_the_arrival_clock_never_goes_back() -> None:
    assert seen(("en", None, 9.0), ("en", None, 4.0), ("en", None, None)).arrived == 9.0
    assert seen(("en", None, None)).arrived is None


def test_a_sweep_notes_what_was_seen() -> None:
    state = swept(seen(("en", None, None)), 1)
    assert (state.swept, state.seen) == (1, 1)
    assert swept(state, 1) is state


def centre(state: StreamState, prior: dict[str, list[float]], language: str = "en") -> list[float]:
    """Of the vector (3, 4)."""
    known = {each: vector(*values) for each, values in prior.items()}
    return [float(each) for each in centred(state, known, language, vector(3, 4))]


def unit(*values: float) -> list[float]:
    exact = np.array(values, dtype=np.float32) / np.float32(np.linalg.norm(values))
    return [float(each) for each in rounded(exact).tolist()]


def test_without_any_mean_a_vector_is_only_made_unit() -> None:
    assert centre(StreamState(), {}) == unit(3, 4)


def test_the_shipped_mean_of_the_language_is_taken_away_else_the_common_one() -> None:
    prior = {"en": [1.0, 1.0], "*": [0.0, 4.0]}
    assert centre(StreamState(), prior) == unit(2, 3)
    assert centre(StreamState(), prior, "xx") == unit(3, 0)


def test_what_the_stream_saw_moves_the_shipped_mean_by_its_share() -> None:
    state = StreamState(counts={"en": PRIOR_WEIGHT}, sums={"en": vector(2 * PRIOR_WEIGHT, 0)})
    assert centre(state, {"en": [0, 1]}) == unit(3 - 1, 4 - 0.5)


def test_a_mean_over_few_articles_is_shrunk() -> None:
    state = StreamState(counts={"en": 10.0}, sums={"en": vector(PRIOR_WEIGHT, 0)})
    assert centre(state, {}) == unit(3 - 1, 4)


def test_a_mean_over_many_articles_is_taken_as_it_is() -> None:
    state = StreamState(counts={"en": 2 * PRIOR_WEIGHT}, sums={"en": vector(2 * PRIOR_WEIGHT, 0)})
    assert centre(state, {}) == unit(3 - 1, 4)


def test_a_vector_that_is_its_languages_mean_becomes_zero() -> None:
    assert centre(StreamState(), {"en": [3, 4]}) == [0.0, 0.0]


@pytest.mark.parametrize("cut", [2, 30, -3, -8])
def test_means_that_were_cut_are_refused_with_their_size(cut: int) -> None:
    state = observed(observed(StreamState(), "de", vector(), None), "en", vector(), 1.0)
    data = encode_stream(state)
    assert encode_stream(decode_stream(data)) == data
    with pytest.raises(StateError, match=f"language means of {len(data[:cut])} bytes can't be read"):
        decode_stream(data[:cut])
