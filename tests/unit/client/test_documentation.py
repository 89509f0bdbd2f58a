"""One program everywhere: docs/contract.md (from where test_subscriber.py runs it), the README, the demo."""

from __future__ import annotations

from pathlib import Path

from pipeline.runtime.cli.demo import DOCUMENTED_BROKER

ROOT = Path(__file__).parents[3]


def programs(page: str) -> list[str]:
    """Python code on a page."""
    return [part.split("```")[0] for part in (ROOT / page).read_text(encoding="utf-8").split("```python\n")[1:]]


def test_the_readme_shows_the_ten_lines_of_the_contract() -> None:
    assert programs("README.md") == programs("docs/contract.md")[:1]


def test_the_demo_prints_the_ten_lines_of_the_readme() -> None:
    assert programs("README.md")[:1] == [(ROOT / "configs/samples/subscriber.py").read_text(encoding="utf-8")]
    assert DOCUMENTED_BROKER in programs("README.md")[0]
