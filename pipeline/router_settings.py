"""Settings of the router."""

from __future__ import annotations

from pydantic import Field

from pipeline.setting_forms import Section


class RouterSettings(Section):
    """The router: it reads `kafka.topics.articles` and hands each article to the edition of its language."""

    editions: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Topic of articles of each edition -> its languages, ISO 639-1."""
    default: str | None = None
    """The one of these topics that gets all else: other and unknown languages, and what is no article."""
    group: str = "groundswell-router"
    """Consumer group of the routers."""
