"""Runs as a script: asks Linux to kill this process when its parent dies, makes all signals work again that the
parent's own parents had ignored or blocked, then becomes the real command.

    guard.py PARENT_PID COMMAND [ARGUMENT...]

A script of its own, because running Python between fork and exec (`preexec_fn`) is not safe in a program
with threads. Standard library only: it runs with `python -I -S` and must start fast.
"""

import contextlib
import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Arm the death signal, reset the others and exec."""
    parent, command = int(sys.argv[1]), sys.argv[2:]
    _reset_signals()
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before the signal was armed
        sys.exit(1)
    try:
        os.execvp(command[0], command)
    except OSError as error:
        sys.exit(f"can't run {command[0]}: {error}")


def _reset_signals() -> None:
    """A shell without job control starts what is in the background with SIGINT ignored; Python ignores SIGPIPE."""
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        with contextlib.suppress(OSError, ValueError):  # a few belong to the C library
            signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


if __name__ == "__main__":
    main()
