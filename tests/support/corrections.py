"""A desk in a test, and what it was promised."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product

from redis import Redis

from pipeline.adapters.store.live_reader import LiveStoriesReader
from pipeline.adapters.store.stories import StoryReader
from pipeline.domain.clustering.desk import Action, Order
from pipeline.domain.clustering.story import LiveStory
from pipeline.domain.clustering.story_codec import decode_story
from pipeline.domain.encoder.protocol import Encoder
from pipeline.runtime.correction_pairs import Signed
from pipeline.runtime.desk import Desk, Request
from pipeline.settings import RedisSettings

SIGNED = Signed("ines", "the same quake")


def no_encoder() -> Encoder:
    raise AssertionError("no encoder is needed here")


def live(redis: Redis, edition: RedisSettings) -> dict[str, LiveStory]:
    """The live stories as a clusterer would load them."""
    states = LiveStoriesReader(redis, edition).load().snapshot.states
    return {story_id: decode_story(state) for story_id, state in states.items()}


def where(stories: StoryReader) -> dict[str, str]:
    """Article to story. Fails where an article is in two."""
    found: dict[str, str] = {}
    for story_id in stories.all_ids():
        snapshot = stories.snapshot(story_id)
        for article in snapshot.articles if snapshot else ():
            assert article.article_id not in found, "an article is in two stories"
            found[article.article_id] = story_id
    return found


class Promises:
    """Makes corrections, and knows what must stay as it was corrected."""

    def __init__(self, redis: Redis, edition: RedisSettings) -> None:
        self._redis, self._edition = redis, edition
        self.desk = Desk(redis, edition, no_encoder)
        self.stories = StoryReader(redis, edition)
        self._home: dict[str, str] = {}
        self._apart: list[set[frozenset[str]]] = []
        self._marked: dict[str, tuple[bool, bool]] = {}

    def correct(self, action: Action, story: str, other: str = "", articles: tuple[str, ...] = ()) -> Order:
        before = where(self.stories)
        order = self.desk.correct(Request(action, story, other, articles), SIGNED)
        self._promise(order, before)
        return order

    def check(self) -> None:
        """What holds after any step of anybody."""
        now, alive = where(self.stories), live(self._redis, self._edition)
        sizes = {story_id: story.size for story_id, story in alive.items()}
        held = {each: list(now.values()).count(each) for each in sizes}
        assert sizes == held, "a live story counts other articles than it has"
        # An article that its outlet took back and gave again is another one.
        self._home = {article: home for article, home in self._home.items() if article in now}
        self._apart = [{pair for pair in each if pair <= now.keys()} for each in self._apart]
        for article, home in self._home.items():
            assert now[article] == self.stories.resolve(home), "an article left the place that a desk gave it"
        for pair in (each for pairs in self._apart for each in pairs):
            assert len({now[article] for article in pair}) == 2, "what a desk parted came together"
        for story_id, (pinned, hidden) in self._marked.items():
            resolved = self.stories.resolve(story_id)
            if resolved in alive:
                notes = alive[resolved].notes
                assert (notes.pinned, notes.hidden) == (pinned, hidden)
                snapshot = self.stories.snapshot(resolved)
                assert snapshot is not None
                assert snapshot.hidden == hidden

    def _promise(self, order: Order, before: dict[str, str]) -> None:
        own = {article for article, story_id in before.items() if story_id == order.story_id}
        theirs = {article for article, story_id in before.items() if story_id == order.other_id}
        named = set(order.article_ids)
        self._note_marks(order)
        if order.action is Action.MERGE or (order.action is Action.MOVE and theirs == named):
            across = _pairs(own, theirs)
            self._apart = [each for each in self._apart if not each & across]
            # Of a story that got another's only article, a desk has placed no more than that one.
            self._home |= dict.fromkeys(own | theirs if order.action is Action.MERGE else named, order.story_id)
        elif order.action is Action.SPLIT:
            self._apart.append(_pairs(named, own - named))
            self._home |= dict.fromkeys(named, order.other_id or "")
        elif order.action is Action.MOVE:
            self._apart = [{pair for pair in each if not pair & named} for each in self._apart]
            self._apart.append(_pairs(named, theirs - named))
            self._home |= dict.fromkeys(named, order.story_id)

    def _note_marks(self, order: Order) -> None:
        pinned, hidden = self._marked.get(order.story_id, (False, False))
        match order.action:
            case Action.PIN | Action.UNPIN:
                pinned = order.action is Action.PIN
            case Action.HIDE | Action.UNHIDE:
                hidden = order.action is Action.HIDE
            case Action.MERGE:
                pinned |= self._marked.pop(order.other_id or "", (False, False))[0]
            case _:
                return
        self._marked[order.story_id] = pinned, hidden


def _pairs(one: Iterable[str], other: Iterable[str]) -> set[frozenset[str]]:
    return {frozenset(each) for each in product(one, other)}
