"""The clustering: articles in, changes out, over a replica of the live stories.

Every decision is a function of the replica's state and the batch alone, so that a batch can be decided again
after another clusterer's changes came first, and a replayed batch gives the same stories and ids.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from pipeline.domain.clustering.borrowing import title_told
from pipeline.domain.clustering.candidates import Candidates
from pipeline.domain.clustering.corrections import Versions
from pipeline.domain.clustering.hints import story_hints
from pipeline.domain.clustering.join import Candidate, JoinScorer, inverse_frequencies
from pipeline.domain.clustering.live_stories import LiveStories, write_table
from pipeline.domain.clustering.lookahead import AHEAD, Lookahead
from pipeline.domain.clustering.member import LiveMember
from pipeline.domain.clustering.model import JoinModel
from pipeline.domain.clustering.prepared import PreparedArticle, prepare, unplaced
from pipeline.domain.clustering.repair import Repair, StoryPair, story_pair
from pipeline.domain.clustering.reprint_index import Original
from pipeline.domain.clustering.settings import ClusteringSettings
from pipeline.domain.clustering.story import LiveStory, joined, opened
from pipeline.domain.clustering.stream import StreamState, encode_stream, observed
from pipeline.domain.clustering.sweep import sweep_stories
from pipeline.domain.clustering.topics import TopicHead
from pipeline.domain.clustering.types import (
    Assignment,
    Changes,
    EncodedArticle,
    LiveStoriesDelta,
    LiveStoriesSnapshot,
    NewVersion,
    Verdict,
    Withdrawal,
)

STORY_ID_CHARS = 20

MAX_DOUBTS = 3
"""Likeliest stories of an article that are compared with the one it is in."""


class UncommittedError(Exception):
    """The previous changes were neither committed nor rolled back."""


class Clustering:
    """Assigns articles to stories and repairs the stories.

    `assign` and `sweep` change the replica at once; then call `commit` when the store has taken the changes, or
    `rollback` when it refused them. Not safe for use from several threads.
    """

    def __init__(
        self, model: JoinModel, settings: ClusteringSettings | None = None, topics: TopicHead | None = None
    ) -> None:
        self.settings = settings or ClusteringSettings()
        self._model = model
        self._topics = topics
        self._replica = LiveStories(model.term_shares)
        self._candidates = Candidates(self._replica, JoinScorer(model), self.settings)
        self._repair = Repair(self._replica, self._candidates, model, self.settings)
        self._versions = Versions(self._replica, self._candidates, model, self._member, self._original)
        self._ahead: dict[str, Lookahead] = {}
        """Of the articles of this batch."""
        self._pending = False

    @property
    def live_stories(self) -> int:
        """How many stories are live."""
        return len(self._replica.stories)

    def assign(
        self,
        batch: Sequence[EncodedArticle | PreparedArticle],
        corrected: Sequence[NewVersion] = (),
        withdrawn: Sequence[Withdrawal] = (),
    ) -> Changes:
        """Decide each article in order; later ones see what earlier ones did. Then merge where it showed.

        Before them known articles are withdrawn and exchanged for newer versions. What `prepare` made of
        an article ahead is used; others are prepared here.
        """
        self._begin()
        idf = self._idf()
        doubts: set[StoryPair] = set()
        closed = self._versions.withdraw(withdrawn)
        corrections = [self._versions.correct(each, idf, doubts) for each in corrected]
        assignments = self._assign_all(_prepared(batch), idf, doubts)
        merges = self._repair.merge_all(doubts, idf)
        if self._replica.term_table[0] >= self.settings.decay_articles:
            self._replica.decay_terms()
        return self._changes(
            Changes(
                withdrawals=list(withdrawn),
                corrections=corrections,
                assignments=assignments,
                merges=merges,
                closed=closed,
            )
        )

    def sweep(self) -> Changes:
        """Look again at gray decisions and close quiet stories."""
        self._begin()
        return self._changes(
            sweep_stories(self._replica, self._candidates, self._repair, self._model, self._idf(), self.settings)
        )

    def commit(self) -> None:
        """Keep the last changes: the store has them."""
        self._replica.commit()
        self._pending = False

    def rollback(self) -> None:
        """Undo the last changes exactly: the store refused them."""
        self._replica.rollback()
        self._pending = False

    def load(self, snapshot: LiveStoriesSnapshot) -> None:
        """Replace the replica by what the store holds."""
        self._replica.load(snapshot)
        self._pending = False

    def apply(self, delta: LiveStoriesDelta) -> None:
        """Follow what other clusterers committed."""
        self._begin(expect_more=False)
        self._replica.apply(delta)

    def snapshot(self) -> LiveStoriesSnapshot:
        """The replica's content as the store would hold it."""
        return self._replica.snapshot()

    def _begin(self, *, expect_more: bool = True) -> None:
        if self._pending:
            raise UncommittedError("commit or roll back the previous changes first")
        self._pending = expect_more
        self._ahead = {}

    def _idf(self) -> NDArray[np.float32]:
        return inverse_frequencies(self._replica.term_table, self._model.term_shares)

    def _assign_all(
        self, batch: Sequence[PreparedArticle], idf: NDArray[np.float32], doubts: set[StoryPair]
    ) -> list[Assignment]:
        # What the stream is after an article hangs on no decision, so that it is known for all of them at once.
        streams = list(accumulate((each.encoded for each in batch), _after, initial=self._replica.stream))
        members = [
            unplaced(each, stream, self._model.means) for each, stream in zip(batch, streams[:-1], strict=True)
        ]
        assignments = []
        for at, (article, member, after) in enumerate(zip(batch, members, streams[1:], strict=True)):
            if at % AHEAD == 0:
                ahead = self._candidates.look_ahead(members[at : at + AHEAD], idf)
            self._ahead[article.encoded.article_id] = ahead
            assignments.append(self._assign_one(article.encoded, self._placed(member, idf), ahead, idf, doubts))
            self._replica.stream = after
        return assignments

    def _assign_one(
        self,
        article: EncodedArticle,
        member: LiveMember,
        ahead: Lookahead,
        idf: NDArray[np.float32],
        doubts: set[StoryPair],
    ) -> Assignment:
        replica = self._replica
        original = self._original(member, idf)
        ranked = self._candidates.ranked(member, idf, ahead) if original is None else []
        assignment = self._decide(article, original, ranked)
        if assignment.verdict is Verdict.JOINED:
            doubts.update(
                story_pair(assignment.story_id, each.story_id)
                for each in ranked[1:MAX_DOUBTS]
                if each.probability >= self._model.join_threshold
            )
        member = _with_outcome(member, assignment)
        if assignment.verdict is Verdict.OPENED:
            replica.put(opened(assignment.story_id, member))
        else:
            story = replica.stories[assignment.story_id]
            replica.put(joined(story, member, self.settings.max_members))
        ahead.follow([assignment.story_id])
        replica.count_terms(member.terms.ids)
        return assignment

    def _original(self, member: LiveMember, idf: NDArray[np.float32]) -> Original | None:
        """The earlier article that this one repeats, unless its title is about something else.

        Consent texts and quoted agency reports make bodies alike that belong to different events.
        """
        original = self._replica.reprints.original_of(member.signature)
        if original is None or member.issue:
            return None
        return original if title_told(member.terms, original.member.terms, idf) else None

    def _member(self, article: EncodedArticle, idf: NDArray[np.float32]) -> LiveMember:
        (prepared,) = prepare([article])
        return self._placed(unplaced(prepared, self._replica.stream, self._model.means), idf)

    def _placed(self, member: LiveMember, idf: NDArray[np.float32]) -> LiveMember:
        """The article among those that came before it."""
        issue = self._replica.columns.is_issue(member.forms, member.published_at)
        patterned = self._replica.templates.is_filled_otherwise(member.template, idf)
        return replace(member, issue=issue, patterned=patterned) if issue or patterned else member

    def _decide(self, article: EncodedArticle, original: Original | None, ranked: list[Candidate]) -> Assignment:
        if original is not None:
            return Assignment(
                article.article_id, original.story_id, Verdict.JOINED, original_id=original.member.article_id
            )
        best = ranked[0].probability if ranked else 0.0
        gray = self._model.gray_low <= best <= self._model.gray_high
        if best >= self._model.join_threshold:
            return Assignment(article.article_id, ranked[0].story_id, Verdict.JOINED, probability=best, gray=gray)
        story_id = article.opens or article.article_id[:STORY_ID_CHARS]
        return Assignment(article.article_id, story_id, Verdict.OPENED, probability=best, gray=gray)

    def _near(self, member: LiveMember) -> Sequence[LiveStory] | None:
        ahead = self._ahead.get(member.article_id)
        return ahead.near(member) if ahead is not None and ahead.knows_near(member) else None

    def _changes(self, changes: Changes) -> Changes:
        """Complete the changes with states, hints and the stream's statistics."""
        replica = self._replica
        alive = [each for each in replica.touched if each in replica.stories]
        for ahead in {id(each): each for each in self._ahead.values()}.values():
            ahead.follow(replica.touched)
        changes.states = {each: replica.stories.state(each) for each in alive}
        changes.hints = story_hints(replica, alive, self.settings.max_related, self._near, self._topics)
        changes.term_counts = replica.term_increments
        if replica.decayed:
            changes.term_table, changes.term_counts = write_table(replica.term_table), {}
        if replica.stream_changed:
            changes.language_means = encode_stream(replica.stream)
        return changes


def _prepared(batch: Sequence[EncodedArticle | PreparedArticle]) -> list[PreparedArticle]:
    return [each if isinstance(each, PreparedArticle) else prepare([each])[0] for each in batch]


def _after(stream: StreamState, article: EncodedArticle) -> StreamState:
    """The stream once the article has come."""
    return observed(stream, article.language, article.vector, article.published_at, article.arrived_at)


def _with_outcome(member: LiveMember, assignment: Assignment) -> LiveMember:
    """The member with what was decided about it."""
    if not assignment.gray and assignment.original_id is None:
        return member
    return replace(member, gray=assignment.gray, reprint=assignment.original_id is not None)
