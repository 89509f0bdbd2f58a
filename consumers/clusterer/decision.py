"""One batch, from what came in to what is committed; decided again as often as others come first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from consumers.clusterer.intake import Intake, Received
from consumers.clusterer.newest_versions import Plan, Version, newest, plan
from pipeline.adapters.store.articles import ArticleReader, Standing
from pipeline.adapters.store.commit import Batch
from pipeline.adapters.store.stories import StoryReader
from pipeline.domain.clustering import Clustering
from pipeline.domain.clustering.corrections import later_story_id
from pipeline.domain.clustering.prepared import PreparedArticle, prepare
from pipeline.domain.clustering.types import Changes, NewVersion, Vector, Withdrawal
from pipeline.domain.encoder.usable import usable
from pipeline.domain.story.snapshot import StoredArticle


class LateRefusalError(Exception):
    """Articles that had not to be encoded at first turn out to be dead letters, after these were written.

    Where the batch is read again, they are encoded before that.
    """


Encode = Callable[[Sequence[Received]], NDArray[np.float32]]


class BatchDecision:
    """Articles are encoded before it is their turn, and read once; where they stand is asked again before each
    try."""

    def __init__(
        self, intake: Intake, articles: ArticleReader, stories: StoryReader, encode: Encode, lead_chars: int
    ) -> None:
        self._intake = intake
        self._articles = articles
        self._stories = stories
        self._encode = encode
        self._lead_chars = lead_chars
        self._versions = newest(intake.received)
        self._prepared: dict[str, PreparedArticle] = {}
        self._standings: dict[str, Standing] = {}
        self._held: dict[str, StoredArticle] = {}

    @property
    def intake(self) -> Intake:
        """The batch as it came in."""
        return self._intake

    def unencoded(self) -> list[Received]:
        """Those that have no vector yet and need one, by what the store knows now."""
        return self._missing(self._plan())

    def keep(self, articles: Sequence[Received], vectors: Sequence[Vector] | NDArray[np.float32]) -> None:
        """Vectors of these articles; row i belongs to the i-th of them. Those without one are dead letters."""
        good = usable(np.asarray(vectors))
        encoded = [each.encoded(vector) for each, vector, can in zip(articles, vectors, good, strict=True) if can]
        self._prepared |= {each.encoded.article_id: each for each in prepare(encoded)}
        if not good.all():
            self._refuse([each for each, can in zip(articles, good, strict=True) if not can])

    def decide(self, clustering: Clustering) -> Changes:
        """Put the articles into stories."""
        planned = self._plan()
        late = self._missing(planned)
        if late:
            letters = self._intake.dead_letters
            self.keep(late, self._encode(late))
            if self._intake.dead_letters is not letters:
                raise LateRefusalError
        self._versions |= {
            each.received.article_id: each for each in (*planned.new, *planned.corrected, *planned.withdrawn)
        }
        return clustering.assign(
            [self._new(each, planned) for each in planned.new],
            self._corrected(planned.corrected),
            [Withdrawal(each.received.article_id, self._story_of(each)) for each in planned.withdrawn],
        )

    def pack(self, seen: int, changes: Changes) -> Batch:
        """What is committed."""
        stored = {each.article_id: self._stored(each.article_id, each.original_id) for each in changes.assignments}
        for made in changes.corrections:
            held, new = self._held[made.article_id], self._stored(made.article_id, made.original_id)
            stored[made.article_id] = replace(new, received_at=held.received_at)
        named = {*stored, *(each.article_id for each in changes.withdrawals)}
        return Batch(
            seen=seen,
            changes=changes,
            claims=self._intake.claims,
            articles=stored,
            versions={each: self._versions[each].number for each in named},
            duplicates=len(self._intake.received) - len(changes.assignments),
            dead_lettered=len(self._intake.dead_letters),
        )

    def _refuse(self, unusable: Sequence[Received]) -> None:
        """Where the batch has an older version of such an article, that one counts."""
        self._intake = self._intake.refusing(unusable)
        self._versions = newest(self._intake.received)
        older = [self._versions[each.article_id] for each in unusable if each.article_id in self._versions]
        readable = [each.received for each in older if not each.withdrawn]
        if readable:
            self.keep(readable, self._encode(readable))

    def _plan(self) -> Plan:
        self._standings = self._articles.standings(list(self._versions))
        return plan(self._versions, self._standings)

    def _missing(self, planned: Plan) -> list[Received]:
        wanted = (each.received for each in (*planned.new, *planned.corrected))
        return [each for each in wanted if each.article_id not in self._prepared]

    def _new(self, version: Version, planned: Plan) -> PreparedArticle:
        article_id = version.received.article_id
        prepared = self._prepared[article_id]
        if article_id not in planned.back:
            return prepared
        opens = later_story_id("", article_id, version.number)
        return replace(prepared, encoded=replace(prepared.encoded, opens=opens))

    def _corrected(self, versions: Iterable[Version]) -> list[NewVersion]:
        """Those whose story is still known; a story that has expired is not made anew."""
        made = []
        for each in versions:
            article_id, story_id = each.received.article_id, self._story_of(each) or ""
            held = self._articles.member(story_id, article_id)
            if held is not None:
                self._held[article_id] = held
                encoded = self._prepared[article_id].encoded
                made.append(NewVersion(encoded, story_id, each.number, held.reprint_of))
        return made

    def _story_of(self, version: Version) -> str | None:
        """The story in which the article stands now, merges followed."""
        standing = self._standings.get(version.received.article_id)
        return self._stories.resolve(standing.story_id) if standing and standing.story_id else None

    def _stored(self, article_id: str, original_id: str | None) -> StoredArticle:
        return self._versions[article_id].received.stored(original_id, self._lead_chars)
