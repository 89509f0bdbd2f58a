from __future__ import annotations

from dataclasses import dataclass

import pytest
from fastapi.testclient import TestClient

from consumers.board.app import create_app
from consumers.board.events import EventLog
from consumers.board.view import StoryView
from pipeline.settings import BoardSettings


@dataclass
class Board:
    """A board without a broker: records go straight into the view."""

    view: StoryView
    log: EventLog
    client: TestClient


@pytest.fixture
def board() -> Board:
    log = EventLog(gather_s=0)
    view = StoryView(1_000, on_change=log.publish)
    client = TestClient(create_app(view, log, BoardSettings(page_size=10)), follow_redirects=False)
    return Board(view, log, client)
