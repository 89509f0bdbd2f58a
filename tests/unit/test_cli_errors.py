"""What a person is told where a command can't run."""

from __future__ import annotations

import pytest

from pipeline.runtime.cli.command_errors import USAGE, explained


def test_a_command_of_another_extra_names_what_to_install(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended, explained():
        raise ModuleNotFoundError("No module named 'torch'", name="torch")
    told = capsys.readouterr().err
    assert ended.value.code == USAGE
    assert told.startswith("groundswell: torch is not installed")
    assert "[clusterer]" in told
