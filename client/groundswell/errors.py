"""What can go wrong and can be mended: the message says what was seen, what was expected and what to do."""

from __future__ import annotations


class GroundswellError(Exception):
    """Base of the errors of this package."""


class ConnectError(GroundswellError):
    """There is no broker at the address, it doesn't let us in, or the topic does not exist."""


class CommitError(GroundswellError):
    """The position was not taken; what is not committed will be delivered again."""


class CodecMissingError(GroundswellError):
    """A library is missing without which whole batches could not be read."""


class UnreadableLogError(GroundswellError):
    """The log is damaged so that nobody knows where to read on."""
