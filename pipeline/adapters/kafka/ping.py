"""Whether a broker answers."""

from __future__ import annotations

from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError, NodeNotReadyError

from pipeline.adapters.kafka.clients import make_admin
from pipeline.adapters.kafka.refusals import why
from pipeline.settings import KafkaSettings


class KafkaPing:
    """Asks for the cluster's brokers, over a connection of its own that it keeps."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._admin: KafkaAdminClient | None = None
        self._why = "not connected"

    def ask(self, timeout_s: float) -> None:
        """Return once a broker answered. Raises ConnectionError where none does."""
        milliseconds = int(timeout_s * 1000)
        try:
            if self._admin is None:
                self._admin = make_admin(
                    self._settings, bootstrap_timeout_ms=milliseconds, request_timeout_ms=milliseconds
                )
            self._admin.describe_cluster()
        except NodeNotReadyError as error:  # between two tries to connect: what the last one said still holds
            raise ConnectionError(self._why) from error
        except Exception as error:
            self._why = why(error)[0] if isinstance(error, KafkaError) else repr(error)
            raise ConnectionError(self._why) from error

    def close(self) -> None:
        """Let go of the broker."""
        if self._admin is not None:
            self._admin.close()
