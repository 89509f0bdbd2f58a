"""From polled Kafka records to a batch: valid articles, dead letters, and the claim on positions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from kafka import TopicPartition
from kafka.consumer.fetcher import ConsumerRecord

from groundswell.broker.unreadable import Unreadable
from pipeline.adapters.kafka.dead_letters import DeadLetter, Stage, dead_letter
from pipeline.adapters.store.commit import Claim
from pipeline.domain.clustering.boilerplate import Boilerplate
from pipeline.domain.clustering.types import EncodedArticle, Vector
from pipeline.domain.language import detect_language
from pipeline.domain.outlets import outlet_domain
from pipeline.domain.records.article import Article, published_seconds
from pipeline.domain.records.parse import InvalidArticle, parse_article
from pipeline.domain.story.snapshot import StoredArticle


class UnreadableRecords(InvalidArticle):
    """What stands there can't be read, so nobody knows whether it is an article."""


class UnusableVector(InvalidArticle):
    """It is an article, but the encoder makes nothing of its text that can be compared."""


@dataclass(frozen=True)
class Received:
    """A valid article as it came in."""

    article: Article
    article_id: str
    language: str
    source: str | None
    """Registrable domain of the outlet."""
    received_at: datetime
    """When the broker took it, by its record's time; never later than it was read."""
    record: ConsumerRecord
    """As it stands on the topic."""

    def encoded(self, vector: Vector) -> EncodedArticle:
        """What the clustering decides on."""
        return EncodedArticle(
            article_id=self.article_id,
            title=self.article.title,
            text=self.article.text,
            language=self.language,
            source=self.source,
            published_at=published_seconds(self.article.published_at),
            arrived_at=int(self.received_at.timestamp()),
            vector=vector,
        )

    def stored(self, original_id: str | None, lead_chars: int) -> StoredArticle:
        """What the store keeps of it."""
        return StoredArticle(
            article_id=self.article_id,
            url=self.article.url,
            title=self.article.title,
            lead=_whole_words(self.article.text, lead_chars),
            source=self.source,
            outlet=self.article.outlet,
            language=self.language,
            published_at=self.article.published_at,
            received_at=self.received_at,
            reprint_of=original_id,
            image_url=self.article.image_url,
        )


@dataclass(frozen=True)
class Intake:
    """One batch as it came in; every record is in `received` or in `dead_letters`."""

    claims: Sequence[Claim]
    received: Sequence[Received]
    dead_letters: Sequence[DeadLetter]

    def without(self, boilerplate: Boilerplate) -> Intake:
        """The batch without what sites put under their articles; teaches `boilerplate`."""
        return replace(self, received=[_without(each, boilerplate) for each in self.received])

    def refusing(self, unusable: Iterable[Received]) -> Intake:
        """The batch with dead letters in place of these, of whose texts no vector can be made."""
        error = UnusableVector(
            "no vector: of this text, alone too, the encoder makes no finite numbers, or all zero"
        )
        refused = {_place(each.record): dead_letter(each.record, error, Stage.TRANSFORMATION) for each in unusable}
        return replace(
            self,
            received=[each for each in self.received if _place(each.record) not in refused],
            dead_letters=[*self.dead_letters, *refused.values()],
        )


def take_in(
    polled: Mapping[TopicPartition, Sequence[ConsumerRecord]],
    positions: Mapping[TopicPartition, int],
    max_text_chars: int,
    topic_id: str | None = None,
) -> Intake:
    """Validate each record. A bad one becomes a dead letter; it never stops the rest."""
    received: list[Received] = []
    letters: list[DeadLetter] = []
    for record in _in_order(polled):
        try:
            received.append(receive(record, max_text_chars))
        except InvalidArticle as error:
            letters.append(dead_letter(record, error))
    claims = [
        Claim(partition.topic, partition.partition, positions[partition], records[-1].offset + 1, topic_id)
        for partition, records in polled.items()
        if records
    ]
    return Intake(claims, received, letters)


def receive(record: ConsumerRecord, max_text_chars: int) -> Received:
    """Validate one record. Raises InvalidArticle."""
    if isinstance(record.value, Unreadable):
        raise UnreadableRecords(f"partition {record.partition} of {record.topic}, {record.value.told}")
    if record.value is None:
        raise InvalidArticle("the record is a null; an article is a JSON object")
    received_at = _arrival(record.timestamp)
    # Some clients give no time, or a negative one. Dates are judged by the time of arrival.
    article = parse_article(record.value, max_text_chars, received_at if record.timestamp > 0 else None)
    return Received(
        article=article,
        article_id=article.article_id,
        language=detect_language(f"{article.title}\n{article.text}", article.language),
        source=outlet_domain(article),
        received_at=received_at,
        record=record,
    )


def _without(received: Received, boilerplate: Boilerplate) -> Received:
    article = received.article
    text = boilerplate.strip(article.title, article.text, received.source)
    return replace(received, article=article.model_copy(update={"text": text}))


def _place(record: ConsumerRecord) -> tuple[str, int, int]:
    return record.topic, record.partition, record.offset


def _arrival(timestamp_ms: int) -> datetime:
    """When a record came in. Topics may leave that to senders: what lies ahead, or off the calendar, is now."""
    now = datetime.now(UTC)
    try:
        return min(datetime.fromtimestamp(timestamp_ms / 1000, UTC), now)
    except (ValueError, OverflowError, OSError):
        return now


def _in_order(polled: Mapping[TopicPartition, Sequence[ConsumerRecord]]) -> Iterable[ConsumerRecord]:
    """By time of arrival, as far as the partitions tell."""
    every = (record for records in polled.values() for record in records)
    return sorted(every, key=lambda record: (record.timestamp, record.partition, record.offset))


def _whole_words(text: str, chars: int) -> str:
    """The beginning of the text, not cut inside a word."""
    if len(text) <= chars:
        return text
    head = text[:chars]
    return head.rsplit(None, 1)[0] if " " in head else head
