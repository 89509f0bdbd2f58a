"""Pictures of reports: rows of several come together, and what can't be drawn is told in one line."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from benchmarks.plot import main, read, yticks


def report(file: Path, part: str, *stories: int) -> Path:
    rows = [{"live_stories": each, "cpu_ms_per_article": each / 1_000} for each in stories]
    file.write_text(json.dumps({"part": part, "rows": rows}), "utf-8")
    return file


def test_rows_of_several_reports_come_into_one_picture(tmp_path: Path) -> None:
    small, large = report(tmp_path / "a", "index", 1_000, 10_000), report(tmp_path / "b", "index", 1_000_000)
    part, rows = read([small, large])
    assert part == "index"
    assert [row["live_stories"] for row in rows] == [1_000, 10_000, 1_000_000]


def test_a_report_of_another_part_is_told_in_one_line(tmp_path: Path) -> None:
    other, ours = report(tmp_path / "a", "latency", 1), report(tmp_path / "b", "index", 1)
    for files in ([other], [ours, other]):
        with pytest.raises(SystemExit, match=r"one part, peers or index; these are of .*latency"):
            read(files)


@pytest.mark.parametrize("text", ["", "no JSON", "[]", '{"part": "pipeline", "ratio": 0.9}'])
def test_what_is_no_report_is_told_with_its_name(text: str, tmp_path: Path) -> None:
    (tmp_path / "it").write_text(text, "utf-8")
    with pytest.raises(SystemExit, match="it "):
        read([tmp_path / "it"])


def test_a_missing_matplotlib_is_told_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(SystemExit, match=r"^matplotlib is not installed: .*--group bench") as ended:
        main([str(report(tmp_path / "a", "index", 1_000)), str(tmp_path / "out.png")])
    assert "\n" not in str(ended.value)
    assert not (tmp_path / "out.png").exists()


def test_the_marks_are_plain_numbers_around_the_values() -> None:
    assert yticks([0.69, 3.8]) == [0.5, 1.0, 2.0, 4.0]


def test_growth_is_drawn(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib is not installed: pip install --group bench")
    main([str(report(tmp_path / "a", "index", 1_000, 10_000)), str(tmp_path / "out.png")])
    assert (tmp_path / "out.png").stat().st_size > 1_000
