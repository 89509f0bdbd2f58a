"""Runs a module as a process of its own that need not import what all commands do: it is forked from one that has.

A command's imports take a second of processor time, its work mostly a few hundredths.
"""

from __future__ import annotations

import multiprocessing
import os
import runpy
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from subprocess import CompletedProcess, TimeoutExpired

IMPORTED = ("pipeline.runtime.cli.main",)
"""By the process that the others are forked from. Nothing in it starts a thread."""


def run_forked(
    module: str, arguments: Sequence[str], *, folder: Path, env: Mapping[str, str], timeout_s: float
) -> CompletedProcess[str]:
    """As `python -m module` with these arguments, in this folder and with exactly this environment.

    Bytes of its output that are no UTF-8 are kept as surrogates. Raises TimeoutExpired.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(IMPORTED))
    with tempfile.TemporaryDirectory() as told:
        out, err = Path(told) / "stdout", Path(told) / "stderr"
        child = context.Process(target=_child, args=(module, list(arguments), str(folder), dict(env), out, err))
        child.start()
        child.join(timeout_s)
        if child.exitcode is None:
            child.kill()
            child.join()
            raise TimeoutExpired(module, timeout_s, out.read_bytes(), err.read_bytes())
        texts = (each.read_text("utf-8", "surrogateescape") for each in (out, err))
        return CompletedProcess([module, *arguments], child.exitcode, *texts)


def _child(module: str, arguments: list[str], folder: str, env: dict[str, str], out: Path, err: Path) -> None:
    for path, stream in ((out, 1), (err, 2)):
        opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(opened, stream)
        os.close(opened)
    os.environ.clear()
    os.environ.update(env)
    os.chdir(folder)
    sys.argv = [module, *arguments]
    sys.modules.pop(module, None)  # imported, it would be run a second time, of which runpy warns
    runpy.run_module(module, run_name="__main__", alter_sys=True)
