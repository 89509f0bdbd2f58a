"""Runs commands as an operator types them."""

from __future__ import annotations

import subprocess

from pipeline.settings import Settings
from tests.support.forked import run_forked
from tests.support.roles import ROOT
from tests.support.settings import settings_env


def groundswell(*arguments: str, settings: Settings | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command; stdout and stderr as text, in which bytes that are no UTF-8 are kept as surrogates."""
    return run("pipeline.runtime.cli.main", *arguments, settings=settings)


def run(module: str, *arguments: str, settings: Settings | None = None) -> subprocess.CompletedProcess[str]:
    """Run a module in a process of its own, with exactly these settings."""
    return run_forked(module, arguments, folder=ROOT, env=settings_env(settings or Settings()), timeout_s=200)
