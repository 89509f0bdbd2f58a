"""What every command starts from: the settings and the logs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import typer

from pipeline.runtime.logs import configure_logs
from pipeline.settings import Settings, load_settings


@dataclass(frozen=True)
class Context:
    """The common options of the command line."""

    config: Path | None = None


def start(context: typer.Context, role: str) -> Settings:
    """Load the settings and set up the logs of this process."""
    settings = load_settings(context.find_object(Context).config)  # type: ignore[union-attr]  # set by main
    configure_logs(settings.log_level, role)
    return settings
