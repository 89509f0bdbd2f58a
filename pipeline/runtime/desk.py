"""Makes a desk's corrections: read the stories, decide, commit; again where a clusterer came first.

A process of its own beside running clusterers. It loads only the stories that it corrects, and commits as a sweep
does: with no positions, and only where nothing changed since it read.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from redis import Redis
from tenacity import Retrying, retry_if_result, stop_after_attempt, wait_random_exponential

from groundswell.record import Status
from pipeline.adapters.store.commit import Batch, Committed, Committer, DeskEntry, Restarted
from pipeline.adapters.store.desk_reader import DeskReader, DeskView
from pipeline.adapters.store.edition import NoEditionError, RedisBusyError, read_identity
from pipeline.adapters.store.keys import Keys
from pipeline.adapters.store.turn import Turn
from pipeline.domain.clustering.desk import (
    Action,
    NothingToDoError,
    Order,
    OrderRefusedError,
    corrected,
    forgotten,
)
from pipeline.domain.clustering.story import LiveStory
from pipeline.domain.clustering.story_codec import decode_story
from pipeline.domain.clustering.story_layout import STATE_VERSION
from pipeline.domain.clustering.stream import decode_stream
from pipeline.domain.clustering.topics import load_topics
from pipeline.domain.clustering.types import Changes
from pipeline.domain.edition import ClustererIdentity
from pipeline.domain.encoder.protocol import Encoder
from pipeline.domain.story.roll import moment
from pipeline.domain.story.snapshot import StoredArticle
from pipeline.mendable import MendableError
from pipeline.runtime.correction_pairs import Articles, Signed, entry_of
from pipeline.runtime.desk_lookup import DeskLookup, check_live, members_named
from pipeline.runtime.desk_memory import DeskMemory
from pipeline.settings import RedisSettings

TRIES = 40
WAIT_S, MAX_WAIT_S = 0.005, 0.5
"""As `SyncedClustering` waits between its tries, only that a try of ours takes milliseconds."""

READINGS = 5
"""Times that articles are read anew, because a story forgot more of them meanwhile."""

OVERTAKEN = "nothing is corrected: clusterers changed stories each time; give the command again"

_STORY_ID_CHARS = 20


class OvertakenError(MendableError):
    """Clusterers changed stories each time."""


@dataclass(frozen=True)
class Request:
    """What a desk typed."""

    action: Action
    story: str
    other: str = ""
    """Of a merge."""
    articles: tuple[str, ...] = ()
    """Ids, beginnings of ids, or URLs."""


@dataclass(frozen=True)
class _Lacking:
    """Articles that must be read anew first."""

    articles: Sequence[StoredArticle]


class Desk:
    """Corrects the stories of one edition."""

    def __init__(
        self,
        redis: Redis,
        settings: RedisSettings,
        open_encoder: Callable[[], Encoder],
        *,
        keeps_vectors: bool = False,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`keeps_vectors` as the edition's clusterers do (setting `publisher.story_vectors`)."""
        edition = _edition(redis, settings)
        # What a clusterer's commit would be, this one is: the edition says how long it remembers stories.
        own = settings.model_copy(update={"retention_s": edition.retention_s})
        self._committer = Committer(redis, own, edition, keeps_vectors=keeps_vectors)
        self._committer.start()
        self._reader = DeskReader(redis, settings)
        self._lookup = DeskLookup(redis, settings)
        self._memory = DeskMemory(edition, open_encoder)
        self._topics = load_topics(edition.encoder)
        self._turn = Turn(redis, settings)
        self._sleep = sleep

    def correct(self, request: Request, signed: Signed) -> Order:
        """Make one correction. Raises OrderRefusedError, NothingToDoError, OvertakenError, RedisBusyError."""
        token, retrying = secrets.token_hex(4), self._retrying()
        for _ in range(READINGS):
            with self._turn.taken():
                made: Order | _Lacking | None = retrying(self._try, request, token, signed)
            if isinstance(made, Order):
                return made
            if made is None:
                break
            # Loading an encoder takes longer than a turn.
            self._memory.read(made.articles)
        raise OvertakenError(OVERTAKEN)

    def hide_ended(self, story_id: str, signed: Signed) -> Order:
        """Hide a story that has ended, before any of it is published. Raises as `correct` does."""
        with self._turn.taken():
            made: Order | None = self._retrying()(self._try_ended, story_id, signed)
        if made is None:
            raise OvertakenError(OVERTAKEN)
        return made

    def _retrying(self) -> Retrying:
        return Retrying(
            retry=retry_if_result(lambda made: made is None),
            stop=stop_after_attempt(TRIES),
            wait=wait_random_exponential(WAIT_S, MAX_WAIT_S),
            sleep=self._sleep,
            retry_error_callback=lambda _: None,
        )

    def _try_ended(self, story_id: str, signed: Signed) -> Order | None:
        view = self._reader.view([story_id])
        snapshot = view.stories[story_id].snapshot
        if snapshot is None or snapshot.status is not Status.CLOSED:
            raise OrderRefusedError(f"story {story_id} has not ended, or is no longer known")
        if snapshot.hidden:
            raise NothingToDoError(f"story {story_id} is already hidden")
        order = Order(Action.HIDE, story_id)
        return self._commit(order, view, Changes(), (story_id,), {story_id: tuple(snapshot.articles)}, signed)

    def _try(self, request: Request, token: str, signed: Signed) -> Order | _Lacking | None:
        """None where others were quicker."""
        order, view = self._order(request, token)
        if order is None:
            return None
        stories = {each: _decoded(view, each) for each in order.existing}
        articles = {each: _articles(view, each) for each in order.existing}
        source = order.existing[-1]
        staying = [
            each.article_id
            for each in sorted(articles[source], key=lambda each: (moment(each), each.article_id))
            if each.article_id not in order.article_ids
        ]
        needed = forgotten(order, stories, staying)
        lacking = set(self._memory.lacks(needed))
        if lacking:
            return _Lacking([each for each in articles[source] if each.article_id in lacking])
        remembered = self._memory.members(needed, stories[source], decode_stream(view.language_means))
        related = {each: held.snapshot.related for each, held in view.stories.items() if held.snapshot}
        changes = corrected(order, stories, remembered, related, self._topics)
        touched = (*order.existing, *(each for each in changes.states if each not in order.existing))
        return self._commit(order, view, changes, touched, articles, signed)

    def _commit(
        self,
        order: Order,
        view: DeskView,
        changes: Changes,
        touched: tuple[str, ...],
        articles: Articles,
        signed: Signed,
    ) -> Order | None:
        desk = DeskEntry(touched, entry_of(order, touched, articles, signed).encode(), _mark(order.action))
        outcome = self._committer.commit(Batch(view.sequence, changes, desk=desk))
        if isinstance(outcome, Restarted):
            raise RedisBusyError
        return order if isinstance(outcome, Committed) else None

    def _order(self, request: Request, token: str) -> tuple[Order | None, DeskView]:
        """What is asked for, and the stories as they are now; None where they changed while we looked."""
        story_id, other_id = self._lookup.story(request.story), None
        ids: tuple[str, ...] = ()
        if request.action is Action.MERGE:
            other_id = self._lookup.story(request.other)
        elif request.action is Action.MOVE:
            article_id, other_id = self._lookup.article(request.articles[0])
            ids = (article_id,)
        existing = [story_id] if other_id is None else [story_id, other_id]
        view = self._reader.view(existing)
        for each in existing:
            check_live(each, view.stories[each])
        if other_id == story_id:
            raise NothingToDoError(_same(request, story_id))
        if any(held.state is None for held in view.stories.values()):
            return None, view
        if request.action is Action.SPLIT:
            snapshot = view.stories[story_id].snapshot
            assert snapshot is not None  # it is live
            ids = tuple(each.article_id for each in members_named(request.articles, snapshot))
            other_id = secrets.token_hex(_STORY_ID_CHARS // 2)
        elif ids and ids[0] not in {each.article_id for each in _articles(view, existing[-1])}:
            return None, view
        return Order(request.action, story_id, other_id, ids, token), view


def _edition(redis: Redis, settings: RedisSettings) -> ClustererIdentity:
    """Raises NoEditionError, and OrderRefusedError where the edition does not say what it is."""
    stored = read_identity(redis, Keys(settings.edition))
    if not stored:
        raise NoEditionError(settings.edition)
    edition = ClustererIdentity.as_stored(stored, state_version=STATE_VERSION)
    if edition is None:
        raise OrderRefusedError(
            f"edition {settings.edition} does not say all of what it is: start a clusterer of this release first"
        )
    return edition


def _decoded(view: DeskView, story_id: str) -> LiveStory:
    state = view.stories[story_id].state
    assert state is not None  # `_order` looked
    return decode_story(state, story_id)


def _articles(view: DeskView, story_id: str) -> tuple[StoredArticle, ...]:
    snapshot = view.stories[story_id].snapshot
    return tuple(snapshot.articles) if snapshot else ()


def _mark(action: Action) -> str:
    return action.value if action in (Action.HIDE, Action.UNHIDE) else ""


def _same(request: Request, story_id: str) -> str:
    if request.action is Action.MERGE:
        return f"{request.story} and {request.other} are one story already: {story_id}"
    return f"article {request.articles[0]} is in story {story_id} already"
