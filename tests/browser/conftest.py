"""A real Chromium against a real server."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from consumers.board.app import create_app
from consumers.board.events import EventLog
from consumers.board.server import BoardServer
from consumers.board.view import StoryView
from pipeline.settings import BoardImages, BoardSettings

AXE_VERSION = "4.10.3"
CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@dataclass
class LiveBoard:
    """A board that serves what is applied to its view."""

    view: StoryView
    log: EventLog
    address: str


@pytest.fixture
def live() -> Iterator[LiveBoard]:
    log = EventLog(gather_s=0.05)
    view = StoryView(1_000, on_change=log.publish)
    settings = BoardSettings(page_size=20, images=BoardImages.PROXY, allow_addresses=(ip_network("127.0.0.1/32"),))
    server = BoardServer(create_app(view, log, settings), log)
    thread = threading.Thread(target=server.run, args=([socket.create_server(("127.0.0.1", 0))],), daemon=True)
    thread.start()
    deadline = time.monotonic() + 10
    while not server.started:
        assert time.monotonic() < deadline, "the server did not start"
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield LiveBoard(view, log, f"http://127.0.0.1:{port}")
    server.should_exit = True
    thread.join(10)
    assert not thread.is_alive(), "open streams kept the server from stopping"


@pytest.fixture(scope="package")
def browser() -> Iterator[Any]:
    """One browser for the tests of this folder.

    Not for the session: while Playwright is up, an event loop runs in this thread and `asyncio.run` fails.
    """
    playwright = pytest.importorskip("playwright.sync_api", reason="browser tests need playwright")
    if not CHROMIUM.exists():
        pytest.skip(f"no Chromium at {CHROMIUM}; install it or set CHROMIUM")
    with playwright.sync_playwright() as running:
        chromium = running.chromium.launch(executable_path=str(CHROMIUM), args=list(FLAGS))
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(browser: Any, live: LiveBoard) -> Iterator[Callable[..., Any]]:
    """Opens a page of the board: `open_page("/", width=360, scheme="dark", script=False)`."""
    contexts = []
    complaints: list[str] = []

    def on_console(line: Any) -> None:
        if line.type in ("error", "warning"):
            complaints.append(line.text)

    def on_dialog(dialog: Any) -> None:
        complaints.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def open_it(
        path: str, width: int = 1280, scheme: str = "light", script: bool = True, language: str = "en"
    ) -> Any:
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=scheme,
            java_script_enabled=script,
            locale=language,
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", on_console)
        page.on("dialog", on_dialog)
        page.goto(live.address + path)
        if script:
            streams = live.log
            deadline = time.monotonic() + 5
            while not streams.reader_count and time.monotonic() < deadline:
                page.wait_for_timeout(20)
        return page

    yield open_it
    for context in contexts:
        context.close()
    assert complaints == [], "the browser complained (a script failed, or the policy was broken)"


def wait_for_text(page: Any, selector: str, text: str) -> None:
    """Wait until an element says this. (Playwright's wait_for_function needs what the policy forbids.)"""
    page.locator(selector, has_text=re.compile(f"^\\s*{re.escape(text)}\\s*$")).wait_for()


@pytest.fixture(scope="session")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The source of axe-core."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed, so axe-core can't be fetched")
    folder = tmp_path_factory.mktemp("axe")
    subprocess.run(
        [
            npm,
            "install",
            "--no-save",
            "--no-audit",
            "--no-fund",
            "--ignore-scripts",
            "--prefix",
            str(folder),
            f"axe-core@{AXE_VERSION}",
        ],
        check=True,
        capture_output=True,
        timeout=180,
    )
    return (folder / "node_modules/axe-core/axe.min.js").read_text()
