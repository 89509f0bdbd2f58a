"""Folders of built models."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from pipeline.domain.encoder.model_cache import CacheError, built_once, is_whole


def write(folder: Path) -> None:
    (folder / "weights").write_text("all of them")


def test_a_model_is_built_once(tmp_path: Path) -> None:
    target = tmp_path / "models" / "one"
    assert built_once(target, write) == target
    assert built_once(target, lambda _: pytest.fail("built again")) == target
    assert (target / "weights").read_text() == "all of them"
    assert [each.name for each in target.parent.iterdir()] == ["one"]


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


def test_a_model_that_is_not_whole_any_more_is_built_again(tmp_path: Path) -> None:
    target = built_once(tmp_path / "one", write)
    (target / "weights").write_text("some of")
    assert not is_whole(target)
    built_once(target, write)
    assert (target / "weights").read_text() == "all of them"
    assert is_whole(target)
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("listed", [None, "", '{"weights": 1'])
def test_a_folder_of_which_nothing_says_what_belongs_there_is_not_whole(
    tmp_path: Path, listed: str | None
) -> None:
    write(tmp_path)
    if listed is not None:
        (tmp_path / "contents.json").write_text(listed)
    assert not is_whole(tmp_path)


def test_a_damaged_model_stays_until_there_is_a_whole_one(tmp_path: Path) -> None:
    target = built_once(tmp_path / "one", write)
    (target / "weights").write_text("some of")
    with pytest.raises(RuntimeError):
        built_once(target, refuse)
    assert (target / "weights").read_text() == "some of"


def refuse(_: Path) -> None:
    raise RuntimeError("refused")


def test_all_is_on_the_disk_before_the_folder_has_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target, on_disk, sync = tmp_path / "one", list[str](), os.fsync

    def note(file: int) -> None:
        if not target.exists():
            on_disk.append(Path(f"/proc/self/fd/{file}").readlink().name)
        sync(file)

    monkeypatch.setattr(os, "fsync", note)
    built_once(target, write)
    assert {"draft", "weights", "contents.json"} <= set(on_disk)


def test_a_place_that_takes_no_folder_is_told_with_the_setting_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for place in (tmp_path / "file", Path("/proc/nowhere")):
        with pytest.raises(CacheError, match=f"{place}.*GROUNDSWELL_CACHE"):
            built_once(place / "one", write)
