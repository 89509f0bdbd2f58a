"""Small labelled sets and an encoder for them: enough to train on within a second."""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

PLACES = ("Skerry", "Halden", "Orrell", "Pelham", "Bramsund", "Kolder", "Whitlow", "Eastvale", "Norcross", "Tarn")
HAPPENED = ("ferry aground", "mine flooded", "bridge closed", "forest burning", "bank robbed")


class WordEncoder:
    """Texts with the same words have the same vector."""

    name, digest, dims = "made/words", "words", 32

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See Encoder."""
        self.asked += texts
        vectors = np.stack([self._sum(each) for each in texts])
        made: NDArray[np.float32] = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
        return made

    def _sum(self, text: str) -> NDArray[np.float64]:
        seeds = [zlib.crc32(each.encode()) for each in text.split()]
        parts = [np.random.default_rng(each).normal(size=self.dims) for each in seeds]
        total: NDArray[np.float64] = np.sum(parts, axis=0)
        return total


def write_set(path: Path, languages: Sequence[str], events: int = 12, copies: int = 4) -> Path:
    """`events` events, each told `copies` times, in the languages in turn."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = []
    for at in range(events * copies):
        event = at % events
        place, what = PLACES[event % len(PLACES)], HAPPENED[event % len(HAPPENED)]
        lines.append(
            json.dumps(
                {
                    "id": f"{path.name}-{at}",
                    "title": f"In {place} {what} on day {event}",
                    "text": f"Outlet {at // events} tells of {place}: {what}, the mayor of {place} said.",
                    "published_at": (datetime(2026, 3, 2, tzinfo=UTC) + timedelta(hours=at)).isoformat(),
                    "language": languages[at % len(languages)],
                    "event": f"{place}-{event}",
                }
            )
        )
    path.write_text("\n".join(lines), encoding="utf-8")
    return path
