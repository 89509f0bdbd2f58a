"""Labelled articles as the rules see them that tell one kind of error from another."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from pipeline.domain.clustering.terms import NAME, NUMBER, article_terms
from pipeline.domain.language import detect_language
from pipeline.quality.evaluation.labelled import LabelledArticle
from pipeline.quality.evaluation.wording import shingles, title_form, without_passages

BOILERPLATE_EVENTS = 3
"""An outlet that repeats a shingle in so many events says it of none of them."""

COLUMN_EVENTS = 2
"""An outlet with titles of one form in so many events has a column."""

TYPICAL = 0.5
"""Share of a side's articles that have a term that is typical of it."""


@dataclass(frozen=True)
class Reading:
    """One article."""

    event: str
    story: str
    title: str
    language: str
    words: frozenset[int] = frozenset()
    """Buckets of terms that are neither names nor numbers: how it is told. Boilerplate is not read."""
    marked: frozenset[int] = frozenset()
    """Buckets of names and numbers: whom and what it is about."""
    shingles: frozenset[str] = frozenset()
    boilerplate: frozenset[str] = frozenset()
    """Shingles that its outlet repeats in other events."""
    column: bool = False
    """Its outlet has titles of the same form in other events."""


class Side:
    """The articles that an event and a story have in common."""

    def __init__(self, readings: Iterable[Reading]) -> None:
        self.readings = tuple(readings)

    @property
    def articles(self) -> int:
        """How many."""
        return len(self.readings)

    @cached_property
    def languages(self) -> Counter[str]:
        """Articles in each language."""
        return Counter(each.language for each in self.readings)

    @cached_property
    def columns(self) -> int:
        """Articles that are of a column."""
        return sum(each.column for each in self.readings)

    @cached_property
    def shingles(self) -> frozenset[str]:
        """Of all articles."""
        return frozenset[str]().union(*(each.shingles for each in self.readings))

    @cached_property
    def boilerplate(self) -> frozenset[str]:
        """Of all articles."""
        return frozenset[str]().union(*(each.boilerplate for each in self.readings))

    def in_language(self, language: str) -> Side:
        """The articles in one language."""
        return self._by_language[language]

    @cached_property
    def _by_language(self) -> dict[str, Side]:
        if len(self.languages) == 1:
            return dict.fromkeys(self.languages, self)
        return {
            language: Side(each for each in self.readings if each.language == language)
            for language in self.languages
        }

    @cached_property
    def words(self) -> frozenset[int]:
        """Typical terms that are neither names nor numbers."""
        return _typical([each.words for each in self.readings])

    @cached_property
    def marked(self) -> frozenset[int]:
        """Typical names and numbers."""
        return _typical([each.marked for each in self.readings])


def read_articles(articles: Sequence[LabelledArticle], assignments: Mapping[str, str]) -> list[Reading]:
    """The articles that have a label. `assignments`: article id as in the file -> story id."""
    labelled = [(each, each.event) for each in articles if each.event is not None]
    languages = [detect_language(f"{each.title}\n{each.text}", each.language) for each, _ in labelled]
    habits = _Habits()
    for (each, event), language in zip(labelled, languages, strict=True):
        habits.add(each, event, language)
    return [
        _reading(each, event, assignments[each.id], language, habits)
        for (each, event), language in zip(labelled, languages, strict=True)
    ]


class _Habits:
    """What outlets repeat from event to event. An article of no known outlet repeats nothing."""

    def __init__(self) -> None:
        self._shingles: dict[tuple[str, str], set[str]] = defaultdict(set)
        self._forms: dict[tuple[str, str], set[str]] = defaultdict(set)

    def add(self, article: LabelledArticle, event: str, language: str) -> None:
        if article.source is None:
            return
        self._forms[article.source, title_form(article.title, language)].add(event)
        for each in shingles(article.text):
            self._shingles[article.source, each].add(event)

    def boilerplate(self, article: LabelledArticle) -> frozenset[str]:
        outlet = article.source
        if outlet is None:
            return frozenset()
        return frozenset(
            each for each in shingles(article.text) if len(self._shingles[outlet, each]) >= BOILERPLATE_EVENTS
        )

    def is_column(self, article: LabelledArticle, language: str) -> bool:
        form = title_form(article.title, language)
        return (
            bool(form) and article.source is not None and (len(self._forms[article.source, form]) >= COLUMN_EVENTS)
        )


def _reading(article: LabelledArticle, event: str, story: str, language: str, habits: _Habits) -> Reading:
    boilerplate = habits.boilerplate(article)
    terms = article_terms(article.title, without_passages(article.text, boilerplate))
    return Reading(
        event=event,
        story=story,
        title=article.title,
        language=language,
        words=frozenset(terms.ids[(terms.marks & (NAME | NUMBER)) == 0].tolist()),
        marked=frozenset(terms.marked(NAME | NUMBER).tolist()),
        shingles=shingles(article.text),
        boilerplate=boilerplate,
        column=habits.is_column(article, language),
    )


def _typical(terms: Sequence[frozenset[int]]) -> frozenset[int]:
    counts = Counter(term for each in terms for term in each)
    return frozenset(term for term, count in counts.items() if count >= TYPICAL * len(terms))
