"""`python -m tests.browser.pictures [FOLDER]`: pictures of the board over the sample articles, for the docs."""

from __future__ import annotations

import socket
import sys
import threading
import time
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, sync_playwright

from consumers.board.app import create_app
from consumers.board.events import EventLog
from consumers.board.server import BoardServer
from consumers.board.view import StoryView
from tests.browser.conftest import CHROMIUM, FLAGS
from tests.browser.samples import sample_records

PAGES = {"front": "/", "story": "/stories/alaska-summit"}


def main(folder: Path) -> None:
    log = EventLog()
    view = StoryView(1_000, on_change=log.publish)
    for record in sample_records():
        view.apply(record)
    server = BoardServer(create_app(view, log), log)
    thread = threading.Thread(target=server.run, args=([socket.create_server(("127.0.0.1", 0))],), daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    address = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    with sync_playwright() as running:
        browser = running.chromium.launch(executable_path=str(CHROMIUM), args=list(FLAGS))
        for name, path in PAGES.items():
            take(browser, address + path, folder / f"board-{name}.png", 1280, 1100 if name == "story" else 900)
        take(browser, address + PAGES["story"], folder / "board-phone-dark.png", 390, 844, "dark")
        browser.close()
    server.should_exit = True
    thread.join()


def take(
    browser: Browser, address: str, file: Path, width: int, height: int, scheme: Literal["light", "dark"] = "light"
) -> None:
    page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
    page.goto(address)
    page.screenshot(path=str(file))
    if "--whole" in sys.argv:
        page.screenshot(path=str(file.with_stem(file.stem + "-whole")), full_page=True)
    page.close()


if __name__ == "__main__":
    named = [argument for argument in sys.argv[1:] if not argument.startswith("-")]
    main(Path(named[0] if named else "docs/images"))
