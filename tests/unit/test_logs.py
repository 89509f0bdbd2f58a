"""Logs in a process of their own: what stands on stderr is what an operator gets."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
import textwrap
from datetime import UTC, datetime
from typing import Any

PRELUDE = """
import logging, threading, warnings, structlog
from pipeline.runtime.logs import configure_logs
log = structlog.get_logger("test")
"""


def _run(code: str) -> tuple[int, list[dict[str, Any]]]:
    """Exit status and the events; fails where a line is not JSON."""
    done = subprocess.run(
        [sys.executable, "-c", PRELUDE + textwrap.dedent(code)], capture_output=True, text=True, timeout=60
    )
    assert done.stdout == "", "stdout belongs to results"
    return done.returncode, [json.loads(line) for line in done.stderr.splitlines()]


def test_an_event_is_one_json_line_with_its_ids_role_and_time_in_utc() -> None:
    _, events = _run("""
        configure_logs("info", "clusterer")
        log.info("story opened", story_id="s1", title="Überschwemmung\\nin zwei Zeilen")
    """)
    [event] = events
    assert datetime.fromisoformat(event.pop("timestamp")).tzinfo == UTC
    assert event == {
        "event": "story opened",
        "level": "info",
        "logger": "test",
        "role": "clusterer",
        "story_id": "s1",
        "title": "Überschwemmung\nin zwei Zeilen",
    }


def test_events_below_the_level_are_not_written() -> None:
    _, events = _run("""
        configure_logs("warning", "publisher")
        log.debug("no"); log.info("no"); log.warning("yes"); log.error("yes")
    """)
    assert [event["event"] for event in events] == ["yes", "yes"]


def test_libraries_speak_through_the_same_renderer_and_chatter_only_at_debug() -> None:
    code = """
        configure_logs("{level}", "clusterer")
        logging.getLogger("kafka.conn").info("connected to %s", "broker")
        logging.getLogger("kafka.conn").warning("lost %s", "broker", extra={{"node": 3}})
        logging.getLogger("uvicorn.error").info("started")
        warnings.warn("old call")
    """
    _, events = _run(code.format(level="info"))
    assert [event["event"] for event in events[:2]] == ["lost broker", "started"]
    assert events[0]["node"] == 3
    assert events[0]["role"] == "clusterer"
    assert "old call" in events[2]["event"]
    _, events = _run(code.format(level="debug"))
    assert events[0]["event"] == "connected to broker"


def test_handlers_that_uvicorn_brought_are_taken_off() -> None:
    _, events = _run("""
        logging.getLogger("uvicorn").addHandler(logging.StreamHandler())
        configure_logs("info", "board")
        logging.getLogger("uvicorn").info("once")
    """)
    assert [event["event"] for event in events] == ["once"]


def test_an_exception_is_one_event_and_shows_no_local_variables() -> None:
    _, [event] = _run("""
        configure_logs("info", "clusterer")
        def connect(password):
            raise ValueError("refused")
        try:
            connect("hunter" + str(2))
        except ValueError:
            log.exception("can't connect", partition=4)
    """)
    assert event["partition"] == 4
    assert "ValueError: refused" in event["exception"]
    assert "hunter2" not in json.dumps(event)


def test_an_uncaught_exception_is_logged_and_fails_the_process() -> None:
    status, [event] = _run("""
        configure_logs("info", "clusterer")
        raise RuntimeError("broken")
    """)
    assert status == 1
    assert event["level"] == "critical"
    assert "RuntimeError: broken" in event["exception"]


def test_an_uncaught_exception_in_a_thread_is_logged_with_its_name() -> None:
    _, [event] = _run("""
        configure_logs("info", "clusterer")
        thread = threading.Thread(target=lambda: 1 / 0, name="encoder")
        thread.start(); thread.join()
    """)
    assert event["thread"] == "encoder"
    assert "ZeroDivisionError" in event["exception"]


def test_ids_bound_to_the_context_stand_in_every_event() -> None:
    _, events = _run("""
        configure_logs("info", "clusterer")
        structlog.contextvars.bind_contextvars(batch=17)
        log.info("one"); logging.getLogger("library").warning("two")
    """)
    assert [event["batch"] for event in events] == [17, 17]


def test_configuring_again_replaces_and_does_not_double() -> None:
    _, events = _run("""
        configure_logs("info", "first"); log.info("a")
        configure_logs("info", "second"); log.info("b")
    """)
    assert [(event["event"], event["role"]) for event in events] == [("a", "first"), ("b", "second")]


def test_a_person_at_a_terminal_reads_plain_lines() -> None:
    ours, theirs = pty.openpty()
    code = PRELUDE + 'configure_logs("info", "board"); log.info("listening", port=8080)'
    subprocess.run([sys.executable, "-c", code], stderr=theirs, timeout=60, check=True)
    os.close(theirs)
    line = os.read(ours, 4096).decode()
    os.close(ours)
    assert "listening" in line
    assert not line.startswith("{")
