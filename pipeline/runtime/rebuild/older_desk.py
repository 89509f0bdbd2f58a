"""What a desk decided in the edition that a rebuild replaces."""

from __future__ import annotations

from dataclasses import dataclass

from redis import Redis

from pipeline.adapters.store.correction_log import Corrected, CorrectionLog
from pipeline.adapters.store.stories import StoryReader
from pipeline.domain.clustering.desk import Action
from pipeline.settings import RedisSettings

MOST_NAMED = 20
"""Hidden stories that a sentence names."""

SHOWING, HOLDING = (Action.HIDE, Action.UNHIDE), (Action.PIN, Action.UNPIN)


@dataclass(frozen=True)
class Decided:
    """How much there is of it."""

    corrections: int
    """That the edition remembers."""
    hidden: list[str]
    """Ids of the stories that are hidden now, ended ones too."""

    def row(self) -> dict[str, int | list[str]]:
        """For JSON."""
        return {"corrections": self.corrections, "hidden": self.hidden}

    def line(self, edition: str) -> str:
        """For people."""
        said = f"edition {edition} has {self.corrections:,} corrections of a desk"
        if not self.hidden:
            return f"{said}, and no story is hidden"
        named = " ".join(self.hidden[:MOST_NAMED]) + (" ..." if len(self.hidden) > MOST_NAMED else "")
        return f"{said}; {len(self.hidden):,} stories are hidden: {named}"


@dataclass(frozen=True)
class Mark:
    """How a desk left a story: what it said last of hiding it, or of pinning it."""

    action: Action
    story_id: str
    made: Corrected | None
    """None where the edition does not remember who hid the story."""


class OlderDesk:
    """Reads one edition; `settings` may be those of another one in the same Redis.

    It reads no clustering state: that may be in the form of another release.
    """

    def __init__(self, redis: Redis, settings: RedisSettings, edition: str) -> None:
        own = settings.model_copy(update={"edition": edition})
        self._log = CorrectionLog(redis, own)
        self.stories = StoryReader(redis, own)

    def made(self) -> list[Corrected]:
        """All corrections, oldest first."""
        return list(self._log.all())

    def decided(self) -> Decided:
        """As it is now."""
        made = self.made()
        return Decided(len(made), self._hidden(self._last(made, SHOWING)))

    def lasting(self, made: list[Corrected]) -> list[Corrected]:
        """Those of stories that have not ended."""
        alive = set(self.stories.live_ids())
        return [each for each in made if any(self.stories.resolve(one) in alive for one in each.entry.story_ids)]

    def marks(self, made: list[Corrected]) -> list[Mark]:
        """Of each story that is hidden, or that lives and was hidden or pinned once."""
        alive = set(self.stories.live_ids())
        shown, held = (self._last(made, each) for each in (SHOWING, HOLDING))
        hidden = self._hidden(shown)
        lasting = [(each, last) for each, last in (*shown.items(), *held.items()) if each in alive]
        marks = [
            Mark(Action(last.entry.action), each, last)
            for each, last in lasting
            if last.entry.action in (Action.UNHIDE, Action.UNPIN, Action.PIN)
        ]
        return [*marks, *(Mark(Action.HIDE, each, shown.get(each)) for each in hidden)]

    def _last(self, made: list[Corrected], actions: tuple[Action, Action]) -> dict[str, Corrected]:
        """The last of these corrections of each story, merges followed."""
        found = {each.entry.story_ids[0]: each for each in made if each.entry.action in actions}
        return {
            self.stories.resolve(story_id): each
            for story_id, each in sorted(found.items(), key=lambda pair: pair[1].first.number)
        }

    def _hidden(self, once: dict[str, Corrected]) -> list[str]:
        """The log forgets, so live stories are asked themselves; one that was hidden `once` may have ended."""
        return self.stories.hidden(sorted({*once, *self.stories.live_ids()}))
