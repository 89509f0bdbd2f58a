"""The backfill killed hard in the middle of an archive: the next one goes on where it stopped."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from pipeline.domain.records.parse import parse_article
from pipeline.runtime.embedded import ManagedProcess
from producers.backfill.run import BATCH_RECORDS
from tests.conftest import SettingsFor
from tests.support.brokers import BrokerUnderTest
from tests.support.roles import ROOT
from tests.support.settings import settings_env
from tests.support.waiting import eventually
from tests.support.world import World, open_world
from tests.unit.producers.archives import address, in_parts, response, warc
from tests.unit.producers.feed_server import Reply, Request, feed_server

TOWNS = [f"Town{number}" for number in range(240)]


def addresses(world: World) -> Counter[str | None]:
    """How often each article is on the topic."""
    return Counter(parse_article(each.value).url for each in world.read(world.settings.kafka.topics.articles))


def test_a_kill_in_the_middle_of_an_archive_misses_nothing_and_repeats_one_batch_at_most(
    embedded_broker: BrokerUnderTest, settings_for: SettingsFor, tmp_path: Path
) -> None:
    body = warc([response(town) for town in TOWNS])
    opened = threading.Event()

    def held(request: Request) -> Reply:
        def chunks() -> Iterator[bytes]:
            yield body[: len(body) * 3 // 4]
            opened.wait(60)

        return (
            in_parts(body)(request)
            if opened.is_set()
            else Reply(headers={"Content-Length": str(len(body))}, chunks=chunks)
        )

    with contextlib.ExitStack() as stack:
        server = stack.enter_context(feed_server())
        server.replies["/news.warc.gz"] = held
        world = stack.enter_context(open_world(settings_for(embedded_broker)))
        command = [sys.executable, "-m", "pipeline.runtime.cli.main", "produce", "backfill"]
        command += [f"{server.url}/news.warc.gz", "--progress", str(tmp_path / "notes")]
        process = stack.enter_context(
            ManagedProcess("backfill", command, log=tmp_path / "log", env=settings_env(world.settings), cwd=ROOT)
        )
        eventually(lambda: any((tmp_path / "notes").glob("*.json")), what="a first note of the progress")
        process.kill()
        opened.set()
        process.start()
        eventually(lambda: len(addresses(world)) == len(TOWNS), what="all articles")
        eventually(lambda: not process.running, what="the end of the backfill")
        assert f"of {len(TOWNS)} pages" not in process.log_tail()
        found = addresses(world)
    assert set(found) == {address(town) for town in TOWNS}
    assert found.total() - len(TOWNS) <= BATCH_RECORDS
    assert int(server.requests[1].headers["range"][6:-1]) > 0
