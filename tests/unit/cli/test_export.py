"""The stories of a day as a Parquet file, read back."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from groundswell.record import Status, StoryRecord
from pipeline.runtime.cli.command_errors import CommandError
from pipeline.runtime.cli.main import app
from pipeline.runtime.story_export import NoParquetError
from pipeline.testing.articles import START
from pipeline.testing.outlets import OUTLETS
from pipeline.testing.records import member, some_story, story

parquet = pytest.importorskip("pyarrow.parquet", reason="needs the extra `export`")
DAY = START.date()
FULL = Path("/dev/full")


def covered(story_id: str, days: int, **changes: Any) -> StoryRecord:
    at = START + timedelta(days=days)
    return story(
        story_id, [member(OUTLETS[0], f"{story_id} first", at), member(OUTLETS[7], "zwei", at)], **changes
    )


REVISION = 1_796_039_211_735
"""As publishers count: the time in milliseconds."""
SPORT = {"id": "medtop:15000000", "name": "sport", "confidence": 0.9}


class Topic:
    """In the place of a subscriber."""

    def __init__(self, *records: StoryRecord) -> None:
        self.records = records

    def __call__(self, *_: Any, follow: bool) -> Topic:
        assert not follow
        return self

    def __enter__(self) -> Any:
        return iter(self.records)

    def __exit__(self, *_: object) -> None:
        pass


def export(
    monkeypatch: pytest.MonkeyPatch, file: Path, *records: StoryRecord, day: str = DAY.isoformat()
) -> Result:
    import groundswell

    monkeypatch.setattr(groundswell, "Subscriber", Topic(*records), raising=False)
    return CliRunner().invoke(app, ["stories", "export", "--day", day, str(file)])


def exported(monkeypatch: pytest.MonkeyPatch, file: Path, *records: StoryRecord) -> list[dict[str, Any]]:
    done = export(monkeypatch, file, *records)
    assert done.exit_code == 0, done.output
    rows: list[dict[str, Any]] = parquet.read_table(file).to_pylist()
    assert f"{len(rows)} stories" in done.output
    return rows


def test_the_last_revision_of_each_story_covered_on_the_day_is_read_back(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    rows = exported(
        monkeypatch, tmp_path / "day.parquet",
        covered("before", -1), covered("after", 1), covered("old", 0), covered("gone", 0),
        covered("old", 0, revision=REVISION, title="As it stands", absorbed=["gone"], topics=[SPORT]),
        covered("moved", 0), covered("moved", 0, revision=5, status=Status.MERGED, merged_into="old"),
    )  # fmt: skip
    (row,) = rows
    assert (row["story_id"], row["revision"], row["title"]) == ("old", REVISION, "As it stands")
    assert dict(row["languages"]) == {"en": 1, OUTLETS[7].language: 1}
    assert row["first_published_at"] == START
    assert row["topics"] == ["medtop:15000000"]
    assert [each["domain"] for each in row["articles"]] == [
        each.outlet.domain for each in covered("old", 0).articles
    ]


def test_many_stories_are_written_in_parts_and_read_as_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from pipeline.runtime import story_export

    monkeypatch.setattr(story_export, "ROWS", 7)
    records = [some_story(number) for number in range(40)]
    kept = story_export.stories_of(DAY, records)
    assert 7 < len(kept) < 40
    rows = exported(monkeypatch, tmp_path / "day.parquet", *records)
    assert [row["story_id"] for row in rows] == [each.story_id for each in kept]
    assert [row["source_count"] for row in rows] == [each.source_count for each in kept]


def test_a_day_without_stories_is_a_table_without_rows(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert exported(monkeypatch, tmp_path / "none.parquet") == []


def test_a_file_that_cannot_be_written_is_said_in_plain_words(tmp_path: Path) -> None:
    from pipeline.runtime.story_export import write_parquet

    with pytest.raises(NoParquetError, match=r"nowhere.day\.parquet can't be written"):
        write_parquet([], tmp_path / "nowhere" / "day.parquet")


def test_what_fails_midway_leaves_the_file_of_before(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from pipeline.runtime import story_export

    file = tmp_path / "day.parquet"
    exported(monkeypatch, file, covered("kept", 0))
    monkeypatch.setattr(story_export, "_row", lambda record: {"revision": "none"})
    with pytest.raises(Exception, match="none"):
        story_export.write_parquet([covered("other", 0)], file)
    assert [row["story_id"] for row in parquet.read_table(file).to_pylist()] == ["kept"]
    assert list(tmp_path.iterdir()) == [file]


def test_without_the_library_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import sys

    from pipeline.runtime.story_export import write_parquet

    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(NoParquetError, match="export"):
        write_parquet([], tmp_path / "x")


def test_a_folder_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    done = export(monkeypatch, tmp_path / "nowhere" / "day.parquet", covered("a", 0))
    assert isinstance(done.exception, CommandError)
    assert "can't be written: there is no folder" in str(done.exception)


def test_a_full_disk_is_told_and_a_device_not_replaced(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    if not FULL.is_char_device():
        pytest.skip(f"{FULL} is not there")
    # Behind a link: an export that replaced it would replace the device.
    place = tmp_path / "day.parquet"
    place.symlink_to(FULL)
    done = export(monkeypatch, place, covered("a", 0))
    assert isinstance(done.exception, NoParquetError)
    assert "day.parquet can't be written: " in str(done.exception)
    assert "No space left" in str(done.exception)
    assert place.readlink() == FULL


def test_the_last_day_that_there_is_is_a_day(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    done = export(monkeypatch, tmp_path / "day.parquet", covered("a", 0), day="9999-12-31")
    assert "0 stories" in done.output


def test_the_day_is_one_of_utc() -> None:
    from pipeline.runtime.story_export import stories_of

    late = covered("late", 0)
    assert stories_of(date(2025, 1, 1), [late]) == []
    assert [each.story_id for each in stories_of(DAY, [late])] == ["late"]
