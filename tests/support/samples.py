"""Articles for tests: the shipped samples, and short invented ones."""

from __future__ import annotations

import json
from typing import Any

from pipeline.domain.records.parse import parse_article
from pipeline.shipped import shipped


def sample_lines() -> list[bytes]:
    """The lines of the shipped samples."""
    text = shipped("samples", "articles.jsonl").read_text("utf-8")
    return [line.encode() for line in text.splitlines() if line.strip()]


def article_ids(lines: list[bytes]) -> set[str]:
    """Ids of the articles on these lines."""
    return {parse_article(line).article_id for line in lines}


def article(number: int, source: str = "example.org", **fields: Any) -> bytes:
    """An invented article about the bridge of Oststadt; `fields` win."""
    values = {
        "url": f"https://{source}/oststadt-bridge/{number}",
        "title": f"Oststadt bridge closed after crack is found, report {number}",
        "text": "Engineers closed the old river bridge in Oststadt on Monday after they found a crack.",
        "published_at": f"2025-03-03T{number % 24:02}:00:00Z",
        "language": "en",
        **fields,
    }
    return json.dumps({name: value for name, value in values.items() if value is not None}).encode()
