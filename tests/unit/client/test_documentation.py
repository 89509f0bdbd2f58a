"""The README shows the program that tests/integration/test_subscriber.py runs from docs/contract.md."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[3]


def programs(page: str) -> list[str]:
    """Python code on a page."""
    return [part.split("```")[0] for part in (ROOT / page).read_text(encoding="utf-8").split("```python\n")[1:]]


def test_the_readme_shows_the_ten_lines_of_the_contract() -> None:
    assert programs("README.md") == programs("docs/contract.md")[:1]
