"""What each role's extra brings is what the role imports: a publisher needs no PyTorch."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from pipeline.domain.encoder.quantised import NNCF_VERSION
from tests.unit.deployment.names import ROOT

OURS = ("groundswell", "pipeline", "consumers", "producers", "configs")
ROLES = {
    "": (
        "pipeline.runtime.cli.main",
        "producers.replay",
        "pipeline.adapters.kafka.topics",
        "pipeline.quality.contract",
        "pipeline.runtime.doctor.checks",
    ),
    "clusterer": (
        "consumers.clusterer.service",
        "consumers.router.service",
        "pipeline.domain.encoder.openvino_encoder",
        "pipeline.domain.encoder.torch_encoder",
        "pipeline.quality.evaluation",
    ),
    "publisher": (
        "consumers.publisher.service",
        "pipeline.adapters.store.stories",
        "pipeline.domain.encoder.openvino_encoder",
    ),
    "board": ("consumers.board.service",),
    "feeds": ("producers.feeds.run", "producers.feeds.status", "producers.feeds.inspection", "producers.backfill"),
    "http": ("producers.http.run",),
    "webhooks": ("consumers.webhooks.service",),
}
"""Extra (none: what every installation has) -> the modules that its commands load."""
COMES_WITH = {
    "kafka-python": ("lz4", "python-snappy", "zstandard"), "pydantic": ("pydantic-core", "typing-extensions"),
    "fastapi": ("starlette",), "jinja2": ("markupsafe",),
}  # fmt: skip
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
CLIENT = tomllib.loads((ROOT / "client" / "pyproject.toml").read_text("utf-8"))["project"]


def distribution(requirement: str) -> str:
    """`redis[hiredis]>=5` -> `redis`."""
    return re.split(r"[\[<>=!~; ]", requirement)[0].lower().replace("_", "-")


def declared(extra: str) -> set[str]:
    own = PROJECT["optional-dependencies"][extra] if extra else []
    return {distribution(each) for each in (*PROJECT["dependencies"], *CLIENT["dependencies"], *own)}


def brought(extra: str) -> set[str]:
    return declared(extra) | {each for name in declared(extra) for each in COMES_WITH.get(name, ())}


@cache
def imported(extra: str) -> frozenset[str]:
    """Distributions that the modules of a role name, in functions too."""
    return imported_by(ROLES[extra])


def imported_by(modules: tuple[str, ...]) -> frozenset[str]:
    """Distributions that these modules and those that they load name; a fresh interpreter loads them."""
    code = (
        f"import sys, importlib; [importlib.import_module(each) for each in {modules!r}];"
        "print('\\n'.join(each.__file__ for name, each in sys.modules.items() "
        f"if name.split('.')[0] in {OURS!r} and getattr(each, '__file__', None)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    owners = packages_distributions()
    found = {
        name
        for path in done.stdout.split()
        for name in named_in(Path(path))
        if name not in OURS and name not in sys.stdlib_module_names
    }
    return frozenset(each.lower().replace("_", "-") for name in found for each in owners[name][:1])


def named_in(module: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(module.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize("extra", ROLES)
def test_a_role_imports_only_what_its_extra_brings(extra: str) -> None:
    assert imported(extra) - brought(extra) == set()


@pytest.mark.parametrize("extra", [each for each in ROLES if each])
def test_an_extra_brings_nothing_that_its_role_does_not_import(extra: str) -> None:
    own = {distribution(each) for each in PROJECT["optional-dependencies"][extra]}
    assert own - imported(extra) == set()


@pytest.mark.parametrize("extra", [each for each in ROLES if each != "clusterer"])
def test_no_other_role_than_the_clusterer_needs_pytorch(extra: str) -> None:
    assert not {"torch", "transformers", "sentence-transformers", "scikit-learn"} & declared(extra)


def test_quantising_an_encoder_needs_one_package_beside_those_that_run_it() -> None:
    (needed,) = PROJECT["optional-dependencies"]["quantise"]
    assert needed == f"nncf=={NNCF_VERSION}"
    assert imported_by(("pipeline.domain.encoder.quantising",)) - brought("clusterer") == {"nncf"}


def test_search_by_meaning_needs_beside_the_board_what_its_extra_brings() -> None:
    own = {distribution(each) for each in PROJECT["optional-dependencies"]["meaning"]}
    named = imported_by(("pipeline.domain.search_meaning", "pipeline.domain.encoder.openvino_encoder"))
    assert named - brought("board") - {"faiss-cpu"} == own, "faiss is for a clusterer with many stories"


def test_a_clusterer_loads_no_pytorch_where_its_encoder_is_quantised() -> None:
    code = (
        "import sys, consumers.clusterer.service, pipeline.domain.encoder.openvino_encoder;"
        "print(sorted({'torch', 'transformers', 'nncf', 'openvino_telemetry.main'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_all_is_every_role() -> None:
    (every,) = PROJECT["optional-dependencies"]["all"]
    roles = {each.strip() for each in every.split("[")[1].rstrip("]").split(",")}
    assert roles == set(ROLES) - {""}
