"""The image without Docker: a linter, and agreement with the files that it copies."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from tests.unit.deployment.names import ROOT

DOCKERFILE = (ROOT / "Dockerfile").read_text()
INSTRUCTIONS = [line for line in DOCKERFILE.splitlines() if not line.startswith("#")]


def test_hadolint_finds_nothing_to_improve() -> None:
    hadolint = Path(sys.executable).parent / "hadolint"
    done = subprocess.run([hadolint, ROOT / "Dockerfile"], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_base_image_is_pinned_and_runs_the_python_of_the_project() -> None:
    bases = re.findall(r"(?m)^FROM python:(\d+\.\d+)\.\d+-slim-\w+", DOCKERFILE)
    assert len(bases) == len(re.findall(r"(?m)^FROM ", DOCKERFILE))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert {f">={base}" for base in bases} == {project["requires-python"]}


def test_everything_copied_exists_and_reaches_the_build() -> None:
    ignore = (ROOT / ".dockerignore").read_text().splitlines()
    let_in = {line.removeprefix("!") for line in ignore if line.startswith("!")}
    copied = re.findall(r"(?m)^COPY (?!--from)(\S+) \S+$", DOCKERFILE)
    assert set(copied) == let_in
    for name in copied:
        assert (ROOT / name).exists(), f"{name} does not exist"


def test_every_package_of_the_project_is_copied() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    patterns = project["tool"]["setuptools"]["packages"]["find"]["include"]
    assert {pattern.rstrip("*") for pattern in patterns} <= set(re.findall(r"(?m)^COPY (\w+) ", DOCKERFILE))


def test_torch_is_pinned_by_the_lock_file_in_the_form_that_the_build_reads() -> None:
    pinned = re.findall(r"(?m)^torch==[0-9.]*", (ROOT / "requirements" / "lock.txt").read_text())
    assert len(pinned) == 1


@pytest.mark.parametrize("wanted", ["USER 10001:10001", 'ENTRYPOINT ["groundswell"]'])
def test_the_image_runs_the_command_line_as_a_user_without_rights(wanted: str) -> None:
    last_stage = DOCKERFILE[DOCKERFILE.rindex("\nFROM "):]
    assert wanted in last_stage.splitlines()


def test_the_image_and_compose_ask_for_health_alike() -> None:
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    assert "HEALTHCHECK" in DOCKERFILE
    assert "HEALTH_URL" in services["clusterer"]["healthcheck"]["test"][-1]
    times = re.search(
        r"HEALTHCHECK --interval=(\S+) --timeout=(\S+) --retries=(\d+) --start-period=(\S+)", DOCKERFILE)
    assert times
    check = services["clusterer"]["healthcheck"]
    assert list(times.groups()) == [
        str(check[key]) for key in ("interval", "timeout", "retries", "start_period")]


def test_no_package_index_is_written_down() -> None:
    assert not [line for line in INSTRUCTIONS if "://" in line]
