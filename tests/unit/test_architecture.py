"""The shape of the code: which way imports point, and how large files may grow."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("client/groundswell", "pipeline", "consumers", "producers")
MAX_LINES = 400
MAX_FUNCTION_LINES = 50


def modules(folder: str) -> Iterator[Path]:
    return (ROOT / folder).rglob("*.py")


def imports(module: Path) -> set[str]:
    """Names of all modules that this one imports, wherever in the file."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(module.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}:{node.lineno} imports by a relative name"
            # What is taken from a folder may be a module of it.
            found |= {node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def offenders(folder: str, forbidden: tuple[str, ...], except_in: str = "") -> list[str]:
    return [
        f"{module.relative_to(ROOT)} imports {name}"
        for module in modules(folder)
        if not except_in or except_in not in module.as_posix()
        for name in sorted(imports(module))
        if any(name == each or name.startswith(f"{each}.") for each in forbidden)
    ]


LAYERS: dict[str, tuple[str, ...]] = {
    "": (),
    "domain": ("",),
    "adapters": ("", "domain"),
    "quality": ("", "domain", "adapters"),
    "runtime": ("", "domain", "adapters", "quality"),
    "testing": ("", "domain", "adapters", "quality", "runtime"),
}
"""Each layer of `pipeline` and those it stands on; "" is what lies beside the layers."""


def layer(name: str) -> str:
    """The layer of a module of `pipeline`, by its dotted name."""
    parts = name.split(".")
    return parts[1] if len(parts) > 1 and parts[1] in LAYERS else ""


def dotted(module: Path) -> str:
    return ".".join(module.relative_to(ROOT).with_suffix("").parts)


def crossings() -> Iterator[tuple[str, str]]:
    """Each import of one module of `pipeline` by another, both dotted."""
    for module in modules("pipeline"):
        for name in imports(module):
            if name.split(".")[0] == "pipeline":
                yield dotted(module), name


def test_each_layer_of_the_library_imports_only_what_it_stands_on() -> None:
    wrong = [
        f"{importer} imports {imported}"
        for importer, imported in crossings()
        if layer(imported) not in (layer(importer), *LAYERS[layer(importer)])
    ]
    assert wrong == []


def test_every_folder_of_the_library_is_a_layer() -> None:
    folders = {path.name for path in (ROOT / "pipeline").iterdir() if path.is_dir() and list(path.glob("*.py"))}
    assert folders == set(LAYERS) - {""}


@pytest.mark.parametrize("folder", PACKAGES)
def test_nothing_that_ships_imports_tests_or_benchmarks(folder: str) -> None:
    assert offenders(folder, ("tests", "benchmarks")) == []


def test_no_folders_of_the_library_import_each_other_in_a_circle() -> None:
    folders = {dotted(module.parent) for module in modules("pipeline")}
    points = TopologicalSorter[str]()
    for importer, imported in crossings():
        here = importer.rpartition(".")[0]
        there = max((each for each in folders if f"{imported}.".startswith(f"{each}.")), key=len)
        if not (there == here or there.startswith(f"{here}.") or here.startswith(f"{there}.")):
            points.add(here, there)
    points.prepare()  # CycleError names the circle


def test_the_library_imports_no_role_except_in_the_command_line() -> None:
    assert offenders("pipeline", ("consumers", "producers"), except_in="/pipeline/runtime/cli/") == []


def test_the_client_imports_nothing_of_the_pipeline() -> None:
    assert offenders("client/groundswell", ("pipeline", "consumers", "producers", "configs")) == []


def test_what_decides_knows_nothing_of_kafka_or_redis() -> None:
    assert offenders("pipeline/domain", ("kafka", "redis", "groundswell.broker")) == []


def test_nothing_that_runs_imports_what_is_there_for_tests() -> None:
    wrong = [offenders(folder, ("pipeline.testing",), except_in="/pipeline/testing/") for folder in PACKAGES]
    assert wrong == [[] for _ in PACKAGES]


def test_benchmarks_import_no_tests_and_only_their_own_tests_import_benchmarks() -> None:
    assert offenders("benchmarks", ("tests",)) == []
    assert offenders("tests", ("benchmarks",), except_in="/tests/unit/benchmarks/") == []


def test_roles_do_not_import_each_other() -> None:
    consumers = [f"consumers.{name}" for name in ("clusterer", "publisher", "board", "webhooks", "router")]
    roles = {each.replace(".", "/"): ({*consumers} - {each}) | {"producers"} for each in consumers}
    roles["producers"] = {"consumers"}
    assert [each for folder, forbidden in roles.items() for each in offenders(folder, tuple(forbidden))] == []


@pytest.mark.parametrize("folder", PACKAGES)
def test_no_file_is_too_long_to_have_one_subject(folder: str) -> None:
    lengths = {
        str(module.relative_to(ROOT)): len(module.read_text("utf-8").splitlines()) for module in modules(folder)
    }
    assert {name: lines for name, lines in lengths.items() if lines > MAX_LINES} == {}


@pytest.mark.parametrize("folder", PACKAGES)
def test_every_function_fits_on_a_screen(folder: str) -> None:
    long = [
        f"{module.relative_to(ROOT)}:{node.lineno} {node.name}"
        for module in modules(folder)
        for node in ast.walk(ast.parse(module.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno >= MAX_FUNCTION_LINES
    ]
    assert long == []


DATE_PARSERS = {
    "strptime", "fromisoformat", "parsedate_to_datetime", "parsedate", "published_parsed", "updated_parsed",
}  # fmt: skip
DATE_LIBRARIES = ("dateparser", "dateutil", "email.utils")
OWN_DATES = {
    "pipeline/domain/records/dates.py": "the reader",
    "pipeline/adapters/store/members.py": "what we have written ourselves",
    "producers/feeds/headers.py": "headers of HTTP, which have one format",
}


def test_there_is_one_reader_of_dates() -> None:
    found = set()
    for folder in PACKAGES:
        for module in modules(folder):
            tree = ast.parse(module.read_text("utf-8"))
            names = {each.attr for each in ast.walk(tree) if isinstance(each, ast.Attribute)}
            names |= {each.id for each in ast.walk(tree) if isinstance(each, ast.Name)}
            libraries = {each for each in imports(module) if each.startswith(DATE_LIBRARIES)}
            if names & DATE_PARSERS or libraries:
                found.add(module.relative_to(ROOT).as_posix())
    assert found == set(OWN_DATES)
