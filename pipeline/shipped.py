"""The files of `configs/` that code reads: outlets, feeds, sample articles."""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable


def shipped(*names: str) -> Traversable:
    """A file of `configs/`, which lies beside `pipeline` in a checkout and inside it once installed."""
    library = files("pipeline")
    installed = library.joinpath("configs")
    configs = installed if installed.is_dir() else library.joinpath("..", "configs")
    return configs.joinpath(*names)
