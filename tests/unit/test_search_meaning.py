"""Search by the vectors that records tell."""

from __future__ import annotations

import zlib
from base64 import b64encode
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from pipeline.domain.clustering.model import load_model
from pipeline.domain.clustering.packed_vectors import packed_direction
from pipeline.domain.clustering.stream import StreamState, centred
from pipeline.domain.encoder import Encoder
from pipeline.domain.encoder.made import open_made
from pipeline.domain.encoder.models import MULTILINGUAL
from pipeline.domain.encoder_names import quantised_name
from pipeline.domain.search_meaning import FIRST_ROWS, LEAST, SHARE_OF_NEAREST, MeaningIndex, QueryVectors

NAME = quantised_name(MULTILINGUAL)
DIMS = 384
STORIES = {
    1: ("en", "Ferry with 214 passengers runs aground off a Greek islet"),
    2: ("de", "Warnstreik am Flughafen: 180 Flüge fallen aus"),
    3: ("es", "Un queso de cabra gana la feria y se agota en una hora"),
    4: ("ru", "Лось зашёл в трамвайное депо и остался до утра"),
    5: ("fr", "L'équipementier ferme son usine, 430 emplois supprimés"),
}


class MadeUp:
    """Made-up vectors, the same for the same text, under the name of the shipped encoder."""

    name, digest, dims = NAME, "made-up", DIMS

    def __init__(self) -> None:
        self.encoded: list[str] = []

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.encoded += texts
        return np.array([made_up(text) for text in texts], dtype=np.float32)


def made_up(text: str) -> NDArray[np.float32]:
    return np.random.default_rng(zlib.crc32(text.encode())).standard_normal(DIMS).astype(np.float32)


def told(vector: NDArray[np.float32]) -> str:
    return b64encode(packed_direction(vector)).decode()


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return open_made(MULTILINGUAL)


@pytest.fixture(scope="module")
def index(encoder: Encoder) -> MeaningIndex:
    index, means = MeaningIndex(QueryVectors(encoder)), load_model(encoder.name).means
    for number, (language, text) in STORIES.items():
        vector = centred(StreamState(), means, language, encoder.encode([text])[0])
        assert index.add(number, encoder.name, told(vector))
    return index


@pytest.mark.parametrize(
    ("query", "number"),
    [
        ("ship accident in Greece", 1),
        ("Schiffsunglück in Griechenland", 1),
        ("airport workers walk out", 2),
        ("забастовка в аэропорту", 2),
        ("prize for cheese", 3),
        ("Käse gewinnt Preis", 3),
        ("moose in a tram depot", 4),
        ("élan dans un dépôt de tramway", 4),
        ("factory closes, jobs lost", 5),
        ("cierre de una fábrica", 5),
    ],
)
def test_a_story_is_found_by_what_it_says_in_whatever_words_and_language(
    index: MeaningIndex, query: str, number: int
) -> None:
    found = index.near(query).likeness
    assert max(found, key=lambda each: found[each]) == number


def test_a_query_that_no_story_is_near_to_finds_none(index: MeaningIndex) -> None:
    assert not index.near("inflation").likeness


def test_what_counts_is_measured_by_the_nearest_story() -> None:
    encoder = MadeUp()
    queries = QueryVectors(encoder)
    index, query = MeaningIndex(queries), queries.of("ferry")
    other = made_up("other") - query * (made_up("other") @ query)
    other /= np.linalg.norm(other)
    for number, likeness in enumerate((0.6, 0.52, 0.4, 0.1)):
        index.add(number, NAME, told(likeness * query + np.sqrt(1 - likeness**2) * other))
    near = index.near("ferry")
    assert near.cut == pytest.approx(SHARE_OF_NEAREST * 0.6, abs=0.01)
    assert set(near.likeness) == {0, 1}
    assert set(index.near("ferry", 0.3).likeness) == {0, 1, 2}
    for number in range(3):
        index.drop(number)
    assert (index.near("ferry").cut, index.near("ferry").likeness) == (LEAST, {})


def test_a_query_is_encoded_once_however_often_it_is_asked() -> None:
    encoder = MadeUp()
    index = MeaningIndex(QueryVectors(encoder))
    assert not index.near("ferry").likeness
    assert encoder.encoded == [], "without stories there is nothing to compare"
    index.add(1, NAME, told(made_up("a")))
    for query in ("ferry  sinks", " ferry sinks", "ferry sinks"):
        index.near(query)
    assert encoder.encoded == ["ferry sinks"]


def test_vectors_of_the_full_weights_are_those_of_the_int8_form() -> None:
    assert MeaningIndex(QueryVectors(MadeUp())).add(1, MULTILINGUAL, told(made_up("a")))


@pytest.mark.parametrize(
    ("encoder", "vector"),
    [
        ("another/encoder", told(made_up("a"))),
        (NAME, told(made_up("a")[:100])),
        (NAME, "no base64"),
        (NAME, ""),
        (NAME, "ü"),
    ],
)
def test_a_vector_that_can_not_be_compared_is_refused(encoder: str, vector: str) -> None:
    index = MeaningIndex(QueryVectors(MadeUp()))
    assert not index.add(1, encoder, vector)
    assert len(index) == 0


@given(st.lists(st.integers(0, 8), max_size=40))
@settings(max_examples=50, deadline=None)
def test_stories_that_come_and_go_leave_those_that_are_there(numbers: list[int]) -> None:
    index, there = MeaningIndex(QueryVectors(MadeUp())), set[int]()
    for number in numbers:
        if number in there:
            index.drop(number)
        else:
            index.add(number, NAME, told(made_up(str(number))))
        there ^= {number}
    index.drop(99)
    got = index.near("query", -1.0).likeness
    query = QueryVectors(MadeUp()).of("query")
    assert set(got) == there
    for number in there:
        vector = made_up(str(number))
        assert got[number] == pytest.approx(float(vector @ query / np.linalg.norm(vector)), abs=0.01)


def test_it_grows_with_its_stories() -> None:
    index = MeaningIndex(QueryVectors(MadeUp()))
    for number in range(2 * FIRST_ROWS + 1):
        index.add(number, NAME, told(made_up(str(number))))
    assert len(index.near("query", -1.0).likeness) == 2 * FIRST_ROWS + 1
