"""Which stories a service wants to hear of."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from groundswell.ledger import put_bounded
from groundswell.media_topics import called
from groundswell.record import Side, Status, StoryRecord


@dataclass(frozen=True)
class Choice:
    """Stories with all that is asked for here; all stories where nothing is.

    Of a story that was chosen once all that follows is told, its end included, whatever it has become; in a group
    that holds after a restart, and of partitions that another member had, for the stories in `seen`. Of any story
    is told that an editor took it back, that all of its articles were withdrawn, and in a group that it was
    merged: such records have nothing left to choose by, and nobody knows who has the story from before.
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
    """Remembers which stories were handed out, so that each one's end is.

    An end is no reason to forget a story: where nobody has dealt with its record yet, that is read again, and must
    be chosen again. Beyond the bound, stories that were chosen longest ago are forgotten.
    """

    def __init__(
        self, choice: Choice, max_stories: int, told: Iterable[str] = (), *, shared: bool = False
    ) -> None:
        """`told` were handed out before. In work that is `shared` others may have been too, by whoever did it."""
        self._choice = choice
        self._max_stories = max_stories
        self._leaves_out = choice != Choice()
        self._told: dict[str, None] = dict.fromkeys(told) if self._leaves_out else {}
        self._shared = shared

    def takes(self, story: StoryRecord) -> bool:
        """Whether to hand the record out."""
        if self._is_for_all(story):
            return True
        wanted = story.story_id in self._told or self._choice.wants(story)
        if wanted and self._leaves_out:
            put_bounded(self._told, story.story_id, None, self._max_stories)
        return wanted

    def forget(self, story_id: str) -> None:
        """The story was taken off the topic."""
        self._told.pop(story_id, None)

    def _is_for_all(self, story: StoryRecord) -> bool:
        """An empty record says only that the story is gone: there is nothing in it to choose by."""
        if story.status is Status.MERGED and not story.hidden:
            return self._shared  # else we know whether anybody has it
        return story.hidden or story.article_count == 0
