"""The documents of the contract as files: `groundswell schema --out client/groundswell/contract` writes them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pipeline.quality.contract.asyncapi import asyncapi_document
from pipeline.quality.contract.schemas import article_schema, story_schema


def documents() -> dict[str, dict[str, Any]]:
    """File name -> document, made from the models and the defaults of the settings."""
    return {
        "article.schema.json": article_schema(),
        "asyncapi.json": asyncapi_document(),
        "story.schema.json": story_schema(),
    }


def rendered(document: dict[str, Any]) -> str:
    """The text of a file. Sorted, so that a change of the models shows as a small diff and nothing else does."""
    return json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def write_documents(folder: Path) -> list[Path]:
    """Write all documents; what is there under these names is replaced."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, document in documents().items():
        path = folder / name
        path.write_text(rendered(document), encoding="utf-8")
        paths.append(path)
    return paths
