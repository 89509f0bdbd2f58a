"""The JSON Schemas of the records, for readers that don't use the models."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any, Literal


def schema(name: Literal["story", "article"]) -> dict[str, Any]:
    """The schema (draft 2020-12) of the values on the topic `stories` or `articles`."""
    text = (files("groundswell") / "contract" / f"{name}.schema.json").read_text("utf-8")
    found: dict[str, Any] = json.loads(text)
    return found
