"""The image without Docker: a linter, and agreement with the files that it copies."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from tests.unit.deployment.names import ROOT

DOCKERFILE = (ROOT / "Dockerfile").read_text()
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
SERVICES = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
INSTRUCTIONS = [line for line in DOCKERFILE.splitlines() if not line.startswith("#")]


def test_hadolint_finds_nothing_to_improve() -> None:
    hadolint = Path(sys.executable).parent / "hadolint"
    done = subprocess.run([hadolint, ROOT / "Dockerfile"], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_base_image_is_pinned_and_runs_the_python_of_the_project() -> None:
    bases = re.findall(r"(?m)^FROM python:(\d+\.\d+)\.\d+-slim-\w+", DOCKERFILE)
    assert len(bases) == len(re.findall(r"(?m)^FROM \S+:", DOCKERFILE))
    project = PYPROJECT["project"]
    assert {f">={base}" for base in bases} == {project["requires-python"]}


def test_nothing_but_what_the_images_need_reaches_the_build() -> None:
    ignore = (ROOT / ".dockerignore").read_text().splitlines()
    let_in = {line.removeprefix("!") for line in ignore if line.startswith("!")}
    assert "*" in ignore
    copied = {name for line in re.findall(r"(?m)^COPY (?!--from)(.+) \S+$", DOCKERFILE) for name in line.split()}
    built = {"setup.py", "pipeline", "consumers", "producers", "configs"}
    assert let_in == (copied - {"."}) | built
    for name in let_in:
        assert (ROOT / name).exists(), f"{name} does not exist"


def test_there_is_a_target_for_each_extra_and_one_for_all() -> None:
    extras = set(PYPROJECT["project"]["optional-dependencies"]) - {"embedded", "export", "quantise", "meaning"}
    assert extras == set(re.findall(r"(?m)^FROM runtime AS (\w+)$", DOCKERFILE))
    assert INSTRUCTIONS[-3].endswith("AS all"), "what is built without a target"
    for extra in extras - {"all"}:
        assert re.search(rf"(?m)needs\.py [a-z ]*\b{extra}\b", DOCKERFILE), extra


def test_only_what_runs_the_encoder_holds_pytorch() -> None:
    parents = {name: parent for parent, name in re.findall(r"(?m)^FROM (\S+) AS (\S+)$", DOCKERFILE)}

    def holds(stage: str) -> bool:
        return stage == "build-encoder" or (stage in parents and holds(parents[stage]))

    assert {stage for stage in parents if holds(stage)} == {
        "build-encoder", "build-model", "build-clusterer", "build-all",
    }  # fmt: skip


def test_what_quantises_the_encoder_reaches_no_image_but_its_result_does() -> None:
    stages = dict(re.findall(r"(?ms)^FROM \S+ AS (\S+)\n(.*?)(?=^FROM |\Z)", DOCKERFILE))
    assert [name for name, text in stages.items() if "needs.py quantise" in text] == ["build-model"]
    takers = {name for name, text in stages.items() if "COPY --from=build-model /opt/groundswell" in text}
    assert takers == {"clusterer", "all"}
    lean = {name for name, text in stages.items() if "COPY --from=build-model /opt/int8 /opt/groundswell" in text}
    assert lean == {"publisher"}, "the int8 form without the full weights"
    assert "--from=build-model /opt/venv" not in DOCKERFILE


@pytest.mark.parametrize("name", [name for name in SERVICES if "build" in SERVICES[name]])
def test_compose_builds_each_role_from_its_target(name: str) -> None:
    target = SERVICES[name]["build"]["target"]
    assert f"FROM runtime AS {target}" in INSTRUCTIONS
    assert SERVICES[name]["image"].startswith(f"groundswell-{target}:")
    assert target == {"topics": "publisher", "router": "clusterer"}.get(name, name)


def test_torch_is_pinned_by_the_lock_file_in_the_form_that_the_build_reads() -> None:
    pinned = re.findall(r"(?m)^torch==[0-9.]*", (ROOT / "requirements" / "lock.txt").read_text())
    assert len(pinned) == 1


@pytest.mark.parametrize("wanted", ["USER 10001:10001", 'ENTRYPOINT ["groundswell"]'])
def test_the_image_runs_the_command_line_as_a_user_without_rights(wanted: str) -> None:
    runtime = DOCKERFILE[DOCKERFILE.index(" AS runtime\n") :]
    assert wanted in runtime.splitlines()
    assert len(re.findall("(?m)^USER ", runtime)) == 1


def test_the_image_and_compose_ask_for_health_alike() -> None:
    assert "HEALTHCHECK" in DOCKERFILE
    assert "HEALTH_URL" in SERVICES["clusterer"]["healthcheck"]["test"][-1]
    times = re.search(
        r"HEALTHCHECK --interval=(\S+) --timeout=(\S+) --retries=(\d+) --start-period=(\S+)", DOCKERFILE
    )
    assert times
    check = SERVICES["clusterer"]["healthcheck"]
    assert list(times.groups()) == [str(check[key]) for key in ("interval", "timeout", "retries", "start_period")]


def test_no_package_index_is_written_down() -> None:
    assert not [line for line in INSTRUCTIONS if "://" in line]
