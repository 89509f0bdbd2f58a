"""Queries over the sample articles, and the events that they must find."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from pipeline.domain.search import searchable
from pipeline.domain.search_index import SearchIndex, Steps
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
    """plain, form (of a word), script (another one), slip."""
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


def queries() -> list[Query]:
    """All of them."""
    rows = (json.loads(line) for line in QUERIES.read_text("utf-8").splitlines())
    return [Query(**{**row, "find": frozenset(row["find"])}) for row in rows]


def scores(steps: Steps) -> dict[str, Score]:
    """How the queries of each kind fare with these steps."""
    index, events = _index(steps)
    found: dict[str, list[tuple[int, int, int]]] = defaultdict(list)
    for query in queries():
        numbers = index.find(query.q) or ()
        got = {events[each][0] for each in numbers if query.language in (None, events[each][1])}
        found[query.kind].append((len(got & query.find), len(query.find), len(got - query.find)))
    return {kind: Score(*map(sum, zip(*rows, strict=True)), len(rows)) for kind, rows in found.items()}


def _index(steps: Steps) -> tuple[SearchIndex, list[tuple[str, str]]]:
    """A document for each event and language, as if its articles were all that there is of it."""
    texts: dict[tuple[str, str], list[str]] = defaultdict(list)
    for line in shipped("samples", "articles.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        texts[row["event"], row["language"]].append(f"{row['title']} {row['text'][:LEAD_CHARS]}")
    index, events = SearchIndex(steps), sorted(texts)
    for number, key in enumerate(events):
        index.add(number, {key[1]: searchable(" ".join(texts[key]))})
    return index, events
