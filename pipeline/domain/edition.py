"""What all processes of an edition must have in common, and how one that differs is told so.

Vectors of two encoders can't be compared, and stories in a part of the outbox that nobody knows of are never
published. So each process states what it has of these, and the first difference from what the edition has is told.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

VECTORS = ("encoder", "encoder_digest")
"""What the stored vectors are made with: it can't change while they are there."""

STATES = "state_version"
"""In which form the stories are stored: nor can this."""

FIXED = (*VECTORS, STATES)

PREDECESSOR, SUCCESSOR, TOOK_OVER = "predecessor", "successor", "took_over"
"""How an edition stands to others: the one beside which it is rebuilt, the one that has come after it, and those
whose records on the topic are its own."""


def _shared(setting: str) -> Any:
    """A field, and what an operator knows it by."""
    return field(metadata={"setting": setting})


@dataclass(frozen=True, kw_only=True)
class EditionIdentity:
    """What every role states; None where it can't know (a broker that tells no ids of topics)."""

    shards: int = _shared("publisher.shards")
    retention_s: float = _shared("redis.retention_s")

    def fields(self) -> dict[str, str]:
        """Everything that is known, by name, what can't change first."""
        known = {each.name: getattr(self, each.name) for each in fields(self)}
        ordered = [name for name in FIXED if name in known] + [name for name in known if name not in FIXED]
        return {name: str(known[name]) for name in ordered if known[name] is not None}

    def difference(self, stored: Mapping[str, str]) -> Difference | None:
        """The first field that the edition has otherwise; None where all that both have agrees."""
        settings = {each.name: each.metadata["setting"] for each in fields(self)}
        for name, ours in self.fields().items():
            if stored.get(name, ours) != ours:
                return Difference(name, settings[name], stored[name], ours)
        return None


@dataclass(frozen=True, kw_only=True)
class ClustererIdentity(EditionIdentity):
    """What a clusterer states."""

    encoder: str = _shared("encoder.model")
    encoder_digest: str | None = _shared("the weights and tokenizer of encoder.model (SHA-256)")
    state_version: int = _shared("the form of stored stories of its release")
    join_model: str = _shared("the join model of its release (SHA-256)")
    group: str = _shared("kafka.group")
    articles: str = _shared("kafka.topics.articles")
    dead_letters: str = _shared("kafka.topics.dead_letters")
    dead_letters_id: str | None = _shared("the id of the topic kafka.topics.dead_letters")
    quiet_time_s: float = _shared("clusterer.quiet_time_s")
    quiet_articles: int = _shared("clusterer.quiet_articles")
    max_text_chars: int = _shared("clusterer.max_text_chars")
    lead_chars: int = _shared("clusterer.lead_chars")

    @classmethod
    def as_stored(cls, stored: Mapping[str, str], *, state_version: int) -> ClustererIdentity | None:
        """Of one that changes stories and decides nothing: what the edition says, but for the form that it writes.

        None where the edition does not say all of it.
        """
        numbers: dict[Any, Callable[[str], Any]] = {"int": int, "float": float}
        unsaid = {each.name: None for each in fields(cls) if "None" in str(each.type)}
        said = {
            each.name: numbers.get(each.type, str)(stored[each.name])
            for each in fields(cls)
            if each.name in stored
        }
        known = {**unsaid, **said, STATES: state_version}
        return cls(**known) if len(known) == len(fields(cls)) else None


@dataclass(frozen=True, kw_only=True)
class PublisherIdentity(EditionIdentity):
    """What a publisher states."""

    stories: str = _shared("kafka.topics.stories")
    stories_id: str | None = _shared("the id of the topic kafka.topics.stories")
    min_sources: int = _shared("publisher.min_sources")


_VECTORS_DIFFER = "vectors of two encoders can't be compared"
_WHY = {STATES: "a release reads the stories of its own form alone"}


@dataclass(frozen=True)
class Difference:
    """A field in which a process is not what its edition is."""

    name: str
    setting: str
    """What an operator knows it by."""
    stored: str
    ours: str

    def sentence(self, edition: str) -> str:
        """Both values, and the way out."""
        seen = f"edition {edition} has {self.stored} for {self.setting}, this process has {self.ours}"
        if self.name in FIXED:
            return (
                f"{seen}: give it what the edition has, or make a new edition by `groundswell rebuild start` "
                f"(docs/operations.md#rebuild), because {_WHY.get(self.name, _VECTORS_DIFFER)}"
            )
        return (
            f"{seen}: give it what the edition has, or let the edition have the new value by "
            "`groundswell edition apply`, whereupon processes that have the old one end"
        )
