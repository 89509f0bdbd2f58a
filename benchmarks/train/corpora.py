"""Labelled sets as streams of encoded articles, with variants that teach what the sets alone do not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.domain.clustering.types import EncodedArticle
from pipeline.domain.encoder import Encoder
from pipeline.domain.language import detect_language
from pipeline.quality.evaluation.labelled import LabelledArticle, arrival_order, encoded, without_boilerplate
from pipeline.quality.evaluation.labelled import read_set as labelled_set

TITLE_ONLY_SETS = ("giveme5w", "ecbplus", "basil", "meantime")
LOOKALIKE = "lookalike"
"""Folder of sets that share templates, so that they are left out together."""

UNDATED_SETS = ("giveme5w", "basil", "meantime")
"""Small sets whose headlines fit their bodies."""

LANGUAGES_PER_EVENT = (3, 10)
"""Of a set that says each document in every language an event takes so many: real events are in few of them."""

MANY_LANGUAGES = 60
"""A set with more languages than these is made of translations."""

LOOKALIKE_WEIGHT = 0.3
"""Of a small set of look-alikes: there are many of them, made from few templates."""

VARIANT_WEIGHT = 0.4
"""Of a variant against its set: it holds the same events again."""


@dataclass(frozen=True)
class Corpus:
    """One stream."""

    name: str
    set_name: str
    """What it was made of: left out together."""
    weight: float
    articles: tuple[EncodedArticle, ...]
    events: dict[str, str]
    """Article id -> event."""
    translations: tuple[EncodedArticle, ...] = ()
    """All of a set of translations: the means of languages that no other set has come from here."""

    def without_language(self, language: str) -> Corpus:
        """The stream and the translations without their articles in a language."""
        return replace(
            self,
            articles=tuple(each for each in self.articles if each.language != language),
            translations=tuple(each for each in self.translations if each.language != language),
        )


def read_set(path: Path, encoder: Encoder, always: str | None = None) -> list[Corpus]:
    """The set as it is, and its variants: headlines alone, and without dates.

    `always`: a language in which a set of translations is to have every event.
    """
    name = set_name(path)
    labelled = labelled_set(path, on_invalid=lambda *_: None)
    ordered = arrival_order(_few_languages(labelled, always))
    events = {each.article_id: each.event for each in ordered if each.event is not None}
    if len(ordered) < len(labelled):
        everything = tuple(encoded(labelled, encoder))
        by_id = {each.article_id: each for each in everything}
        chosen = tuple(by_id[each.article_id] for each in ordered)
        return [Corpus(name, name, 1.0, chosen, events, translations=everything)]
    plain = tuple(encoded(without_boilerplate(ordered), encoder))
    if group_name(path) == LOOKALIKE:
        return [Corpus(name, LOOKALIKE, LOOKALIKE_WEIGHT, plain, events)]
    corpora = [Corpus(name, name, 1.0, plain, events)]
    if name in UNDATED_SETS:
        undated = tuple(replace(each, published_at=None) for each in plain)
        corpora.append(Corpus(f"{name} undated", name, VARIANT_WEIGHT, undated, events))
    if name in TITLE_ONLY_SETS:
        headlines = tuple(encoded([replace(each, text="") for each in ordered], encoder))
        corpora.append(Corpus(f"{name} headlines", name, VARIANT_WEIGHT, headlines, events))
    return corpora


def set_name(path: Path) -> str:
    """What a file's set is called: its name without endings, or its folder's where the name is just "articles"."""
    name = path.name.split(".")[0]
    return path.parent.name if name == "articles" else name


def group_name(path: Path) -> str:
    """What a file is left out with: look-alikes together, every other set alone."""
    return LOOKALIKE if path.parent.name == LOOKALIKE else set_name(path)


def _few_languages(articles: list[LabelledArticle], always: str | None) -> list[LabelledArticle]:
    """A set of translations as news would be: each event in some languages, in no order; others stay."""
    if len({each.language for each in articles}) <= MANY_LANGUAGES:
        return articles
    draw = np.random.default_rng(1)
    by_event: dict[str | None, list[LabelledArticle]] = {}
    for each in articles:
        by_event.setdefault(each.event, []).append(each)
    low, high = LANGUAGES_PER_EVENT
    chosen: list[LabelledArticle] = []
    for members in by_event.values():
        drawn = [members[at] for at in draw.permutation(len(members))]
        if always is not None:
            drawn.sort(key=lambda each: detect_language("", each.language) != always)
        chosen += drawn[: draw.integers(low, high + 1)]
    return [chosen[at] for at in draw.permutation(len(chosen))]


def language_means(corpora: Sequence[Corpus], without: str | None = None) -> dict[str, NDArray[np.float32]]:
    """Mean vector of each language; `*`: the mean of these. A set counts by its articles, 200 at most.

    Sets of translations give the languages that news sets don't have; look-alikes are too few to give any.
    """
    kept = [each for each in corpora if each.set_name not in (without, LOOKALIKE)]
    news = [each.articles for each in kept if each.name == each.set_name and not each.translations]
    means = _means(news)
    if not means:
        raise ValueError(f"no set is left to make language means from, without {without}")
    translated = _means([each.translations for each in kept if each.translations])
    return {**translated, **means, "*": np.mean(list(means.values()), axis=0).astype(np.float32)}


def _means(sets: Sequence[tuple[EncodedArticle, ...]]) -> dict[str, NDArray[np.float32]]:
    sums: dict[str, NDArray[np.float32]] = {}
    weights: dict[str, float] = {}
    for articles in sets:
        for language in sorted({each.language for each in articles}):
            vectors = np.stack([each.vector for each in articles if each.language == language])
            weight = min(1.0, len(vectors) / 200)
            total = np.float32(weight) * vectors.mean(axis=0)
            sums[language] = sums[language] + total if language in sums else total
            weights[language] = weights.get(language, 0.0) + weight
    return {each: sums[each] / np.float32(weights[each]) for each in sums if weights[each] >= 0.1}
