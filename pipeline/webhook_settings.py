"""The settings of webhooks."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import Field, IPvAnyNetwork

from groundswell import Choice
from groundswell.record import Side
from pipeline.setting_forms import HttpUrl, Positive, Seconds, Section, SubscriptionName


class StoryEvent(StrEnum):
    """What a receiver is told of a story."""

    OPENED = "story.opened"
    """Its first published revision."""
    UPDATED = "story.updated"
    """It grew or changed."""
    CLOSED = "story.closed"
    """It won't grow again."""
    MERGED = "story.merged"
    """It became part of another; told whatever the filter says, for its last record says nothing else."""

    HIDDEN = "story.hidden"
    """An editor took it back: show it no longer. Told whatever the filter says; a later event may undo it."""


class Subscription(Section):
    """A receiver of webhooks, and what it wants to hear of; a filter that is empty lets all stories through."""

    name: SubscriptionName
    """Part of the name of its consumer group: under a new one it starts anew."""
    url: HttpUrl
    secret: str
    """`whsec_` and 24 to 64 random bytes in base64."""
    events: tuple[StoryEvent, ...] = tuple(StoryEvent)
    languages: tuple[str, ...] = ()
    outlets: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    entities: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    blindspots: tuple[Side, ...] = ()
    min_sources: Annotated[int, Field(ge=0)] = 0

    @property
    def choice(self) -> Choice:
        """The filter, as the client has it."""
        return Choice(
            languages=self.languages, min_sources=self.min_sources, outlets=self.outlets,
            countries=self.countries, entities=self.entities, topics=self.topics, blindspots=self.blindspots,
        )  # fmt: skip


class WebhooksSettings(Section):
    """Webhooks: stories are sent to receivers as they change."""

    subscriptions: tuple[Subscription, ...] = ()
    group: str = "groundswell-webhooks"
    """Beginning of the consumer groups; the name of the subscription follows."""
    timeout_s: Seconds = 10.0
    """For one try."""
    retry_s: Seconds = 1.0
    """Before the second try; twice as long before each next one."""
    max_retry_s: Seconds = 300.0
    dead_after_s: Seconds = 86_400.0
    """An event that was refused for this long goes to the dead letters."""
    max_waiting: Positive = 256
    """Events in memory for one receiver; the others wait on the topic."""
    dead_letters: Path | None = None
    """File; `$XDG_STATE_HOME/groundswell/webhooks.dead.jsonl` when unset."""
    allow_addresses: tuple[IPvAnyNetwork, ...] = ()
    """Networks, as in 10.20.0.0/16, where receivers may be although they are not public."""
