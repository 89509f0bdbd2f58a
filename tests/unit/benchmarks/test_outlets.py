"""The table of outlets is built from ratings: the same bytes each time, and nothing in it that is doubtful."""

from __future__ import annotations

import csv
import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.outlets import build
from pipeline.domain.outlets import read_table

Rows = dict[tuple[str, str], dict[str, str]]


def _mbfc(
    bias: str,
    reporting: str | None = "high",
    name: str = "",
    traffic: str = "high-traffic",
) -> dict[str, Any]:
    return {"mbfc2026": {"name": name, "bias": bias, "reporting": reporting, "traffic": traffic}}


RECORDS: list[dict[str, Any]] = [
    {
        "domain": "zeta.com",
        **_mbfc("left-center", name="Zeta\\Z &amp; Co"),
        "baly_acl2020": {"bias": "right", "factual": "low"},
    },
    {
        "domain": "alpha.com",
        **_mbfc("fake-news", "very-low"),
        "idiap2024": {"bias": "neutral", "factual": "mixed"},
        "idiap2024_raw": {"country": "canada (14/180 press freedom)"},
    },
    {"domain": "alpha.com/local", **_mbfc("left")},
    {"domain": "portal.com/section", **_mbfc("left")},
    {"domain": "abcnews.go.com", "kite": {"organization": "Late News", "country": "United States"}},
    {"domain": "go.com", "idiap2024": {"bias": "left-center", "factual": "high"}},
    {"domain": "village.com", **_mbfc("center", traffic="minimal-traffic")},
    {"domain": "owned.com", **_mbfc("Right", None, traffic="minimal-traffic")},
    {"domain": "house-a.com", "kite": {"organization": "House", "country": "Global"}},
    {"domain": "house-b.com", "kite": {"organization": "House", "country": "France"}},
]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "ratings.jsonl.gz"
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(record) + "\n" for record in RECORDS)
    return path


@pytest.fixture
def owners(tmp_path: Path) -> Path:
    path = tmp_path / "owners.csv"
    path.write_text("domain,owner\nowned.com,A House\nonly-owned.com,A House\n", encoding="utf-8")
    return path


@pytest.fixture
def built(source: Path, owners: Path, tmp_path: Path) -> Path:
    path = tmp_path / "outlets.csv"
    build.write(build.build(source, owners), path)
    return path


@pytest.fixture
def rows(built: Path) -> Rows:
    with built.open(encoding="utf-8", newline="") as file:
        return {(row["domain"], row["rater"]): row for row in csv.DictReader(file)}


def test_the_same_ratings_in_any_order_build_the_same_bytes(
    built: Path,
    source: Path,
    owners: Path,
    tmp_path: Path,
) -> None:
    with gzip.open(source, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(record) + "\n" for record in reversed(RECORDS))
    again = tmp_path / "again.csv"
    build.write(build.build(source, owners), again)
    assert again.read_bytes() == built.read_bytes()


def test_the_command_builds_the_table(
    built: Path,
    source: Path,
    owners: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "command.csv"
    monkeypatch.setattr("sys.argv", ["build", str(source), "--owners", str(owners), "--out", str(out)])
    build.main()
    assert out.read_bytes() == built.read_bytes()
    # abcnews.com is among them: it is the same outlet as go.com.
    assert capsys.readouterr().out == "11 rows, 9 domains\n"


def test_what_is_built_can_be_read(built: Path, source: Path, owners: Path) -> None:
    assert read_table(built) == build.build(source, owners)


def test_raters_come_onto_one_scale_and_names_onto_one_line(rows: Rows) -> None:
    assert rows["zeta.com", "mbfc2026"] == {
        "domain": "zeta.com",
        "name": "Zeta/Z & Co",
        "rater": "mbfc2026",
        "bias": "lean-left",
        "factuality": "high",
        "country": "",
        "owner": "",
    }
    assert rows["zeta.com", "baly2020"]["bias"] == "right"
    assert rows["alpha.com", "idiap2024"]["bias"] == "center"
    assert rows["owned.com", "mbfc2026"]["bias"] == "right"


def test_a_class_that_is_no_side_gives_no_bias(rows: Rows) -> None:
    row = rows["alpha.com", "mbfc2026"]
    assert (row["bias"], row["factuality"], row["country"]) == ("", "very-low", "CA")


def test_a_section_does_not_rate_its_site_unless_it_is_the_news_of_it(rows: Rows) -> None:
    assert "portal.com" not in {domain for domain, _ in rows}
    row = rows["go.com", "idiap2024"]
    assert (row["name"], row["bias"], row["country"]) == ("ABC News", "lean-left", "US")


def test_outlets_that_few_read_are_in_too(rows: Rows) -> None:
    assert rows["village.com", "mbfc2026"]["bias"] == "center"


def test_outlets_have_their_owner_whether_they_are_rated_or_not(rows: Rows) -> None:
    assert rows["owned.com", "mbfc2026"]["owner"] == rows["only-owned.com", "owners"]["owner"] == "A House"


def test_a_publishing_house_is_not_taken_for_the_name_of_an_outlet(rows: Rows) -> None:
    row = rows["house-b.com", "kite"]
    assert (row["name"], row["country"]) == ("", "FR")
    assert rows["house-a.com", "kite"]["country"] == ""


@pytest.mark.parametrize("line", ["owned.com,Another House", "www.other.com,A House", "other.com,"])
def test_a_bad_owner_stops_the_build(source: Path, owners: Path, line: str) -> None:
    with owners.open("a", encoding="utf-8") as file:
        file.write(line + "\n")
    with pytest.raises(ValueError, match=r"owners\.csv: '.*' stands twice, is not registrable"):
        build.build(source, owners)
