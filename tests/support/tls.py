"""A key and a certificate for 127.0.0.1 that is its own authority, made anew for each run."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True)
class Certificate:
    """Two PEM files; a client that trusts `certificate` trusts the server that has both."""

    certificate: Path
    key: Path


def make_certificate(folder: Path) -> Certificate:
    """Skips the test where there is no openssl."""
    openssl = shutil.which("openssl") or pytest.skip("no openssl to make a certificate with")
    made = Certificate(folder / "certificate.pem", folder / "key.pem")
    subprocess.run(
        [
            openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
            "-keyout", str(made.key), "-out", str(made.certificate),
        ],
        check=True, capture_output=True,
    )  # fmt: skip
    return made
