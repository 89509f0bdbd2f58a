"""Runs the feeds producer."""

from __future__ import annotations

import asyncio
import threading

import structlog

from pipeline.adapters.kafka.article_producer import DeliveryError
from pipeline.adapters.kafka.ping import KafkaPing
from pipeline.runtime.contact_watch import ContactWatch
from pipeline.runtime.listening import metrics_place
from pipeline.runtime.metrics import new_registry
from pipeline.runtime.probe import Probe
from pipeline.settings import FeedsSettings, Settings
from producers.feeds.database import Database
from producers.feeds.feed_metrics import FeedMetrics
from producers.feeds.fetch import make_client
from producers.feeds.opml import FeedSource, load_feeds
from producers.feeds.schedule import Schedule
from producers.feeds.seen import SeenArticles
from producers.feeds.state import FeedStates
from producers.feeds.status import state_path
from producers.feeds.visit import Visitor
from producers.feeds.watch import Watch, utc_now
from producers.sink import ArticleSink

log = structlog.get_logger(__name__)

BEAT_S = 0.2
"""How soon a stop is seen, and how often the probe hears from the loop."""
GRACE_S = 5.0
"""For visits under way when the producer stops; their articles come again with the next start."""


def run_feeds(settings: Settings, producer: ArticleSink, stop: threading.Event, topic: str | None = None) -> None:
    """Poll all feeds of the list until `stop` is set; serve /metrics, /healthz and /readyz meanwhile.

    `topic` is the id of the topic that `producer` writes to: what another topic got counts as not sent.
    Raises FeedListError where the list can't be used, StateError where the file of its state can't, and
    CanNotListenError where the port of its metrics was named and is taken.
    """
    feeds = load_feeds(settings.feeds.opml)
    state = state_path(settings.feeds)
    probe = Probe(metrics_place(settings.metrics, "feeds"), registry=new_registry("feeds-producer"))
    watch = ContactWatch(probe.health.contacts, settings.metrics.contact_s, kafka=KafkaPing(settings.kafka))
    with probe, watch, Database(state) as database:
        _prepare(FeedStates(database), feeds, topic)
        log.info("feeds producer started", feeds=len(feeds), state=str(state))
        asyncio.run(poll(feeds, settings.feeds, producer, database, stop, probe))
    try:
        producer.flush()
    except DeliveryError as error:
        # Every visit looked after its own articles; what is missing was not marked as sent.
        log.warning("articles were not acknowledged before the end", error=str(error))
    log.info("feeds producer stopped")


def _prepare(states: FeedStates, feeds: list[FeedSource], topic: str | None) -> None:
    """Drop from the state what does not count any more."""
    states.forget_unlisted((each.url for each in feeds), utc_now())
    if topic is not None and states.bind(topic):
        log.warning("the topic is not the one of the last run: every feed is read and sent in full", topic=topic)


async def poll(
    feeds: list[FeedSource],
    settings: FeedsSettings,
    producer: ArticleSink,
    database: Database,
    stop: threading.Event,
    probe: Probe,
) -> None:
    """Watch every feed in a task of its own, at most `concurrency` of them on a visit at once."""
    metrics = FeedMetrics(probe.registry)
    schedule = Schedule(settings.interval_s, settings.max_interval_s)
    states = FeedStates(database)
    stopping = asyncio.Event()
    places = asyncio.Semaphore(settings.concurrency)
    client = make_client(settings.user_agent, settings.timeout_s, settings.concurrency, settings.allow_addresses)
    async with client:
        visitor = Visitor(client, producer, settings, metrics, SeenArticles(database), probe.health.set_ready)
        watches = [Watch(each, visitor, schedule, metrics, states) for each in feeds]
        tasks = [asyncio.create_task(watch.run(stopping, places)) for watch in watches]
        probe.health.set_ready(True)
        while not stop.is_set():
            probe.health.beat()
            await asyncio.sleep(BEAT_S)
        stopping.set()
        await _finish(tasks)


async def _finish(tasks: list[asyncio.Task[None]]) -> None:
    _done, late = await asyncio.wait(tasks, timeout=GRACE_S)
    for task in late:
        task.cancel()
    for outcome in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(outcome, Exception):
            log.error("watch of a feed broke off", error=repr(outcome))
