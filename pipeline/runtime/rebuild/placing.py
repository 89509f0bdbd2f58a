"""What a correction of one edition asks for in another one, whose stories have the same articles otherwise."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from redis import Redis

from pipeline.adapters.store.articles import ArticleReader
from pipeline.adapters.store.correction_log import CorrectionEntry
from pipeline.adapters.store.stories import StoryReader
from pipeline.domain.clustering.desk import Action, OrderRefusedError
from pipeline.runtime.desk import Request
from pipeline.settings import RedisSettings


class Placing:
    """Finds by article in the edition of the settings. All methods raise OrderRefusedError where it has none."""

    def __init__(self, redis: Redis, settings: RedisSettings) -> None:
        self._edition = settings.edition
        self._articles = ArticleReader(redis, settings)
        self._stories = StoryReader(redis, settings)

    def requests(self, entry: CorrectionEntry) -> list[Request]:
        """Of a merge, a split or a move; none where it is so already."""
        match entry.action:
            case Action.MERGE:
                return self._merge(entry)
            case Action.SPLIT:
                apart = next(each for each in entry.judgements if not each.same_event)
                return self._parted({*entry.article_ids, *apart.one}, apart.other)
            case Action.MOVE:
                return self._move(entry)
            case _:
                return []

    def story(self, article_ids: Sequence[str]) -> str:
        """The story that has the most of these articles."""
        return self._most(self._homes(article_ids).values())

    def stories(self, article_ids: Sequence[str]) -> list[str]:
        """That story first, then those half of whose articles or more are of these."""
        held = Counter(self._homes(article_ids).values())
        first = self._most(held.elements())
        others = [each for each, count in held.items() if 2 * count >= len(self._stories.article_ids(each))]
        return [first, *(each for each in others if each != first)]

    def others(self, story_id: str, article_ids: Iterable[str]) -> int:
        """How many articles the story has besides these."""
        return len(set(self._stories.article_ids(story_id)).difference(article_ids))

    def _merge(self, entry: CorrectionEntry) -> list[Request]:
        together = entry.judgements[0]
        one, other = self.story(together.one), self.story(together.other)
        return [] if one == other else [Request(Action.MERGE, one, other)]

    def _move(self, entry: CorrectionEntry) -> list[Request]:
        """Where the story that got the article is gone, the article only leaves those that it was parted from."""
        homes = self._homes(entry.article_ids)
        if not homes:
            raise self._none_here()
        ((article_id, home),) = homes.items()
        target = Counter(self._homes(entry.judgements[0].other).values()).most_common(1)
        if target:
            ((story_id, _),) = target
            return [] if story_id == home else [Request(Action.MOVE, story_id, articles=(article_id,))]
        apart = [each.other for each in entry.judgements if not each.same_event]
        return self._parted([article_id], apart[0]) if apart else []

    def _parted(self, leaving: Iterable[str], staying: Sequence[str]) -> list[Request]:
        """Each story that has articles of both sides is split."""
        left, stay = self._homes(sorted(leaving)), self._homes(staying)
        if not left or not stay:
            raise self._none_here()
        return [
            Request(Action.SPLIT, story_id, articles=tuple(each for each in left if left[each] == story_id))
            for story_id in sorted(set(left.values()) & set(stay.values()))
        ]

    def _homes(self, article_ids: Sequence[str]) -> dict[str, str]:
        """Article to story, of those that are in one."""
        return dict(self._placed(article_ids))

    def _placed(self, article_ids: Sequence[str]) -> Iterator[tuple[str, str]]:
        for article_id, standing in self._articles.standings(article_ids).items():
            if standing.story_id is not None:
                yield article_id, self._stories.resolve(standing.story_id)

    def _most(self, stories: Iterable[str]) -> str:
        """The first by name of several."""
        counted = sorted(Counter(stories).items(), key=lambda each: (-each[1], each[0]))
        if not counted:
            raise self._none_here()
        return counted[0][0]

    def _none_here(self) -> OrderRefusedError:
        return OrderRefusedError(f"edition {self._edition} has none of its articles")
