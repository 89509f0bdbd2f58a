"""What `import groundswell` costs and gives."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Literal

import pytest

import groundswell

CLIENT = Path(__file__).parents[3] / "client"
PROJECT = tomllib.loads((CLIENT / "pyproject.toml").read_text("utf-8"))["project"]
OURS = ("pipeline", "consumers", "producers", "configs")
HEAVY = ("torch", "numpy", "sklearn", "sentence_transformers", "redis", "structlog", "orjson", "pydantic_settings")


def loaded_by(code: str) -> set[str]:
    """Top-level modules that a fresh interpreter has after it."""
    program = f"{code}; import sys; print(' '.join(each for each in sys.modules if '.' not in each))"
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    return set(told.stdout.split())


def test_the_package_alone_brings_neither_kafka_nor_the_models() -> None:
    assert not {"kafka", "pydantic", *OURS, *HEAVY} & loaded_by("import groundswell")


def test_the_subscriber_brings_nothing_of_the_pipeline() -> None:
    assert not {*OURS, *HEAVY} & loaded_by("from groundswell import Subscriber, AsyncSubscriber, StoryRecord")


@pytest.mark.parametrize("name", groundswell.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(groundswell, name) is not None
    assert name in dir(groundswell)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        groundswell.nonsense  # noqa: B018


def test_the_version_is_that_of_the_distribution() -> None:
    assert groundswell.__version__ == PROJECT["version"]


def test_at_most_four_dependencies_are_needed() -> None:
    assert len(PROJECT["dependencies"]) <= 4


@pytest.mark.parametrize("name", ["story", "article"])
def test_the_schemas_come_with_it(name: Literal["story", "article"]) -> None:
    committed = CLIENT / "groundswell" / "contract" / f"{name}.schema.json"
    assert groundswell.schema(name) == json.loads(committed.read_text("utf-8"))
