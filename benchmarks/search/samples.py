"""Queries over the sample articles, and the events that they must find."""

from __future__ import annotations

import json
from base64 import b64encode
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import as_file
from pathlib import Path

import numpy as np

from consumers.board.query import NEAREST
from pipeline.domain.clustering.model import load_model
from pipeline.domain.clustering.packed_vectors import packed_direction
from pipeline.domain.clustering.story import unit_vector
from pipeline.domain.clustering.stream import StreamState, centred
from pipeline.domain.encoder import Encoder
from pipeline.domain.search import searchable
from pipeline.domain.search_index import SearchIndex, Steps
from pipeline.domain.search_meaning import MeaningIndex, QueryVectors
from pipeline.quality.evaluation.labelled import LabelledArticle, encoded, read_set
from pipeline.shipped import shipped

QUERIES = Path(__file__).with_name("queries.jsonl")
LEAD_CHARS = 400
"""Of each text; a record has a summary and points of about as much."""


@dataclass(frozen=True)
class Query:
    """What somebody types, and what it must find."""

    q: str
    find: frozenset[str]
    """Labels of events."""
    kind: str
    """plain, form (of a word), script (another one), slip, paraphrase, language (another one)."""
    language: str | None = None
    """Only articles in this language count: those in the script of the query would be found anyway."""


@dataclass(frozen=True)
class Score:
    """Of one kind of queries."""

    found: int
    wanted: int
    wrong: int
    """Events that nobody wanted, over all queries."""
    queries: int


@dataclass(frozen=True)
class Article:
    """An article with its vector as a clusterer at the start of a stream has it, packed as a record tells it."""

    event: str
    language: str
    text: str
    vector: bytes


class Stories:
    """Stories to search: one of each event, of the articles in one language or in all."""

    def __init__(self, articles: Iterable[Article], queries: QueryVectors) -> None:
        by_event: defaultdict[str, list[Article]] = defaultdict(list)
        for each in articles:
            by_event[each.event].append(each)
        self.events = list(by_event)
        self._articles = [by_event[each] for each in self.events]
        self._queries = queries

    def words(self, steps: Steps) -> SearchIndex:
        """Their words, to be searched with these steps."""
        index = SearchIndex(steps)
        for number, articles in enumerate(self._articles):
            texts: defaultdict[str, list[str]] = defaultdict(list)
            for each in articles:
                texts[each.language].append(each.text)
            index.add(number, {language: searchable(" ".join(parts)) for language, parts in texts.items()})
        return index

    @cached_property
    def meaning(self) -> MeaningIndex:
        """Their vectors."""
        index = MeaningIndex(self._queries)
        for number, articles in enumerate(self._articles):
            vectors = [np.frombuffer(each.vector, np.int8).astype(np.float32) for each in articles]
            centroid = unit_vector(np.sum([unit_vector(each) for each in vectors], axis=0))
            index.add(number, self._queries.name, b64encode(packed_direction(centroid)).decode())
        return index


class Trial:
    """The queries over the samples, and over other stories beside them."""

    def __init__(self, encoder: Encoder, among: Sequence[Path]) -> None:
        self._queries = queries()
        with as_file(shipped("samples", "articles.jsonl")) as samples:
            articles = _articles(samples, encoder)
        for path in among:
            articles += _articles(path, encoder, path.name)
        vectors = QueryVectors(encoder)
        languages = {each.language for each in self._queries}
        self._stories = {
            language: Stories((each for each in articles if language in (None, each.language)), vectors)
            for language in languages
        }

    def scores(self, steps: Steps, *, meaning: bool = False) -> Mapping[str, Score]:
        """How the queries of each kind fare."""
        words = {language: stories.words(steps) for language, stories in self._stories.items()}
        found: defaultdict[str, list[tuple[int, int, int]]] = defaultdict(list)
        for query in self._queries:
            stories = self._stories[query.language]
            numbers = set(words[query.language].find(query.q) or ())
            if meaning:
                numbers |= _near(stories.meaning, query.q, numbers)
            got = {stories.events[each] for each in numbers}
            found[query.kind].append((len(got & query.find), len(query.find), len(got - query.find)))
        return {kind: _score(rows) for kind, rows in found.items()}


def queries() -> list[Query]:
    """All of them."""
    rows = (json.loads(line) for line in QUERIES.read_text("utf-8").splitlines())
    return [Query(**{**row, "find": frozenset(row["find"])}) for row in rows]


def _score(rows: Sequence[tuple[int, int, int]]) -> Score:
    found, wanted, wrong = (sum(each) for each in zip(*rows, strict=True))
    return Score(found, wanted, wrong, len(rows))


def _near(index: MeaningIndex, query: str, but: set[int]) -> set[int]:
    """As the board takes them."""
    likeness = {number: each for number, each in index.near(query).likeness.items() if number not in but}
    return set(sorted(likeness, key=lambda number: -likeness[number])[:NEAREST])


def _articles(path: Path, encoder: Encoder, beside: str = "") -> list[Article]:
    """Of a file of articles; `beside`: its name, where its events are none of the samples'."""
    means = load_model(encoder.name).means
    read = read_set(path, on_invalid=lambda *_: None)
    return [
        Article(
            event=f"{beside}:{source.event or source.id}" if beside else source.event or "",
            language=each.language,
            text=_text(source),
            vector=packed_direction(centred(StreamState(), means, each.language, each.vector)),
        )
        for source, each in zip(read, encoded(read, encoder), strict=True)
    ]


def _text(article: LabelledArticle) -> str:
    return f"{article.title} {article.text[:LEAD_CHARS]}"
