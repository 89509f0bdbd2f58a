"""The units without a running systemd: its own checker accepts them, and they run commands that exist."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.settings import Settings
from tests.unit.deployment.names import ROOT
from tests.unit.deployment.test_commands import resolves

UNITS = ROOT / "deploy" / "systemd"
SYSTEMS_OWN = Path("/lib/systemd/system")
HOME = "/opt/groundswell"
"""Where the units expect Groundswell."""
ROLES = {
    "clusterer": "consume", "publisher": "consume", "board": "consume", "webhooks": "consume",
    "router": "consume", "feeds": "produce", "http": "produce",
}  # fmt: skip
Check = Callable[..., "subprocess.CompletedProcess[str]"]
each_role = pytest.mark.parametrize("role", ROLES)


def unit(role: str) -> str:
    return (UNITS / f"groundswell-{role}@.service").read_text()


def value(text: str, key: str) -> str:
    (found,) = re.findall(rf"(?m)^{key}=(.*)$", text)
    return str(found)


@pytest.fixture
def check(tmp_path: Path) -> Check:
    """`systemd-analyze`, on a machine that has the units and what they run, and nothing else of ours."""
    program = shutil.which("systemd-analyze")
    if program is None or not SYSTEMS_OWN.is_dir():
        pytest.skip("no systemd-analyze (Debian package systemd)")
    etc = tmp_path / "etc" / "systemd" / "system"
    shutil.copytree(UNITS, etc)
    own = tmp_path / "lib" / "systemd" / "system"
    own.mkdir(parents=True)
    for pattern in ("*.target", "*.slice", "*.mount"):
        for path in SYSTEMS_OWN.glob(pattern):
            shutil.copy(path, own)
    for name in (".venv/bin/groundswell", "deploy/redis/backup.sh", "/bin/mkdir"):
        file = tmp_path / (name.lstrip("/") if name.startswith("/") else f"{HOME[1:]}/{name}")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("#!/bin/sh\n")
        file.chmod(0o755)

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [program, f"--root={tmp_path}", "--man=no", *arguments], capture_output=True, text=True, timeout=60
        )

    return run


def test_systemd_accepts_the_units(check: Check) -> None:
    units = [f"groundswell-{role}@1.service" for role in ROLES]
    done = check("verify", *units, "groundswell-backup.service", "groundswell-backup.timer")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_mistake_in_a_unit_would_be_noticed(check: Check, tmp_path: Path) -> None:
    (tmp_path / "etc" / "systemd" / "system" / "groundswell-board@.service").write_text(
        "[Service]\nExec=nothing\n"
    )
    assert check("verify", "groundswell-board@1.service").stderr


@each_role
def test_a_role_is_exposed_as_little_as_its_work_allows(role: str, check: Check) -> None:
    """By systemd's own measure: 0 is nothing, 10 everything."""
    done = check("security", "--offline=yes", "--threshold=20", f"groundswell-{role}@1.service")
    assert done.returncode == 0, done.stdout


@each_role
def test_a_unit_runs_the_command_of_its_role(role: str) -> None:
    program, *words = shlex.split(value(unit(role), "ExecStart"))
    assert program == f"{HOME}/.venv/bin/groundswell"
    assert words == [ROLES[role], role]
    assert resolves(words)


@each_role
def test_instances_of_a_role_have_ports_of_their_own_by_a_setting_that_exists(
    role: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings.model_construct()
    taken = {settings.metrics.clusterer_port, settings.metrics.publisher_port, settings.metrics.feeds_port}
    for line in re.findall(r"(?m)^Environment=(GROUNDSWELL_.*)$", unit(role)):
        name, _, text = line.partition("=")
        monkeypatch.setenv(name, text.replace("%i", "2"))
        if name.endswith("PORT"):
            assert int(text.replace("%i", "2")) not in taken, "a role that was started by hand may have it"
    Settings()  # refuses what is no setting


@each_role
def test_a_role_that_ended_is_started_again_and_has_time_to_give_back_what_it_holds(role: str) -> None:
    assert value(unit(role), "Restart") == "always"
    assert int(value(unit(role), "TimeoutStopSec")) >= 30
    hardening = (UNITS / "groundswell-.service.d" / "hardening.conf").read_text()
    assert value(hardening, "StartLimitIntervalSec") == "0"


def test_the_environment_files_hold_settings_that_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = re.findall(r"(?m)^#?(GROUNDSWELL_\w+)=(.*)$", (UNITS / "environment").read_text())
    assert len(lines) >= 5
    for name, text in lines:
        if name not in ("GROUNDSWELL_CONFIG", "GROUNDSWELL_CACHE"):
            monkeypatch.setenv(name, text.strip("'").replace(", ...", "") or "x" * 20)
    Settings()
    script = (ROOT / "deploy" / "redis" / "backup.sh").read_text()
    named = re.findall(r"(?m)^#?(\w+)=", (UNITS / "backup").read_text())
    assert {name for name in named if name not in script} == set()
