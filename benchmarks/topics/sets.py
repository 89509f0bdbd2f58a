"""What topics are learned from and tested on: sentences written for the purpose, and events labelled by hand.

`examples.tsv`: topics, language, sentences. `labels.tsv`: set, event, topics in a first reading and, of the
samples, in a second one. Events of foreign sets stand under a digest of their name. Of several topics the first is
the main one. `narrower_examples.tsv` and `narrower_labels.tsv` are the same for the next level.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.train.corpora import set_name
from pipeline.domain.clustering.model import JoinModel
from pipeline.domain.clustering.story import unit_vector
from pipeline.domain.clustering.stream import StreamState, centred
from pipeline.domain.encoder import Encoder
from pipeline.quality.evaluation.labelled import LabelledArticle, encoded, read_set

FOLDER = Path(__file__).parent
EXAMPLES = "examples"
TRANSLATED = "ntrex"
"""The set that has each document in many languages: each is an event of its own, of a part of the weight."""
LANGUAGES = ("ar", "de", "en", "es", "fr", "hi", "pt", "ru", "tr", "zh")
"""Of the translated set."""
MEMBERS = 3
"""Articles of an event that stand for it, where the set is not ours: encoding takes long."""


@dataclass(frozen=True)
class Labelled:
    """A story, or some sentences, with what it is about."""

    set_name: str
    language: str
    topics: tuple[str, ...]
    """First two digits of the codes, the main one first."""
    again: tuple[str, ...]
    """Of a second reading; that of the first where there was none."""
    vector: NDArray[np.float32]
    """As the clustering has it of a story: the centred centroid."""
    weight: float = 1.0
    event: str = ""
    """As the labels call it; sentences have none."""

    @property
    def right(self) -> frozenset[str]:
        """All that a reader said."""
        return frozenset((*self.topics, *self.again))


def read_examples(encoder: Encoder, model: JoinModel, file: str = "examples.tsv") -> list[Labelled]:
    """The sentences written for the purpose."""
    lines = [each.split("\t") for each in (FOLDER / file).read_text().splitlines()]
    articles = [
        LabelledArticle(str(at), str(at), "", text, None, language) for at, (_, language, text) in enumerate(lines)
    ]
    made = []
    for (topics, _, _), article in zip(lines, encoded(articles, encoder), strict=True):
        vector = centred(StreamState(), model.means, article.language, article.vector)
        said = tuple(topics.split(","))
        made.append(Labelled(EXAMPLES, article.language, said, said, vector))
    return made


def read_events(path: Path, encoder: Encoder, model: JoinModel) -> list[Labelled]:
    """The events of a set that have labels, as the clusterer would see them at the start of a stream."""
    name = "samples" if path.parent.name == "samples" else set_name(path)
    labels = _labels(name)
    known = [each for each in read_set(path, on_invalid=lambda *_: None) if _key(name, each.event) in labels]
    by_event: dict[tuple[str, str], list[LabelledArticle]] = defaultdict(list)
    for each in known:
        if name != TRANSLATED or each.language in LANGUAGES:
            language = each.language or "" if name == TRANSLATED else ""
            by_event[_key(name, each.event), language].append(each)
    groups = [
        (event, members if name == "samples" else members[:MEMBERS]) for (event, _), members in by_event.items()
    ]
    vectors = encoded([each for _, members in groups for each in members], encoder)
    made, at = [], 0
    for event, members in groups:
        part, at = vectors[at : at + len(members)], at + len(members)
        total = np.sum([centred(StreamState(), model.means, each.language, each.vector) for each in part], axis=0)
        first, *second = labels[event]
        weight = 1 / len(LANGUAGES) if name == TRANSLATED else 1.0
        made.append(
            Labelled(name, part[0].language, first, (second or [first])[0], unit_vector(total), weight, event)
        )
    return made


def _labels(name: str) -> dict[str, list[tuple[str, ...]]]:
    lines = [each.split("\t") for each in (FOLDER / "labels.tsv").read_text().splitlines()]
    return {event: [tuple(each.split(",")) for each in readings] for of, event, *readings in lines if of == name}


def _key(name: str, event: str | None) -> str:
    return event or "" if name == "samples" else hashlib.sha256((event or "").encode()).hexdigest()[:12]


def agreement(events: Iterable[Labelled]) -> tuple[int, int, int]:
    """Events with the same main topic in both readings, those with all the same, and all of them."""
    listed = list(events)
    main = sum(each.topics[0] == each.again[0] for each in listed)
    return main, sum(set(each.topics) == set(each.again) for each in listed), len(listed)
