"""What the documentation names exists: files, tests, make targets, pages and their sections."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from pipeline.settings import Settings

ROOT = Path(__file__).parents[2]
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "client/README.md")),
    *sorted((ROOT / "docs").glob("*.md")),
]
ENDINGS = "py|lua|md|ya?ml|toml|json|txt|sh|acl|opml|csv|jsonl|svg"
FILE = re.compile(rf"[\w.-]+(/[\w.-]+)+\.({ENDINGS})")
FOLDER = re.compile(r"[a-z][\w-]*(/[\w-]+)+/?")

page_by_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())


def quoted(page: Path) -> list[str]:
    """What stands in backticks, outside of blocks; a line may end within."""
    paragraphs = re.sub(r"(?ms)^```.*?^```", "", page.read_text("utf-8")).split("\n\n")
    found = [each for paragraph in paragraphs for each in re.findall(r"`([^`]+)`", paragraph)]
    return [" ".join(each.split()) for each in found]


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"(?m)^#+ (.+)$", page.read_text("utf-8"))
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def definitions() -> set[str]:
    """Names of all test files, and of all test functions, helpers too."""
    files = [*ROOT.glob("tests/**/*.py")]
    texts = (path.read_text("utf-8") for path in files)
    return {path.name for path in files} | {name for text in texts for name in re.findall(r"def (test_\w+)", text)}


@page_by_page
def test_each_path_on_a_page_exists(page: Path) -> None:
    """A path from the root, or a file by the end of its path; folders of elsewhere are not ours to know."""
    tops = {path.name for path in ROOT.iterdir()}
    named = {each for each in quoted(page) if FILE.fullmatch(each) or FOLDER.fullmatch(each)}
    from_root = {each for each in named if each.split("/")[0] in tops}
    ends = {each for each in named - from_root if FILE.fullmatch(each)}
    assert {each for each in from_root if not (ROOT / each).exists()} == set()
    assert {each for each in ends if not [*ROOT.glob(f"[a-z]*/**/{each}")]} == set()


@page_by_page
def test_each_setting_on_a_page_exists(page: Path) -> None:
    for name in quoted(page):
        section, *rest = name.split(".")
        if rest and section in Settings.model_fields and re.fullmatch(r"[a-z_.]+", name):
            model: Any = Settings
            for part in (section, *rest):
                fields = getattr(model, "model_fields", {})
                assert part in fields, f"{name} does not exist"
                model = fields[part].annotation


@page_by_page
def test_each_module_on_a_page_exists(page: Path) -> None:
    for name in re.findall(r"\b(?:pipeline|consumers|producers|benchmarks)(?:\.\w+)+", " ".join(quoted(page))):
        parts = name.split(".")
        # The module itself, or the one that holds the name.
        assert exists("/".join(parts)) or exists("/".join(parts[:-1])), f"{name} does not exist"


def exists(module: str) -> bool:
    return (ROOT / module).is_dir() or (ROOT / f"{module}.py").is_file()


@page_by_page
def test_each_test_on_a_page_exists(page: Path) -> None:
    named = {each for each in quoted(page) if re.fullmatch(r"test_\w+(\.py)?", each)}
    assert named - definitions() == set()


@page_by_page
def test_each_make_target_on_a_page_exists(page: Path) -> None:
    targets = set(re.findall(r"(?m)^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8")))
    named = re.findall(r"(?m)^(?:    )?(?:\w+=\S+ )?make ([a-z-]+)|`make ([a-z-]+)", page.read_text("utf-8"))
    assert {either or other for either, other in named} - targets == set()


@page_by_page
def test_each_link_leads_to_a_file_and_a_section(page: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text("utf-8")):
        if link.startswith(("http:", "https:")):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{link} leads nowhere"
        assert not anchor or anchor in anchors(target), f"{link} leads to no section"


@page_by_page
def test_the_first_line_of_a_page_says_for_whom_it_is_and_what_it_answers(page: Path) -> None:
    first = page.read_text("utf-8").split("\n\n")[1]
    assert first.startswith("For ")
    assert "?" in first
