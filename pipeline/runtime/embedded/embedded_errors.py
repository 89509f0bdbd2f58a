"""What can go wrong with the embedded services, one exception per cause."""

from pipeline.mendable import MendableError


class EmbeddedError(MendableError):
    """Base of everything that can go wrong with an embedded service."""


class ExtraMissing(EmbeddedError):  # noqa: N818 (names the state, as the message does)
    """The package that carries the binary is not installed, or has none for this platform."""


class BinaryMismatch(EmbeddedError):  # noqa: N818 (names the state, as the message does)
    """The binary is not one of those that this version of Groundswell was built against."""


class ServiceNotReady(EmbeddedError):  # noqa: N818 (names the state, as the message does)
    """The service ended or did not answer in time; the message carries the end of its log."""
