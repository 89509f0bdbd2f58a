"""The story record, version 1: all that one revision of a story says."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from groundswell.enums import StrEnum

SCHEMA_VERSION = 1

Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0)]


class Record(BaseModel):
    """Base of every part of the record: frozen, and unknown fields are an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Status(StrEnum):
    """Where a story stands in its life."""

    ACTIVE = "active"
    """It can still grow."""
    CLOSED = "closed"
    """It was quiet for long enough, or all its articles were withdrawn; it won't grow again."""
    MERGED = "merged"
    """It turned out to be part of another story; see `merged_into`."""


class Reason(StrEnum):
    """Why a revision was emitted."""

    OPENED = "opened"
    """The story's first article arrived."""
    COVERAGE = "coverage"
    """New original coverage joined."""
    REPRINT = "reprint"
    """A reprint of an article already in the story joined."""
    ABSORBED = "absorbed"
    """Another story turned out to be this one and was merged into it."""
    MERGED = "merged"
    """This story was merged into another."""
    SPLIT = "split"
    """Articles left for a story of their own, or this story was split off."""
    CORRECTED = "corrected"
    """The outlet changed an article: its newest version stands here."""
    WITHDRAWN = "withdrawn"
    """The outlet took an article back: it is no longer part of the story."""
    DESK = "desk"
    """An editor corrected the story by hand."""
    RESTORED = "restored"
    """The store had lost what was published last: what it holds stands here again."""
    CLOSED = "closed"
    """The story was quiet, or nothing is left of it, and was closed."""


class Side(StrEnum):
    """A side of the political spectrum, as raters of outlets see it."""

    LEFT = "left"
    CENTER = "center"
    RIGHT = "right"


class Point(Record):
    """A sentence taken from a member article."""

    text: str
    article_id: str
    outlet: str | None
    """Display name of the outlet, or its domain; None where unknown."""


class PerspectivePoint(Point):
    """A sentence that one side stresses."""

    only_here: bool = False
    """No other side has this in the text that is held of its articles."""


class Perspectives(Record):
    """What each side stresses.

    None where that side has no coverage; empty where it has, but none of its own (reprints only)
    or nothing that sets it apart.
    """

    left: list[PerspectivePoint] | None = None
    center: list[PerspectivePoint] | None = None
    right: list[PerspectivePoint] | None = None


class FigureClaim(Record):
    """One outlet's figure."""

    value: str
    article_id: str
    outlet: str | None
    published_at: AwareDatetime | None
    sentence: str
    group: Count = 0
    """Claims of one group say the same within rounding (`nearly 3 hours`, `2.75 hours`); 0 has most outlets."""


class Contradiction(Record):
    """Figures for one thing that differ between outlets; newest claim first."""

    about: str
    """What is counted, for example `dead`."""
    claims: list[FigureClaim]


class ShareOf(Record):
    """A count and its share of the stated denominator."""

    count: Count
    share: Share


class Interval(Record):
    """Wilson score interval of a share, at `confidence`."""

    low: Share
    high: Share
    confidence: Share = 0.95


class Bias(Record):
    """Sources per side; shares are over rated sources."""

    left: ShareOf
    center: ShareOf
    right: ShareOf


class Statement(Record):
    """What the coverage leans to, in words, with what stands behind it."""

    text: str
    """For example `67% of the sources lean Left`."""
    side: Side
    share: Share
    interval: Interval
    rated_source_count: Count


class Blindspot(Record):
    """A side that covers the story less than chance would explain."""

    side: Side
    share: Share
    expected_share: Share
    p_value: Share


class Coverage(Record):
    """Who covers the story. Every share names its denominator; unknown is never guessed."""

    denominator: Literal["rated_source_count"] = "rated_source_count"
    rated_source_count: Count
    unrated_source_count: Count
    bias: Bias
    statement: Statement | None = None
    """None when too few sources are rated, or no side leads by more than chance explains."""
    blindspot: Blindspot | None = None
    factuality: dict[str, ShareOf]
    """Shares over sources whose factuality is rated."""
    factuality_unrated_count: Count
    ownership: dict[str, Count]
    """Sources per known owner."""
    ownership_unknown_count: Count
    countries: dict[str, Count]
    """Sources per country, ISO 3166-1 alpha-2."""
    countries_unknown_count: Count
    languages: dict[str, Count]
    """Articles per language, ISO 639-1."""


