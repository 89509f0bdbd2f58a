"""Newer versions of articles that stand in a story already: corrected and withdrawn ones.

A corrected article is read anew, and its vector and terms take the place of those before in its story. It stays
there unless it no longer fits: where the join model, which also judges splits, sees it as clearly another matter
than the rest, it leaves for a story of its own, as by a split. An article that is alone in its story always fits.
What it may belong to now is judged like any doubt, so its story is merged at once where the two are one.

The stream's statistics (language means, document frequencies, the count of articles) keep the first version: they
count articles, and what has faded can't be taken back.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from pipeline.domain.clustering.candidates import Candidates, Visit
from pipeline.domain.clustering.exchange import exchanged, kept_version, left
from pipeline.domain.clustering.live_stories import LiveStories
from pipeline.domain.clustering.member import LiveMember
from pipeline.domain.clustering.model import JoinModel
from pipeline.domain.clustering.notes import of_part
from pipeline.domain.clustering.repair import StoryPair, story_pair
from pipeline.domain.clustering.reprint_index import Original
from pipeline.domain.clustering.story import LiveStory, opened
from pipeline.domain.clustering.types import Correction, EncodedArticle, NewVersion, Withdrawal

Idf = NDArray[np.float32]
_ID_CHARS = 20


def later_story_id(story_id: str, article_id: str, version: int) -> str:
    """Id of the story that a version opens when its article was in a story before: that one keeps its id."""
    return hashlib.sha256(f"{story_id}/{article_id}/{version}".encode()).hexdigest()[:_ID_CHARS]


class Versions:
    """Exchanges and withdraws articles in the replica."""

    def __init__(
        self,
        replica: LiveStories,
        candidates: Candidates,
        model: JoinModel,
        describe: Callable[[EncodedArticle, Idf], LiveMember],
        original_of: Callable[[LiveMember, Idf], Original | None],
    ) -> None:
        self._replica = replica
        self._candidates = candidates
        self._model = model
        self._describe = describe
        self._original_of = original_of

    def withdraw(self, withdrawn: Iterable[Withdrawal]) -> list[str]:
        """Take the articles out of their live stories. Returns the stories of which nothing is left."""
        closed = []
        for each in withdrawn:
            story = self._replica.stories.get(each.story_id or "")
            if story is None:
                continue
            self._put(story, left(story, each.article_id))
            if story.story_id not in self._replica.stories:
                closed.append(story.story_id)
        return closed

    def correct(self, version: NewVersion, idf: Idf, doubts: set[StoryPair]) -> Correction:
        """Exchange one article; adds to `doubts` what it may belong to now."""
        article_id, story_id = version.article.article_id, version.story_id
        story = self._replica.stories.get(story_id)
        if story is None:  # closed: nothing is decided by it any more
            return Correction(article_id, story_id, story_id, version.original_id)
        rest = left(story, article_id)
        self._put(story, rest)  # an article is not compared with its own former version
        before = kept_version(story, article_id)
        member = self._describe(version.article, idf)
        if before is not None:
            member = replace(member, sequence=before.sequence, arrived_at=before.arrived_at)
        original = self._original_of(member, idf)
        own = original if original is not None and _is_earlier(original, story_id, member) else None
        member = replace(member, reprint=own is not None)
        elsewhere = self._elsewhere(member, original, story_id, idf)
        if rest is None or own is not None or _is_held(story, article_id) or self._fits(member, rest, idf):
            self._replica.put(exchanged(story, member))
            if rest is None:
                doubts.update(story_pair(story_id, each) for each in elsewhere)
            original_id = own.member.article_id if own is not None else None
            return Correction(article_id, story_id, story_id, original_id)
        new_id = later_story_id(story_id, article_id, version.version)
        self._replica.put(replace(opened(new_id, member), notes=of_part(story.notes)))
        doubts.update(story_pair(new_id, each) for each in elsewhere)
        return Correction(article_id, story_id, new_id)

    def _put(self, story: LiveStory, rest: LiveStory | None) -> None:
        if rest is None:
            self._replica.remove(story.story_id)
        else:
            self._replica.put(rest)

    def _fits(self, member: LiveMember, rest: LiveStory, idf: Idf) -> bool:
        (logit,) = self._candidates.belonging([Visit((member,), rest.story_id, rest)], idf)
        return bool(logit > self._model.split_logit)

    def _elsewhere(self, member: LiveMember, original: Original | None, story_id: str, idf: Idf) -> Sequence[str]:
        """Other stories that the article would join if it came now."""
        ranked = self._candidates.ranked(member, idf)
        found = [each.story_id for each in ranked[:1] if each.probability >= self._model.join_threshold]
        found += [original.story_id] if original is not None else []
        return [each for each in found if each != story_id]


def _is_held(story: LiveStory, article_id: str) -> bool:
    """Whether a desk wants the article to stay, whatever it says now."""
    return story.notes.leaves_alone or article_id in story.notes.placed


def _is_earlier(original: Original, story_id: str, member: LiveMember) -> bool:
    """Whether it is of the same story and came before: a later copy is the reprint, not this one."""
    return original.story_id == story_id and original.member.sequence < member.sequence
