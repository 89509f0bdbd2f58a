"""Gives stories that a publisher hid again, after Redis had lost that, the desk's note.

So repair leaves them alone, and a desk can unhide them. It is the commit that a desk's command makes, so the log
of corrections has it too.
"""

from __future__ import annotations

import time

import structlog
from redis import Redis

from groundswell.record import Status
from pipeline.adapters.store.hidden_again import HiddenAgain, Marked
from pipeline.domain.clustering.desk import Action, NothingToDoError, OrderRefusedError
from pipeline.domain.clustering.story_codec import decode_story
from pipeline.domain.encoder.protocol import Encoder
from pipeline.mendable import MendableError
from pipeline.runtime.correction_pairs import Signed
from pipeline.runtime.desk import Desk, Request
from pipeline.settings import Settings

LOOK_S = 1.0
"""Between two looks, besides that before each sweep."""
SIGNED = Signed("publisher", "hidden on the topic; Redis had lost that")

log = structlog.get_logger(__name__)


class Hiding:
    """Of one edition; any number of clusterers may do it."""

    def __init__(self, redis: Redis, settings: Settings) -> None:
        self._redis, self._settings = redis, settings
        self._store = HiddenAgain(redis, settings.redis)
        self._next_look = 0.0

    def look(self) -> None:
        """As `note`, where the last time is a while ago."""
        if time.monotonic() >= self._next_look:
            self.note()

    def note(self) -> None:
        """Of what is there by now. What is yet to be made again waits."""
        self._next_look = time.monotonic() + LOOK_S
        self._store.forget([each.story_id for each in self._store.waiting() if self._is_done(each)])

    def _is_done(self, marked: Marked) -> bool:
        if not marked.hidden:
            return True
        if marked.state is not None:
            return decode_story(marked.state, marked.story_id).notes.hidden or self._hide(marked.story_id)
        if marked.status is Status.MERGED:
            log.warning(
                "a hidden story was merged before it was known as such: `hide` the other one where it must be",
                story_id=marked.story_id,
                merged_into=marked.merged_into,
            )
        return marked.status in (Status.MERGED, Status.CLOSED)

    def _hide(self, story_id: str) -> bool:
        """False where it is to be tried again; its records are empty meanwhile."""
        keeps_vectors = self._settings.publisher.story_vectors
        try:
            desk = Desk(self._redis, self._settings.redis, _no_encoder, keeps_vectors=keeps_vectors)
            desk.correct(Request(Action.HIDE, story_id), SIGNED)
        except NothingToDoError:
            return True
        except MendableError as error:
            log.warning("a hidden story is not noted as such yet", story_id=story_id, reason=str(error))
            return False
        log.info("story hidden again", story_id=story_id)
        return True


def _no_encoder() -> Encoder:
    raise OrderRefusedError("hiding needs no encoder")
