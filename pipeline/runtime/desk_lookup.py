"""From what a desk typed to the stories and articles that are meant."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence

from redis import Redis

from groundswell.record import Status
from pipeline.adapters.store.articles import ArticleReader
from pipeline.adapters.store.desk_reader import HeldStory
from pipeline.adapters.store.stories import StoryReader
from pipeline.domain.clustering.desk import OrderRefusedError
from pipeline.domain.story.snapshot import StoredArticle, StorySnapshot
from pipeline.domain.urls import canonical_url
from pipeline.settings import RedisSettings

MIN_PREFIX = 6
"""Characters of an article's id that are enough where no other begins with them."""
_WHOLE = 64
_HEX = re.compile(r"[0-9a-f]+")


class StoryClosedError(OrderRefusedError):
    """The story has ended."""


class DeskLookup:
    """Finds what is named in one edition. All methods raise OrderRefusedError."""

    def __init__(self, redis: Redis, settings: RedisSettings) -> None:
        self._articles = ArticleReader(redis, settings)
        self._stories = StoryReader(redis, settings)

    def story(self, named: str) -> str:
        """Id of the story, merges followed."""
        return self._stories.resolve(named.strip())

    def article(self, named: str) -> tuple[str, str]:
        """Ids of an article and of the story that it is in, merges followed."""
        article_id = self._article_id(named.strip())
        standing = self._articles.standings([article_id]).get(article_id)
        if standing is None:
            raise OrderRefusedError(f"no article {named}: give its id, the beginning of that, or its URL")
        if standing.story_id is None:
            raise OrderRefusedError(f"the outlet took article {named} back: it is in no story")
        return article_id, self._stories.resolve(standing.story_id)

    def _article_id(self, named: str) -> str:
        if "://" in named:
            return _of_url(named)
        if len(named) >= _WHOLE:
            return named
        _check_long_enough(named)
        return _only(named, self._articles.ids_from(named) if _HEX.fullmatch(named) else [])


def members_named(names: Iterable[str], story: StorySnapshot) -> list[StoredArticle]:
    """The articles of the story that are named, each once. Raises OrderRefusedError."""
    found = {each.article_id: each for named in names for each in [_member(named.strip(), story)]}
    return list(found.values())


def _member(named: str, story: StorySnapshot) -> StoredArticle:
    by_id = {each.article_id: each for each in story.articles}
    if "://" in named:
        wanted = canonical_url(named)
        ids = [each.article_id for each in story.articles if each.url and canonical_url(each.url) == wanted]
    elif named in by_id:
        ids = [named]
    else:
        _check_long_enough(named)
        ids = [each for each in by_id if each.startswith(named)]
    if not ids:
        raise OrderRefusedError(f"article {named} is not in story {story.story_id}")
    return by_id[_only(named, ids)]


def check_live(story_id: str, held: HeldStory) -> None:
    """Raises OrderRefusedError where a desk can't correct the story any more."""
    if held.snapshot is None:
        raise OrderRefusedError(
            f"no story {story_id!r}, or no longer; `groundswell stories list` names those that live"
        )
    if held.snapshot.status is Status.CLOSED:
        raise StoryClosedError(
            f"story {story_id} was closed at {held.snapshot.updated_at:%Y-%m-%d %H:%M} UTC: only a story that can "
            "still grow is corrected"
        )


def _of_url(url: str) -> str:
    return hashlib.sha256(canonical_url(url).encode("utf-8", "surrogatepass")).hexdigest()


def _check_long_enough(named: str) -> None:
    if len(named) < MIN_PREFIX:
        raise OrderRefusedError(f"{named!r} is too short for an article: give {MIN_PREFIX} characters of its id")


def _only(named: str, ids: Sequence[str]) -> str:
    if len(ids) > 1:
        raise OrderRefusedError(f"{len(ids)} articles begin with {named}: give more of the id")
    return ids[0] if ids else named