class FirstArticle(Record):
    """Who broke the story: its earliest dated article."""

    article_id: str
    outlet: str | None
    published_at: AwareDatetime | None


class TimelineBin(Record):
    """Articles published from `from` up to the next bin."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", use_attribute_docstrings=True, validate_by_name=True, serialize_by_alias=True
    )

    start: AwareDatetime = Field(alias="from")
    articles: Count


class Milestone(Record):
    """A member after which the story said something new."""

    at: AwareDatetime | None
    text: str
    article_id: str
    outlet: str | None = None


class Momentum(Record):
    """How fast coverage grows at the time of the last article."""

    articles_per_hour: float
    acceleration: float
    """Change of articles per hour, per hour."""


class Entity(Record):
    """A name and the number of member articles that mention it."""

    name: str
    articles: Count
    """Out of `analysed_article_count`."""


class Topic(Record):
    """A subject of the story, by the IPTC's Media Topics."""

    id: str
    """Of the Media Topic: `medtop:15000000`."""
    name: str
    """In English: `sport`."""
    confidence: Share
    """How sure it is: the share of such topics that was right on held-out sets."""
    broader: str | None = None
    """Of a topic of the next level, the id of the one that it is part of, which stands before it."""


class OutletOfMember(Record):
    """The outlet of a member, with what the chosen rater says; unknown is null."""

    domain: str | None
    name: str | None
    bias: str | None
    """left, lean-left, center, lean-right or right."""
    factuality: str | None
    owner: str | None
    country: str | None


class Member(Record):
    """An article of the story."""

    article_id: str
    url: str | None
    title: str
    outlet: OutletOfMember
    language: str
    published_at: AwareDatetime | None
    is_reprint: bool
    reprint_of: str | None
    snippet: str
    image_url: str | None = None
    """Where the outlet has its picture, as it says; nobody has looked at it."""


class StoryRecord(Record):
    """One revision of a story. A subscriber may drop any revision that it has already seen."""

    schema_version: Literal[1] = 1
    story_id: str
    revision: Annotated[int, Field(ge=1)]
    status: Status
    merged_into: str | None = None
    absorbed: list[str] = []
    """Ids of the stories merged into this one; they still resolve to it."""
    split_from: str | None = None
    hidden: bool = False
    """An editor took the story back: show it no longer. The record is empty; a later one may show it again."""
    revision_reasons: list[Reason]
    """What happened since the revision published before, each reason once."""

    title: str
    """Empty only in the last record of a story that was merged or hidden, or whose articles were all withdrawn."""
    title_article_id: str | None
    image_url: str | None = None
    """The picture of the article that the title is from; where that has none, the earliest of a member."""
    language: str | None = None
    """Of the title; summary and points keep to it where they can."""
    summary: Point | None
    key_points: list[Point]
    key_points_from: Literal["extractive", "language-model"] = "extractive"
    perspectives: Perspectives
    contradictions: list[Contradiction]

    article_count: Count
    original_count: Count
    reprint_count: Count
    source_count: Count
    """Distinct outlets, by registrable domain."""
    original_source_count: Count = 0
    """Outlets with at least one article that is no reprint."""
    unsourced_article_count: Count = 0
    """Articles whose outlet is unknown; they are part of no source."""
    publisher_count: Count
    """Sources, where all outlets of one known owner are one publisher."""

    coverage: Coverage

    first_article: FirstArticle | None
    first_published_at: AwareDatetime | None
    last_published_at: AwareDatetime | None
    updated_at: AwareDatetime
    timeline: list[TimelineBin]
    milestones: list[Milestone]
    momentum: Momentum | None

    entities: list[Entity]
    keywords: list[str]
    topics: list[Topic] = []
    """The surest first, each followed by what it is of the next level; empty where none is sure."""
    related: list[str]
    cohesion: Share
    encoder: str
    vector: str | None = None
    """Base64 of one signed byte a dimension: where the mean of the articles' vectors by `encoder` points, with
    what is common to their language taken off. None where the edition does not tell it."""
    analysed_article_count: Count = 0
    """Members whose text was read for points, entities and keywords; counts are always of all members."""

    articles: list[Member]
    """Oldest first; capped by setting, `article_count` is the true total."""

    cut: list[str] = []
    """Lists of this record that were shortened because it would not have fit its topic; counts are of all."""
