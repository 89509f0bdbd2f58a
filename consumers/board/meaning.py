"""Search by meaning on the board: where records tell vectors, and their encoder is here for queries."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.util import find_spec
from typing import Protocol

import structlog

from groundswell.record import StoryRecord
from pipeline.settings import EncoderSettings, SearchMeaning, Settings

_NEEDED = ("numpy", "openvino", "tokenizers")
"""What extra `meaning` brings."""

log = structlog.get_logger(__name__)


class Near(Protocol):
    """What is near in meaning to a query."""

    @property
    def cut(self) -> float:
        """Likeness from which on a story counts."""
        ...

    @property
    def likeness(self) -> Mapping[int, float]:
        """Cosine by number, of those that count."""
        ...


class Index(Protocol):
    """Vectors of stories under the numbers of their entries: `pipeline.domain.search_meaning.MeaningIndex`."""

    def add(self, number: int, encoder: str, vector: str) -> bool:
        """False where the vector is not one that queries can be compared with."""
        ...

    def drop(self, number: int) -> None:
        """The entry is gone."""
        ...

    def near(self, query: str, cut: float | None = None) -> Near:
        """The stories that count; from `cut` on where it is given."""
        ...


class StoryMeaning:
    """The stories by their vectors. The encoder is loaded when the first record brings one, and not before."""

    def __init__(self, open_index: Callable[[], Index | None] = lambda: None) -> None:
        """`open_index` is called once; None: there is no search by meaning here."""
        self._open_index = open_index
        self._index: Index | None = None
        self._opened = False
        self._told_other = False

    def add(self, number: int, record: StoryRecord) -> None:
        """An entry of this record; one without a vector, or with that of another encoder, is found by words."""
        if record.vector is None:
            return
        if not self._opened:
            self._opened = True
            self._index = self._open_index()
        if self._index is None or self._index.add(number, record.encoder, record.vector):
            return
        if not self._told_other:
            self._told_other = True
            log.warning("vectors can't be compared: these stories are searched by words", encoder=record.encoder)

    def drop(self, number: int) -> None:
        """The entry is gone."""
        if self._index is not None:
            self._index.drop(number)

    def near(self, query: str, cut: float | None = None) -> Near | None:
        """The entries that are near to the query; None where there is no search by meaning."""
        return self._index.near(query, cut) if self._index is not None else None


def story_meaning(settings: Settings) -> StoryMeaning:
    """As the settings want it and the installation can."""
    if settings.board.search_meaning is SearchMeaning.NEVER:
        return StoryMeaning()
    return StoryMeaning(lambda: _open_index(settings.encoder))


def _open_index(settings: EncoderSettings) -> Index | None:
    missing = [each for each in _NEEDED if find_spec(each) is None]
    if missing:
        log.info("stories are searched by words", missing=", ".join(missing))
        return None
    from pipeline.domain.clustering.scorers import ArtifactError
    from pipeline.domain.encoder.encoder_errors import UnreadableModelError
    from pipeline.domain.encoder.made import open_made
    from pipeline.domain.encoder.quantised import QuantisingError
    from pipeline.domain.search_meaning import MeaningIndex, QueryVectors

    try:
        index = MeaningIndex(QueryVectors(open_made(settings.model)))
    except (QuantisingError, ArtifactError) as error:
        log.info("stories are searched by words", missing=str(error))
        return None
    except UnreadableModelError as error:
        log.warning("stories are searched by words", reason=str(error))
        return None
    log.info("stories are searched by meaning too", encoder=settings.model)
    return index
