"""The HTTP producer: takes pushed articles and answers once Kafka has them."""

from producers.http.app import create_app
from producers.http.auth import MissingTokenError
from producers.http.run import run_http

__all__ = ["MissingTokenError", "create_app", "run_http"]
