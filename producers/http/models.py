"""What the HTTP producer answers."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, Field


class ItemStatus(StrEnum):
    """What became of one article of a request."""

    ACCEPTED = "accepted"
    """Kafka has it, on all in-sync replicas."""
    REJECTED = "rejected"
    """It is no article; sending it again is no use."""
    FAILED = "failed"
    """Kafka did not acknowledge it; send it again."""


class ItemResult(BaseModel):
    """One article of the request, in its order."""

    index: int = Field(description="Place in the request, from 0")
    status: ItemStatus
    article_id: str | None = Field(default=None, description="SHA-256 of the canonical URL; absent where rejected")
    error: str | None = Field(default=None, description="What is wrong, where the status is not `accepted`")


class PushAnswer(BaseModel):
    """The fate of every article of a request."""

    accepted: int
    rejected: int
    failed: int
    results: list[ItemResult]


class Problem(BaseModel):
    """Why a request as a whole was refused."""

    detail: str
