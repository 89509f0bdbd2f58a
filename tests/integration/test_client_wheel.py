"""The client's wheel alone, in an empty environment, on a real broker: what a downstream service gets."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import SettingsFor
from tests.integration.test_subscriber import Desk, first_lines, open_desk
from tests.support.brokers import BrokerUnderTest
from tests.unit.client.helpers import merged, story

ROOT = Path(__file__).parents[2]
README = ROOT / "client" / "README.md"


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment that holds the wheel and what it needs, and nothing else. Returns its folder of programs."""
    folder = tmp_path_factory.mktemp("client")
    shutil.copytree(ROOT / "client", folder / "source", ignore=shutil.ignore_patterns("*.egg-info", "build"))
    _run(sys.executable, "-m", "pip", "wheel", "--no-deps", "-w", str(folder), str(folder / "source"))
    (wheel,) = folder.glob("groundswell-*.whl")
    venv.create(folder / "venv", with_pip=True)
    programs = folder / "venv" / "bin"
    lock = ROOT / "requirements" / "lock.txt"
    _run(str(programs / "python"), "-m", "pip", "install", "-c", str(lock), str(wheel))
    return programs


@pytest.fixture
def desk(embedded_broker: BrokerUnderTest, settings_for: SettingsFor) -> Iterator[Desk]:
    desk = open_desk(settings_for(embedded_broker).kafka)
    desk.publish([story("a", 1, title="A bridge is closed", source_count=5), merged("b", 2, "a")])
    yield desk
    desk.producer.close(timeout=2)


def test_the_ten_lines_of_the_readme_run_with_the_wheel_alone(
    environment: Path, desk: Desk, tmp_path: Path
) -> None:
    (program,) = re.findall(r"```python\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    assert len(program.strip().splitlines()) == 10
    here = program.replace('"127.0.0.1:9092"', f'"{desk.kafka.bootstrap_servers}", "{desk.topic}"')
    with _started(environment / "python", "-u", "-c", here, folder=tmp_path) as process:
        told = first_lines(process, 2, enough="A bridge is closed")
        process.kill()
    assert "A bridge is closed (2 articles, 5 sources)" in told
    assert "b is part of a now" in told


def test_the_command_prints_what_stands_on_the_topic(environment: Path, desk: Desk, tmp_path: Path) -> None:
    tail = str(environment / "groundswell-tail")
    command = [tail, desk.kafka.bootstrap_servers, "--topic", desk.topic, "--exit"]
    lines = _run(*command, folder=tmp_path).splitlines()
    assert len(lines) == 2
    assert any("A bridge is closed (2 articles, 5 sources" in line for line in lines)
    (record,) = _run(*command, "--json", "--min-sources", "5", folder=tmp_path).splitlines()
    assert json.loads(record)["story_id"] == "a"


def test_the_environment_holds_few_packages_and_none_of_ours(environment: Path, tmp_path: Path) -> None:
    listed = json.loads(_run(str(environment / "python"), "-m", "pip", "list", "--format=json", folder=tmp_path))
    names = {each["name"].lower() for each in listed} - {"pip", "setuptools"}
    assert "torch" not in names
    assert len(names) <= 12, names
    for each in ("pipeline", "consumers", "producers", "configs"):
        with pytest.raises(subprocess.CalledProcessError):
            _run(str(environment / "python"), "-c", f"import {each}", folder=tmp_path)


def _run(*command: str, folder: Path | None = None) -> str:
    options: dict[str, Any] = {"capture_output": True, "text": True, "check": True, "timeout": 240}
    told: str = subprocess.run(command, cwd=folder, env=_clean(), **options).stdout
    return told


def _started(program: Path, *arguments: str, folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [str(program), *arguments], cwd=folder, env=_clean(), stdout=subprocess.PIPE, text=True
    )


def _clean() -> dict[str, str]:
    """No path of ours leads into the environment."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
