"""Which stories and events are wrong, and why: every faulty pair has one kind, and the kinds are counted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

from pipeline.quality.evaluation.kinds import Kind, Pair, kind_of_join, kind_of_split
from pipeline.quality.evaluation.labelled import LabelledArticle
from pipeline.quality.evaluation.readings import Reading, Side, read_articles


@dataclass(frozen=True)
class Part:
    """Articles of one event that are together in one story."""

    label: str
    """Story id where an event was split, event where several were joined."""
    articles: int
    titles: tuple[str, ...]
    """Some of them."""


@dataclass(frozen=True)
class Fault:
    """Two stories that have parts of one event, or two events that have parts in one story."""

    kind: Kind
    split: bool
    """The event `whole` was split; else events were joined in the story `whole`."""
    whole: str
    parts: tuple[Part, Part]

    @property
    def wrong_pairs(self) -> int:
        """Pairs of articles that are apart and should be together, or the other way round."""
        return self.parts[0].articles * self.parts[1].articles


@dataclass(frozen=True)
class Error:
    """An event in several stories, or a story with several events, as far as one kind of fault goes."""

    label: str
    split: bool
    wrong_pairs: int
    parts: tuple[Part, ...]
    """Largest first."""


@dataclass(frozen=True)
class Count:
    """All faults of a kind, shown or not."""

    faults: int = 0
    """Pairs of stories or of events."""
    apart: int = 0
    """Pairs of articles that are apart and should be together."""
    together: int = 0
    """Pairs of articles that are together and should be apart."""

    @property
    def wrong_pairs(self) -> int:
        """Pairs of articles that are wrong either way."""
        return self.apart + self.together

    def __add__(self, other: Count) -> Count:
        return Count(self.faults + other.faults, self.apart + other.apart, self.together + other.together)


@dataclass(frozen=True)
class ErrorAnalysis:
    """All faults of a clustering."""

    faults: tuple[Fault, ...]

    @cached_property
    def counts(self) -> dict[Kind, Count]:
        """Of every kind, also of those that have none."""
        counts = dict.fromkeys(Kind, Count())
        for each in self.faults:
            pairs = each.wrong_pairs
            counts[each.kind] += Count(1, pairs, 0) if each.split else Count(1, 0, pairs)
        return counts

    def worst(self, kind: Kind, limit: int = 3) -> list[Error]:
        """Events and stories with the most wrong pairs of this kind."""
        wholes: dict[tuple[bool, str], list[Fault]] = defaultdict(list)
        for each in self.faults:
            if each.kind is kind:
                wholes[each.split, each.whole].append(each)
        errors = [_error(split, label, faults) for (split, label), faults in wholes.items()]
        return sorted(errors, key=lambda each: (-each.wrong_pairs, each.label))[:limit]


def analyse_errors(
    articles: Sequence[LabelledArticle], assignments: Mapping[str, str], titles: int = 3
) -> ErrorAnalysis:
    """All faults. `assignments`: article id as in the file -> story id; of a part some `titles` are kept."""
    readings = read_articles(articles, assignments)
    splits = _faults(readings, lambda each: (each.event, each.story), True, titles)
    joins = _faults(readings, lambda each: (each.story, each.event), False, titles)
    return ErrorAnalysis((*splits, *joins))


def _faults(
    readings: Iterable[Reading], whole_and_part: Callable[[Reading], tuple[str, str]], split: bool, titles: int
) -> Iterable[Fault]:
    wholes: dict[str, dict[str, list[Reading]]] = defaultdict(lambda: defaultdict(list))
    for each in readings:
        whole, part = whole_and_part(each)
        wholes[whole][part].append(each)
    kind_of = kind_of_split if split else kind_of_join
    for label, by_part in wholes.items():
        size = sum(len(members) for members in by_part.values())
        sides = [(_part(part, members, titles), Side(members)) for part, members in by_part.items()]
        for (one, one_side), (other, other_side) in combinations(sides, 2):
            yield Fault(kind_of(Pair(one_side, other_side, size)), split, label, (one, other))


def _part(label: str, members: Sequence[Reading], titles: int) -> Part:
    return Part(label, len(members), tuple(each.title for each in members[:titles]))


def _error(split: bool, label: str, faults: Iterable[Fault]) -> Error:
    kept = list(faults)
    parts = {part for each in kept for part in each.parts}
    return Error(
        label,
        split,
        sum(each.wrong_pairs for each in kept),
        tuple(sorted(parts, key=lambda each: (-each.articles, each.label))),
    )
