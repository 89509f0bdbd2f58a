"""Each command of docs/deployment.md: run where it can be run here, else held to what it names."""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Callable

import pytest
import yaml

from tests.unit.deployment.names import ROOT
from tests.unit.deployment.test_commands import resolves
from tests.unit.deployment.test_compose import FILE, SERVICES
from tests.unit.deployment.test_helm import CHART, helm, of_kind

PAGE = (ROOT / "docs" / "deployment.md").read_text("utf-8")
UNITS = ROOT / "deploy" / "systemd"
PLAIN = {"cd", "useradd", "set", "journalctl"}
"""Of the system, naming nothing of ours."""


def blocks() -> list[str]:
    """Lines of the indented blocks, but for those of a file that is shown."""
    found = re.findall(r"(?m)(?:^    .*\n?)+", PAGE)
    return [line.strip() for block in found if not block.startswith("    #") for line in block.splitlines()]


def quoted() -> list[str]:
    """Commands in the text and in tables: those that begin with a program of the blocks."""
    programs = r"docker|helm|kubectl|systemctl|groundswell|journalctl|deploy/redis/\S+"
    spans = [" ".join(each.split()) for each in re.findall(r"`([^`]+)`", PAGE)]
    return [each for each in spans if re.match(rf"(?:\w+=\S+ )*(?:{programs}) ", each)]


COMMANDS = sorted({*blocks(), *quoted()})


def without_variables(line: str) -> list[str]:
    words = shlex.split(line)
    while re.match(r"[A-Z_]+=", words[0]):
        words.pop(0)
    return words


def groundswell(words: list[str]) -> None:
    named = [word for word in words[1:] if not word.startswith("-") and word.islower()]
    assert resolves(named), f"groundswell {' '.join(named)} is no command"


def docker(words: list[str]) -> None:
    if words[1] == "build":
        assert f"FROM runtime AS {words[words.index('--target') + 1]}\n" in (ROOT / "Dockerfile").read_text()
        return
    rest = words[2:]
    if rest[:1] == ["--profile"]:
        assert any(rest[1] in service.get("profiles", ()) for service in SERVICES.values())
        rest = rest[2:]
    verb, *rest = rest
    assert verb in ("up", "down", "stop", "exec", "run")
    scaled = [rest[at + 1].partition("=")[0] for at, word in enumerate(rest) if word == "--scale"]
    plain = [word for word in rest if not word.startswith("-") and "=" not in word]
    services = plain[:1] if verb in ("exec", "run") else plain
    assert {*scaled, *services} <= set(SERVICES)
    if verb in ("exec", "run") and services != ["restore"] and plain[1] != "ls":
        groundswell(["groundswell", *plain[1:]] if plain[1] != "groundswell" else plain[1:])


@pytest.fixture(scope="module")
def values(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The file that the page shows."""
    (shown,) = re.findall(r"(?m)^    # values.yaml\n((?:    .*\n)+)", PAGE)
    file = tmp_path_factory.mktemp("values") / "values.yaml"
    file.write_text(re.sub(r"(?m)^    ", "", shown))
    assert yaml.safe_load(file.read_text())["image"]
    return str(file)


def rendered_by_helm(words: list[str], values: str) -> None:
    verb, release, *rest = words[1:]
    assert release == "news"
    if verb == "rollback":
        return
    assert verb in ("install", "upgrade")
    assert rest[0] == CHART.relative_to(ROOT).as_posix()
    options = [values if word == "values.yaml" else word for word in rest[1:]]
    done = helm("template", release, rest[0], *options)
    assert done.returncode == 0, done.stderr


def kubectl(words: list[str]) -> None:
    for kind, name in (word.split("/") for word in words if re.match(r"(deploy|job)/", word)):
        assert name in of_kind({"deploy": "Deployment", "job": "Job"}[kind])
    if "--" in words:
        groundswell(words[words.index("--") + 1 :])
    if words[1:3] == ["create", "secret"]:
        assert words[4] == yaml.safe_load((CHART / "values.yaml").read_text())["existingSecret"]


def systemctl(words: list[str]) -> None:
    for name in (word for word in words if word.startswith("groundswell-")):
        file = re.sub(r"@.*", "@.service", name)
        assert (UNITS / file).is_file(), name


def paths(words: list[str]) -> None:
    for word in words[1:]:
        if re.match(r"(deploy|configs|requirements)/", word):
            assert list(ROOT.glob(word)), f"{word} is not there"


def pip(words: list[str]) -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    for named in re.findall(r"\[([\w,]+)\]", " ".join(words)):
        assert set(named.split(",")) <= set(extras)
    paths(words)


def python(words: list[str]) -> None:
    module = words[words.index("-m") + 1]
    assert module == "venv" or (ROOT / module.replace(".", "/")).exists()


HANDLERS: dict[str, Callable[[list[str]], None]] = {
    "docker": docker, "kubectl": kubectl, "systemctl": systemctl, "groundswell": groundswell,
    ".venv/bin/groundswell": groundswell, ".venv/bin/pip": pip, ".venv/bin/python": python, "python3": python,
    "install": paths, "cp": paths, "deploy/redis/backup.sh": paths, "deploy/redis/restore.sh": paths,
    "chown": paths,
}  # fmt: skip


@pytest.mark.parametrize("line", COMMANDS)
def test_a_command_of_the_guide_works(line: str, values: str) -> None:
    words = without_variables(line)
    if words[0] == "helm":
        rendered_by_helm(words, values)
    elif words[0] not in PLAIN:
        assert words[0] in HANDLERS, "nobody checks such a command"
        HANDLERS[words[0]](words)


def test_the_guide_names_commands_of_each_way() -> None:
    assert len(COMMANDS) > 40
    assert {"docker", "helm", "kubectl", "systemctl"} <= {without_variables(line)[0] for line in COMMANDS}


@pytest.mark.parametrize("line", ["docker compose stop clusterers", "systemctl start groundswell-clusterers@1"])
def test_a_command_that_names_nothing_would_be_noticed(line: str) -> None:
    with pytest.raises(AssertionError):
        HANDLERS[line.split()[0]](line.split())


@pytest.mark.parametrize("setting", re.findall(r"`--set (\S+)`", PAGE))
def test_a_value_of_the_chart_that_the_guide_sets_changes_what_is_rendered(setting: str) -> None:
    before, after = (helm("template", "news", str(CHART), *options).stdout for options in ((), ("--set", setting)))
    assert before != after


def test_variables_of_compose_that_the_guide_names_are_read() -> None:
    text = FILE.read_text()
    named = set(re.findall(r"`((?:ALERT|BACKUP|BIND|LOG|TORCH)_?[A-Z_]*)[`=]", PAGE)) - {"BACKUP_FOLDER"}
    assert len(named) >= 12
    assert {name for name in named if f"${{{name}" not in text} == set()
    assert {name for name in re.findall(r"\$\{(ALERT_\w+)", text) if name not in named} == set()
