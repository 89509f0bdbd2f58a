"""Structured logs on stderr: one event per line, JSON for machines, colours for a person at a terminal.

Use `structlog.get_logger(__name__)` and pass ids as keywords: `log.info("story opened", story_id=...)`.
What libraries log through the standard library goes through the same renderer. Start uvicorn with
`log_config=None`, else it brings handlers of its own.
"""

from __future__ import annotations

import logging
import sys
import threading
from types import TracebackType
from typing import TextIO

import structlog
from structlog.types import EventDict, Processor, WrappedLogger

from pipeline.runtime.folding import Folding

_NOISY = ("kafka", "httpx", "httpcore", "uvicorn.access", "sentence_transformers", "urllib3")
"""Libraries that log each request or reconnect at info; heard from warning on, or at our debug level."""

_SHARED: tuple[Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.ExtraAdder(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
)


def configure_logs(level: str, role: str, stream: TextIO | None = None) -> None:
    """Route all logs of this process to stderr (or `stream`) from `level` (debug|info|warning|error) on.

    Safe to call again: the last call wins.
    """
    stream = stream or sys.stderr
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_formatter(role, colours=stream.isatty()))
    if level != "debug":
        handler.addFilter(Folding())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
    for name in _NOISY:
        logging.getLogger(name).setLevel(logging.NOTSET if level == "debug" else logging.WARNING)
    logging.captureWarnings(True)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_SHARED,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    sys.excepthook = _log_uncaught
    threading.excepthook = _log_uncaught_in_thread


def _formatter(role: str, colours: bool) -> logging.Formatter:
    """The last step of every event. The role is added here: loggers keep the part before it for good."""

    def add_role(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        event.setdefault("role", role)
        return event

    strip = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    ending: list[Processor]
    if colours:
        ending = [strip, structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
    else:
        # Tracebacks as text: the structured ones show local variables, and so passwords.
        ending = [
            add_role,
            strip,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ]
    return structlog.stdlib.ProcessorFormatter(foreign_pre_chain=list(_SHARED), processors=ending)


def _log_uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """A crash is one event too; Ctrl-C is none."""
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    structlog.get_logger("groundswell").critical("uncaught exception", exc_info=(kind, error, trace))


def _log_uncaught_in_thread(args: threading.ExceptHookArgs) -> None:
    """The same for threads, which otherwise die with a bare traceback on stderr."""
    if args.exc_value is not None and not issubclass(args.exc_type, SystemExit):
        structlog.get_logger("groundswell").critical(
            "uncaught exception in a thread",
            thread=args.thread.name if args.thread else None,
            exc_info=(args.exc_type, args.exc_value, args.exc_traceback),
        )
