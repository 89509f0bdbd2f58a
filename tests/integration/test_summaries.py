"""Summaries by a language model: checked, cited, and never in the way of publishing."""

from __future__ import annotations

import contextlib
import http.server
import json
import threading
from collections.abc import Iterator

import pytest

from pipeline.domain.encoder.protocol import Encoder
from tests.conftest import SettingsFor
from tests.support.brokers import BrokerUnderTest
from tests.support.drive import run_through
from tests.support.samples import article, article_ids
from tests.support.world import open_world

FACTS = (
    "Engineers closed the river bridge in Oststadt on Monday.",
    "Inspectors found a crack in the northern pier of the bridge.",
    "Mayor Ilse Brandt ordered a detour through the harbour.",
)


@contextlib.contextmanager
def stub(answer: bytes, status: int = 200) -> Iterator[str]:
    """A local server that speaks like an OpenAI-compatible endpoint."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()


def completion(points: list[str]) -> bytes:
    content = {
        "summary": {"text": points[0], "article": 1},
        "key_points": [{"text": point, "article": 1} for point in points],
    }
    return json.dumps({"choices": [{"message": {"content": json.dumps(content)}}]}).encode()


@pytest.mark.parametrize(
    ("answer", "status", "expected"),
    [
        (completion(list(FACTS)), 200, "language-model"),
        (completion(["Eleven people drowned in Lisbon.", "Nothing holds.", "The king left."]), 200, "extractive"),
        (b"out of order", 500, "extractive"),
    ],
    ids=["points that stand in the article", "invented points", "an endpoint in trouble"],
)
def test_points_of_the_model_are_published_only_where_they_stand_in_the_articles(
    embedded_broker: BrokerUnderTest,
    settings_for: SettingsFor,
    encoder: Encoder,
    answer: bytes,
    status: int,
    expected: str,
) -> None:
    with stub(answer, status) as url:
        settings = settings_for(
            embedded_broker,
            publisher={"min_sources": 1, "interval_s": 0.0, "settle_s": 0.0},
            summariser={"url": url, "timeout_s": 3.0},
        )
        line = article(1, title="Oststadt bridge closed after crack is found", text=" ".join(FACTS))
        with open_world(settings) as world:
            world.send([line])
            run_through(settings, world, encoder, 1)
            (record,) = world.published()
    assert record["key_points_from"] == expected
    assert {point["article_id"] for point in record["key_points"]} <= article_ids([line])
