"""Which events were split wrongly and which were joined wrongly, worst first."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.evaluation.run import LabelledArticle


@dataclass(frozen=True)
class Part:
    """Articles of one event that are together in one story."""

    label: str
    """Story id where an event was split, event where several were joined."""
    articles: int
    titles: tuple[str, ...]
    """Some of them."""


@dataclass(frozen=True)
class Error:
    """An event in several stories, or a story with several events."""

    label: str
    wrong_pairs: int
    """Pairs of articles that are apart and should be together, or the other way round."""
    parts: tuple[Part, ...]
    """Largest first."""


@dataclass(frozen=True)
class ErrorAnalysis:
    """Both kinds of errors, those with the most wrong pairs first."""

    split_events: tuple[Error, ...]
    joined_events: tuple[Error, ...]


def analyse_errors(
    articles: Sequence[LabelledArticle], assignments: Mapping[str, str], limit: int = 10, titles: int = 3
) -> ErrorAnalysis:
    """The `limit` worst errors of each kind. `assignments`: article id as in the file -> story id."""
    rows = [(each.event, assignments[each.id], each.title) for each in articles if each.event is not None]
    return ErrorAnalysis(
        split_events=_worst([(event, story, title) for event, story, title in rows], limit, titles),
        joined_events=_worst([(story, event, title) for event, story, title in rows], limit, titles),
    )


def _worst(rows: Sequence[tuple[str, str, str]], limit: int, titles: int) -> tuple[Error, ...]:
    """Rows of whole, part, title: wholes that have several parts."""
    wholes: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for whole, part, title in rows:
        wholes[whole][part].append(title)
    errors = [_error(label, parts, titles) for label, parts in wholes.items() if len(parts) > 1]
    return tuple(sorted(errors, key=lambda each: (-each.wrong_pairs, each.label))[:limit])


def _error(label: str, parts: Mapping[str, list[str]], titles: int) -> Error:
    sizes = Counter({part: len(members) for part, members in parts.items()})
    total = sum(sizes.values())
    wrong = (total * total - sum(size * size for size in sizes.values())) // 2
    return Error(label, wrong, tuple(
        Part(part, size, tuple(parts[part][:titles])) for part, size in sizes.most_common()
    ))
