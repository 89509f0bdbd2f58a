"""Runs as a script: asks Linux to kill this process when its parent dies, then becomes the real command.

    guard.py PARENT_PID COMMAND [ARGUMENT...]

A script of its own, because running Python between fork and exec (`preexec_fn`) is not safe in a program
with threads. Standard library only: it runs with `python -I -S` and must start fast.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Arm the death signal and exec."""
    parent, command = int(sys.argv[1]), sys.argv[2:]
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before the signal was armed
        sys.exit(1)
    try:
        os.execvp(command[0], command)
    except OSError as error:
        sys.exit(f"can't run {command[0]}: {error}")


if __name__ == "__main__":
    main()
