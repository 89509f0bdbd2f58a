"""Processes that work for a part of the bench, and end with it."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import active_children, get_context
from typing import ParamSpec, TypeVar

from pipeline.quality.bench.bench_errors import BenchError

P = ParamSpec("P")
T = TypeVar("T")


@contextmanager
def worker_pool(jobs: int) -> Iterator[ProcessPoolExecutor]:
    """Fresh processes; where this one is interrupted they end at once, whatever they are at."""
    with ProcessPoolExecutor(jobs, get_context("spawn")) as pool:
        try:
            yield pool
        except BrokenProcessPool as error:
            raise BenchError(
                "a process of the bench was ended from outside, as it is where memory runs out: "
                "measure fewer stories, or with fewer --jobs"
            ) from error
        except BaseException:
            # Their pool would wait until they have done what they were given.
            for each in active_children():
                each.terminate()
            raise


def begin(pool: ProcessPoolExecutor, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
    """Give work to a pool. A Ctrl-C, which reaches all processes of a terminal, is left to this one.

    Blocked and not ignored meanwhile, so that none is lost here; what is blocked stays so in a new process.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        return pool.submit(work, *args, **kwargs)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
