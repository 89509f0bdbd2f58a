"""Which stories a service wants to hear of."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from groundswell.ledger import put_bounded
from groundswell.media_topics import called
from groundswell.record import Side, Status, StoryRecord


@dataclass(frozen=True)
class Choice:
    """Stories with all that is asked for here; all stories where nothing is.

    Of a story that was chosen once its end is told too, whatever it has become: closed, or merged into another.
    That an editor took a story back is always told: its record is empty, and nobody knows who has it from before.
    Raises TypeError where a text stands for a collection of texts, which would be taken letter by letter.
    """

    languages: Collection[str] = ()
    """Codes (`en`): at least one article in one of these."""
    min_sources: int = 0
    """Outlets that cover it, at least."""
    outlets: Collection[str] = ()
    """Domains (`example.com`): covered by at least one of these."""
    countries: Collection[str] = ()
    """Codes (`DE`): covered by a source from at least one of these."""
    entities: Collection[str] = ()
    """Names (`Federal Reserve`): about at least one of these, as the record writes it; case does not matter."""
    topics: Collection[str] = ()
    """Media Topics, by id or name (`medtop:15000000`, `15000000`, `sport`): about at least one of these."""
    blindspots: Collection[Side] = ()
    """At least one of these sides hardly covers it."""

    def __post_init__(self) -> None:
        for name in ("languages", "outlets", "countries", "entities", "topics", "blindspots"):
            given = getattr(self, name)
            if isinstance(given, str):
                raise TypeError(
                    f"{name} must be a collection of texts such as {{{given!r}}}, not the text {given!r}"
                )
            object.__setattr__(self, name, frozenset(each.lower() for each in given))

    def wants(self, story: StoryRecord) -> bool:
        """Whether the story is one of these."""
        return (
            story.source_count >= self.min_sources
            and (not self.languages or any(each in story.coverage.languages for each in self.languages))
            and (not self.outlets or any(each.outlet.domain in self.outlets for each in story.articles))
            and (not self.countries or any(each.lower() in self.countries for each in story.coverage.countries))
            and (not self.entities or any(each.name.lower() in self.entities for each in story.entities))
            and (
                not self.topics
                or any(not called(each.id, each.name).isdisjoint(self.topics) for each in story.topics)
            )
            and (not self.blindspots or self._has_blindspot(story))
        )

    def _has_blindspot(self, story: StoryRecord) -> bool:
        blindspot = story.coverage.blindspot
        return blindspot is not None and blindspot.side.value in self.blindspots


class Chosen:
    """Remembers which stories were handed out, so that each one's end is."""

    def __init__(self, choice: Choice, max_stories: int) -> None:
        self._choice = choice
        self._max_stories = max_stories
        self._open: dict[str, None] = {}

    def takes(self, story: StoryRecord) -> bool:
        """Whether to hand the record out."""
        if story.hidden and story.status is Status.ACTIVE:
            return True
        wanted = self._choice.wants(story) or story.story_id in self._open
        if story.status is Status.ACTIVE and wanted:
            put_bounded(self._open, story.story_id, None, self._max_stories)
        if story.status is not Status.ACTIVE:
            self._open.pop(story.story_id, None)
        return wanted

    def forget(self, story_id: str) -> None:
        """The story was taken off the topic."""
        self._open.pop(story_id, None)
