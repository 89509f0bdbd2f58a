"""Why there is no encoder, or not the one that was asked for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.mendable import MendableError


class EncoderError(MendableError):
    """Whoever can do without an encoder, or with another, catches this one."""


class UnreadableModelError(EncoderError):
    """A model's files are there, and can't be loaded."""

    def __init__(self, folder: Path, reason: str) -> None:
        super().__init__(
            f"the model in {folder} can't be loaded: {reason}. If its files are damaged, remove that folder; "
            "`python -m pipeline.domain.encoder` makes or fetches it again, where it is not a folder of your own"
        )


@contextmanager
def reading(folder: Path) -> Iterator[None]:
    """What libraries raise of files that they can't read, each its own, becomes UnreadableModelError."""
    try:
        yield
    except Exception as error:
        said = str(error).split("\n")
        raise UnreadableModelError(folder, next((line for line in reversed(said) if line), repr(error))) from error
