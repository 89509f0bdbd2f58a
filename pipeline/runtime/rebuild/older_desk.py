"""What a desk decided in the edition that a rebuild replaces."""

from __future__ import annotations

from dataclasses import dataclass

from redis import Redis

from pipeline.adapters.store.correction_log import CorrectionLog
from pipeline.adapters.store.stories import StoryReader
from pipeline.domain.clustering.desk import Action
from pipeline.settings import RedisSettings

MOST_NAMED = 20
"""Hidden stories that a sentence names."""


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


class OlderDesk:
    """Reads one edition; `settings` may be those of another one in the same Redis."""

    def __init__(self, redis: Redis, settings: RedisSettings, edition: str) -> None:
        own = settings.model_copy(update={"edition": edition})
        self._log = CorrectionLog(redis, own)
        self._stories = StoryReader(redis, own)

    def decided(self) -> Decided:
        """As it is now."""
        made = list(self._log.all())
        return Decided(
            len(made), self._hidden({each.entry.story_ids[0] for each in made if _hides(each.entry.action)})
        )

    def _hidden(self, once: set[str]) -> list[str]:
        """The log forgets, so live stories are asked themselves; `once` may have ended."""
        known = {*map(self._stories.resolve, once), *self._stories.live_ids()}
        return self._stories.hidden(sorted(known))


def _hides(action: str) -> bool:
    return action == Action.HIDE
