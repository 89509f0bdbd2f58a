"""The feeds producer killed hard in the middle of a round: the next one goes on where it stopped."""

from __future__ import annotations

import contextlib
import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipeline.adapters.kafka.clients import make_admin
from pipeline.adapters.kafka.identity import topic_id
from pipeline.adapters.kafka.topics import apply_topics
from pipeline.domain.records.parse import parse_article
from pipeline.runtime.embedded import ManagedProcess
from tests.conftest import SettingsFor
from tests.support.brokers import BrokerUnderTest
from tests.support.roles import ROOT
from tests.support.settings import settings_env
from tests.support.waiting import eventually
from tests.support.world import World, open_world
from tests.unit.producers.feed_server import FeedServer, Reply, Request, feed_server, rss

ITEMS = 5
CONCURRENCY = 4


@contextlib.contextmanager
def running(
    server: FeedServer, paths: list[str], settings_for: SettingsFor, broker: BrokerUnderTest, folder: Path
) -> Iterator[tuple[World, ManagedProcess]]:
    """`groundswell produce feeds` as a process of its own, started."""
    opml = folder / "feeds.opml"
    outlines = "".join(f'<outline type="rss" text="O" xmlUrl="{server.url}{path}"/>' for path in paths)
    opml.write_text(f'<opml version="2.0"><body>{outlines}</body></opml>')
    feeds = {
        "opml": str(opml),
        "state": str(folder / "feeds.db"),
        "interval_s": 3_600.0,
        "concurrency": CONCURRENCY,
        "allow_addresses": ["127.0.0.1"],
    }
    with open_world(settings_for(broker, feeds=feeds)) as world:
        command = [sys.executable, "-m", "pipeline.runtime.cli.main", "produce", "feeds"]
        environment = settings_env(world.settings)
        with ManagedProcess("feeds", command, log=folder / "log", env=environment, cwd=ROOT) as process:
            yield world, process


def feed_of(path: str) -> bytes:
    return rss(*(f"{path[1:]}-{number}" for number in range(ITEMS)))


def titles(world: World) -> Counter[str]:
    """How often each article is on the topic."""
    return Counter(parse_article(each.value).title for each in world.read(world.settings.kafka.topics.articles))


def test_a_kill_in_mid_round_repeats_and_misses_nothing(
    a_broker: BrokerUnderTest, settings_for: SettingsFor, tmp_path: Path
) -> None:
    paths = [f"/feed{number}" for number in range(12)]
    quick, slow = paths[:6], paths[6:]
    opened = threading.Event()

    def held(request: Request) -> Reply:
        opened.wait(60)
        return Reply(feed_of(request.path))

    with contextlib.ExitStack() as stack:
        server = stack.enter_context(feed_server())
        server.replies.update({path: Reply(feed_of(path)) for path in quick})
        server.replies.update(dict.fromkeys(slow, held))
        world, process = stack.enter_context(running(server, paths, settings_for, a_broker, tmp_path))
        eventually(lambda: len(titles(world)) == len(quick) * ITEMS, what="articles of the quick feeds")
        eventually(lambda: len(server.requests) == len(quick) + CONCURRENCY, what="visits of slow feeds under way")
        process.kill()
        opened.set()
        process.start()
        everything = {f"{path[1:]}-{number}" for path in paths for number in range(ITEMS)}
        eventually(lambda: set(titles(world)) == everything, what="articles of all feeds")
        assert titles(world) == Counter(dict.fromkeys(everything, 1))
        assert [len(server.asked(path)) for path in quick] == [1] * len(quick)


def test_a_topic_that_is_made_anew_has_another_identity(
    broker: BrokerUnderTest, settings_for: SettingsFor
) -> None:
    """This is how the producer knows that its state tells of another topic."""
    settings = settings_for(broker).kafka
    topic = settings.topics.articles
    with contextlib.closing(make_admin(settings)) as admin:
        assert topic_id(admin, topic) is None
        apply_topics(admin, settings)
        first = topic_id(admin, topic)
        assert first is not None
        assert topic_id(admin, topic) == first
        admin.delete_topics([topic])
        eventually(lambda: topic_id(admin, topic) is None, what="topic deleted")
        apply_topics(admin, settings)
        assert topic_id(admin, topic) not in (None, first)


@pytest.mark.crash
def test_kills_at_any_moment_miss_nothing_and_repeat_no_more_than_what_was_under_way(
    embedded_broker: BrokerUnderTest, settings_for: SettingsFor, tmp_path: Path
) -> None:
    paths = [f"/feed{number}" for number in range(100)]
    chance = random.Random(7)
    kills = 4

    def answer(request: Request) -> Reply:
        time.sleep(0.02)
        return Reply(feed_of(request.path))

    with contextlib.ExitStack() as stack:
        server = stack.enter_context(feed_server())
        server.replies.update(dict.fromkeys(paths, answer))
        world, process = stack.enter_context(running(server, paths, settings_for, embedded_broker, tmp_path))
        for _ in range(kills):
            _wait_for_requests(server, chance.randrange(1, 30), process)
            time.sleep(chance.random() / 20)
            process.kill()
            process.start()
        everything = {f"{path[1:]}-{number}" for path in paths for number in range(ITEMS)}
        eventually(lambda: set(titles(world)) == everything, what="articles of all feeds")
        repeated = titles(world).total() - len(everything)
        assert repeated <= kills * CONCURRENCY * ITEMS
        print(f"{kills} kills: {repeated} articles repeated, {len(server.requests) - len(paths)} visits")
        assert len(server.requests) <= len(paths) + kills * CONCURRENCY


def _wait_for_requests(server: FeedServer, count: int, process: ManagedProcess) -> None:
    """Until this many more visits were made."""
    reached: Callable[[], bool] = _more_than(server, len(server.requests) + count - 1)
    eventually(lambda: reached() or not process.running, pause_s=0.005, what="visits")
    assert process.running, process.log_tail()


def _more_than(server: FeedServer, count: int) -> Callable[[], bool]:
    return lambda: len(server.requests) > count
