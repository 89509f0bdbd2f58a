"""Replace the extractive points of a record by checked ones of a language model, or leave the record alone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import structlog
from pydantic import ValidationError

from groundswell.record import Point, StoryRecord
from pipeline.adapters.summariser.answer import Answer, CitedText, messages, shown_articles
from pipeline.adapters.summariser.check import fault_of
from pipeline.adapters.summariser.endpoint import ChatEndpoint, EndpointError
from pipeline.domain.story.language.words import plain, terms
from pipeline.domain.story.snapshot import StoredArticle, StorySnapshot
from pipeline.json_codec import from_json
from pipeline.settings import SummariserSettings

MIN_POINTS, MAX_POINTS = 3, 5
SAME_FROM = 0.7
"""Part of the shorter point's terms that makes two points one."""

_FENCE = re.compile(r"^\s*```(?:json)?\s*|\s*```\s*$")

log = structlog.get_logger(__name__)


class SummaryOutcome(StrEnum):
    """What came of asking the model."""

    SUMMARISED = "summarised"
    """Its points stand in the record."""
    NOTHING_TO_DO = "nothing_to_do"
    """The story has no text to summarise."""
    UNREACHABLE = "unreachable"
    """Error or time-out; the record stays extractive."""
    UNREADABLE = "unreadable"
    """The answer has not the shape asked for; the record stays extractive."""
    REJECTED = "rejected"
    """Too few points passed the check; the record stays extractive."""


@dataclass(frozen=True)
class Summarised:
    """The record to publish, and how it came about."""

    record: StoryRecord
    outcome: SummaryOutcome


class Summariser:
    """Asks the endpoint of the settings. One per thread."""

    def __init__(self, settings: SummariserSettings) -> None:
        self._endpoint = ChatEndpoint(settings)

    @classmethod
    def from_settings(cls, settings: SummariserSettings) -> Summariser | None:
        """None where no endpoint is set: summaries stay extractive."""
        return cls(settings) if settings.url else None

    def summarise(self, record: StoryRecord, snapshot: StorySnapshot) -> Summarised:
        """Never raises: whatever goes wrong, the extractive record is good."""
        shown = shown_articles(record, () if snapshot.hidden else snapshot.articles)
        if not shown:
            return Summarised(record, SummaryOutcome.NOTHING_TO_DO)
        try:
            answer = _read(self._endpoint.complete(messages(record, shown)))
        except EndpointError as error:
            return self._kept(record, SummaryOutcome.UNREACHABLE, str(error))
        except (ValueError, ValidationError) as error:
            return self._kept(record, SummaryOutcome.UNREADABLE, f"{type(error).__name__}: {error}"[:500])
        return self._checked(record, answer, shown)

    def _checked(self, record: StoryRecord, answer: Answer, shown: Sequence[StoredArticle]) -> Summarised:
        outlets = {member.article_id: member.outlet.name or member.outlet.domain for member in record.articles}
        language = record.language or "en"
        faults: list[str] = []
        summary = _accepted([answer.summary], shown, language, outlets, faults)
        points = _accepted(answer.key_points, shown, language, outlets, faults)[:MAX_POINTS]
        if not summary or len(points) < MIN_POINTS:
            return self._kept(record, SummaryOutcome.REJECTED, "; ".join(faults) or "too few points")
        update = {"summary": summary[0], "key_points": points, "key_points_from": "language-model"}
        return Summarised(record.model_copy(update=update), SummaryOutcome.SUMMARISED)

    def _kept(self, record: StoryRecord, outcome: SummaryOutcome, why: str) -> Summarised:
        log.warning(
            "summary stays extractive",
            story_id=record.story_id,
            revision=record.revision,
            outcome=outcome.value,
            why=why,
        )
        return Summarised(record, outcome)


def _read(text: str) -> Answer:
    return Answer.model_validate(from_json(_FENCE.sub("", text)))


def _accepted(
    texts: Sequence[CitedText],
    shown: Sequence[StoredArticle],
    language: str,
    outlets: dict[str, str | None],
    faults: list[str],
) -> list[Point]:
    """The sentences that stand in their article and repeat none before; why the others fell goes to `faults`."""
    points: list[Point] = []
    for cited in texts:
        text = plain(cited.text)
        if not 1 <= cited.article <= len(shown):
            faults.append(f"cites article {cited.article} of {len(shown)}")
            continue
        article = shown[cited.article - 1]
        fault = fault_of(text, language, article)
        if fault is None and any(_same(text, point.text, language) for point in points):
            fault = "repeats a point"
        if fault is not None:
            faults.append(fault)
            continue
        outlet = outlets.get(article.article_id, article.outlet or article.source)
        points.append(Point(text=text, article_id=article.article_id, outlet=outlet))
    return points


def _same(one: str, other: str, language: str) -> bool:
    first, second = set(terms(one, language)), set(terms(other, language))
    smaller = min(len(first), len(second))
    return smaller > 0 and len(first & second) / smaller >= SAME_FROM
