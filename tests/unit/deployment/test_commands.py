"""Whatever the Compose file and the image run exists on the command line."""

from __future__ import annotations

import pytest
import typer.main

from pipeline.runtime.cli.main import app
from tests.unit.deployment.test_compose import OURS


def resolves(words: list[str]) -> bool:
    """True where the words name a command, and not just a group of commands."""
    command = typer.main.get_command(app)
    for word in words:
        inner = getattr(command, "commands", {})
        if word not in inner:
            return False
        command = inner[word]
    return not getattr(command, "commands", None)


@pytest.mark.parametrize("name", OURS)
def test_the_command_of_a_service_exists(name: str) -> None:
    assert resolves(OURS[name]["command"]), f"groundswell {' '.join(OURS[name]['command'])} is no command"


def test_a_command_that_does_not_exist_would_be_noticed() -> None:
    assert not resolves(["consume"])
    assert not resolves(["consume", "nothing"])
