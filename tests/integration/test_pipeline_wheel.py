"""The backend's wheel holds all that its code reads, under no other names than its own."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDERS = {
    "pipeline": "pipeline",
    "consumers": "consumers",
    "producers": "producers",
    "configs": "pipeline/configs",
}
"""In a checkout, and in the wheel."""
LEFT_BEHIND = shutil.ignore_patterns("__pycache__", "*.pyc")


def test_the_wheel_holds_every_file_of_the_backend_and_nothing_under_another_name(tmp_path: Path) -> None:
    source = tmp_path / "source"
    for folder in FOLDERS:
        shutil.copytree(ROOT / folder, source / folder, ignore=LEFT_BEHIND)
    for name in ("setup.py", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source / name)
    expected = {
        f"{there}/{path.relative_to(source / here)}"
        for here, there in FOLDERS.items()
        for path in (source / here).rglob("*")
        if path.is_file()
    }
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "-w", str(tmp_path), str(source)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    held = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert held == expected
