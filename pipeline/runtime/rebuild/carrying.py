"""Carries a desk's corrections over into the edition that takes over, through the desk's own commits.

What put articles together or apart is done again in its order; then stories are hidden and pinned as the desk left
them. A commit notes where its correction came from, so whoever runs this again goes on behind the last one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from redis import Redis

from pipeline.adapters.store.correction_log import Corrected, CorrectionLog, Origin
from pipeline.domain.clustering.desk import Action, NothingToDoError, OrderRefusedError
from pipeline.domain.encoder.protocol import Encoder
from pipeline.mendable import MendableError
from pipeline.runtime.correction_pairs import Signed
from pipeline.runtime.desk import Desk, Request
from pipeline.runtime.desk_lookup import StoryClosedError
from pipeline.runtime.rebuild.older_desk import HOLDING, SHOWING, Mark, OlderDesk
from pipeline.runtime.rebuild.placing import Placing
from pipeline.settings import Settings

STRUCTURE = (Action.MERGE, Action.SPLIT, Action.MOVE)
UNKNOWN = "unknown"
"""Who hid a story of which the edition has forgotten that."""


@dataclass(frozen=True)
class Left:
    """A correction that is not, or not only, what it was."""

    action: str
    story_id: str
    """In the older edition."""
    why: str

    @property
    def line(self) -> str:
        """For people."""
        return f"{self.action} {self.story_id}: {self.why}"


@dataclass(frozen=True)
class Carried:
    """What became of the corrections. Those that no number counts held in the newer edition already, or were
    overruled by later ones."""

    corrections: int = 0
    """Of the older edition."""
    carried: int = 0
    """Of these, what the newer one has made as well, now or earlier."""
    ended: int = 0
    """Of these, what is about stories that have ended, and was not carried over."""
    left: list[Left] = field(default_factory=list)

    def row(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)

    def line(self) -> str:
        """For people."""
        here = f"{self.corrections:,} corrections: {self.carried:,} carried over"
        return f"{here}, {self.ended:,} of stories that ended, {len(self.left):,} to look into"


class Carrying:
    """From one edition into that of the settings. It must have read what the older one has."""

    def __init__(
        self,
        redis: Redis,
        settings: Settings,
        predecessor: str,
        open_encoder: Callable[[], Encoder],
        tell: Callable[[str], object],
    ) -> None:
        """`tell` is told at once what is left, so that it is known also where the process is killed."""
        self._redis, self._settings = redis, settings
        self._predecessor = predecessor
        self._open_encoder = open_encoder
        self._tell = tell
        self._older = OlderDesk(redis, settings.redis, predecessor)
        self._log = CorrectionLog(redis, settings.redis)
        self._placing = Placing(redis, settings.redis)
        self._left: dict[str, Left] = {}

    def run(self) -> Carried:
        """All that there is now. Safe to repeat. Raises MendableError, after which it goes on where it was."""
        made = self._older.made()
        marks = list(self._older.marks(made))
        if not made and not marks:
            return Carried()
        lasting = self._older.lasting(made)
        keeps_vectors = self._settings.publisher.story_vectors
        desk = Desk(self._redis, self._settings.redis, self._encoder, keeps_vectors=keeps_vectors)
        self._change(desk, [each for each in lasting if each.entry.action in STRUCTURE])
        for each in marks:
            self._mark(desk, each)
        known = self._known()
        carried = sum(each.first in known for each in made)
        here = {each.first for each in lasting} | known
        ended = sum(each.first not in here for each in made)
        return Carried(len(made), carried, ended, list(self._left.values()))

    def _known(self) -> set[Origin]:
        return {each.first for each in self._log.all()}

    def _change(self, desk: Desk, changes: list[Corrected]) -> None:
        """From the last one on that was carried over: after it none was, and itself it may be in part."""
        known = self._known()
        last = max((at for at, each in enumerate(changes) if each.first in known), default=0)
        for each in changes[last:]:
            entry = each.entry
            try:
                for request in self._placing.requests(entry):
                    desk.correct(request, Signed(entry.by, entry.reason, each))
            except NothingToDoError:
                continue
            except OrderRefusedError as refused:
                self._leave(entry.action, entry.story_ids[0], str(refused))

    def _mark(self, desk: Desk, mark: Mark) -> None:
        article_ids = self._older.stories.article_ids(mark.story_id)
        if not article_ids:
            none = f"edition {self._predecessor} keeps none of its articles"
            self._leave(mark.action, mark.story_id, f"{none}: where they stand here, {mark.action} by hand")
            return
        try:
            if mark.action is Action.HIDE:
                stories = self._placing.stories(article_ids)
            else:
                stories = [self._placing.story(article_ids)]
        except OrderRefusedError as refused:
            if mark.action is Action.PIN:  # what is not there is not seen
                self._leave(mark.action, mark.story_id, str(refused))
            return
        for story_id in stories:
            if not self._overruled(mark, story_id):
                self._set(desk, mark, story_id, article_ids)

    def _set(self, desk: Desk, mark: Mark, story_id: str, article_ids: list[str]) -> None:
        try:
            self._correct(desk, mark, story_id)
        except NothingToDoError:
            return
        except OrderRefusedError as refused:
            self._leave(mark.action, mark.story_id, str(refused))
            return
        more = self._placing.others(story_id, article_ids)
        if mark.action is Action.HIDE and more:
            why = f"its articles are in story {story_id} with {more:,} others: all of that is hidden now"
            self._leave(mark.action, mark.story_id, why)

    def _correct(self, desk: Desk, mark: Mark, story_id: str) -> None:
        signed = self._signed(mark)
        try:
            desk.correct(Request(mark.action, story_id), signed)
        except StoryClosedError:
            if mark.action is not Action.HIDE:
                raise
            # Its last record will be told again.
            desk.hide_ended(story_id, signed)

    def _overruled(self, mark: Mark, story_id: str) -> bool:
        """Whether a desk said something later of this in the newer edition."""
        about = SHOWING if mark.action in SHOWING else HOLDING
        said = (each.first.number for each in self._log.of_story(story_id) if each.entry.action in about)
        return mark.made is not None and max(said, default=0) > mark.made.first.number

    def _signed(self, mark: Mark) -> Signed:
        if mark.made is None:
            return Signed(UNKNOWN, f"hidden in edition {self._predecessor}")
        return Signed(mark.made.entry.by, mark.made.entry.reason, mark.made)

    def _leave(self, action: str, story_id: str, why: str) -> None:
        left = Left(action, story_id, why)
        self._left[left.line] = left
        self._tell(left.line)

    def _encoder(self) -> Encoder:
        """One that can't be loaded keeps single corrections from being carried over, no more."""
        try:
            return self._open_encoder()
        except MendableError as error:
            raise OrderRefusedError(str(error)) from error
