"""The base of errors that a user can mend."""

from __future__ import annotations


class MendableError(Exception):
    """The command line tells its message in plain words, without a traceback.

    So the message says what was seen, what was expected and what to do.
    """
