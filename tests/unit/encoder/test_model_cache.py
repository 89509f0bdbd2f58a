"""Folders of built models."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from pipeline.domain.encoder.model_cache import built_once


def write(folder: Path) -> None:
    (folder / "weights").write_text("all of them")


def test_a_model_is_built_once(tmp_path: Path) -> None:
    target = tmp_path / "models" / "one"
    assert built_once(target, write) == target
    assert built_once(target, lambda _: pytest.fail("built again")) == target
    assert [each.name for each in target.iterdir()] == ["weights"]


def test_a_build_that_fails_leaves_nothing(tmp_path: Path) -> None:
    def fail(folder: Path) -> None:
        write(folder)
        raise RuntimeError("killed")

    with pytest.raises(RuntimeError, match="killed"):
        built_once(tmp_path / "models" / "one", fail)
    assert list((tmp_path / "models").iterdir()) == []


def test_of_two_that_build_at_once_the_first_one_stays(tmp_path: Path) -> None:
    target = tmp_path / "models" / "one"

    def slow(folder: Path) -> None:
        built_once(target, write)
        (folder / "weights").write_text("late")

    built_once(target, slow)
    assert (target / "weights").read_text() == "all of them"
    assert list(target.parent.iterdir()) == [target]


def test_every_user_may_read_what_one_has_built(tmp_path: Path) -> None:
    def write_secretly(folder: Path) -> None:
        write(folder)
        (folder / "weights").chmod(0o600)

    built = built_once(tmp_path / "one", write_secretly)
    assert [stat.S_IMODE(each.stat().st_mode) for each in (built, built / "weights")] == [0o755, 0o644]
