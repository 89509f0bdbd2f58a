"""Starts a publisher from the settings and runs it until told to stop."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from kafka.errors import KafkaError

from consumers.publisher.convergence import Convergence, ConvergenceStores
from consumers.publisher.paraphrases import paraphrases
from consumers.publisher.policy import Policy
from consumers.publisher.publisher_metrics import PublisherMetrics
from consumers.publisher.shard import ROUND_STORIES, BuildRecord, Shard, ShardStores
from consumers.publisher.worker import Publisher
from groundswell.record import StoryRecord
from pipeline.adapters.store.client import make_redis
from pipeline.adapters.store.edition import EditionGuard
from pipeline.adapters.store.fitness import check_redis
from pipeline.adapters.store.hidden_again import HiddenAgain
from pipeline.adapters.store.kept_stories import KeptStories
from pipeline.adapters.store.outbox import Lease, Outbox
from pipeline.adapters.store.positions import Positions
from pipeline.adapters.store.rights import Writer
from pipeline.adapters.store.roster import Roster
from pipeline.adapters.store.server import ServerGuard
from pipeline.adapters.store.settlement import Settlement
from pipeline.adapters.summariser.summariser import Summariser
from pipeline.domain.outlets import OutletDirectory
from pipeline.domain.story.build import build_record
from pipeline.domain.story.foresight import Foresight
from pipeline.domain.story.meaning import SaysAgain, SentenceMeaning
from pipeline.domain.story.snapshot import StorySnapshot
from pipeline.runtime.doctor.starting import await_topics, tell_store
from pipeline.runtime.identity import publisher_identity, topic_ids
from pipeline.runtime.shutdown import Stop
from pipeline.runtime.vigil import Vigil
from pipeline.runtime.watched_probe import watched_probe
from pipeline.settings import Settings

SUMMARISED_STORIES = 4
"""Records in one round where a language model writes the points: none of them waits long for the others."""

IDLE_S = 0.1
"""Pause after a turn that published nothing."""

log = structlog.get_logger(__name__)


def run_publisher(settings: Settings, stop: Stop) -> None:
    """Run until `stop` is set."""
    metrics = PublisherMetrics()
    with (
        watched_probe(settings, "publisher", metrics.registry) as probe,
        Vigil(settings.publisher.lease_s / 8, probe.health.beat) as vigil,
    ):
        await_topics(settings, (settings.kafka.topics.stories,), stop, probe.health.waits_for)
        if stop.is_set():
            return
        tell_store(settings, Writer.PUBLISHER)
        publisher = make_publisher(settings, metrics, vigil, lambda: probe.health.contacts.has("kafka"), stop)
        log.info("publisher started", topic=settings.kafka.topics.stories)
        try:
            while not stop.is_set():
                published = publisher.step()
                probe.health.beat()
                probe.health.set_ready(True)
                if not published:
                    stop.wait(IDLE_S)
        finally:
            publisher.close()
            log.info("publisher stopped")


def make_publisher(
    settings: Settings,
    metrics: PublisherMetrics,
    vigil: Vigil | None = None,
    kafka_is_there: Callable[[], bool] = lambda: True,
    stop: Stop | None = None,
) -> Publisher:
    """Wire a publisher together; `vigil` keeps its leases in the middle of long steps. It waits for no Redis once
    `stop` is set.

    Raises MendableError where it must not work on its edition.
    """
    redis = make_redis(settings.redis, stop=stop)
    check_redis(redis, settings.redis)
    stated = publisher_identity(settings, topic_ids(settings.kafka, settings.kafka.topics.stories))
    edition, server = EditionGuard(redis, settings.redis, stated), ServerGuard(redis, settings.redis)
    edition.start(server)
    outlets, lease_s = known_outlets(settings), settings.publisher.lease_s
    stories = KeptStories(redis, settings.redis, server, outlets, settings.publisher.kept_members)
    stores = ShardStores(Outbox(redis, settings.redis), stories, server)
    policy, build = Policy(settings.publisher, outlets), record_builder(settings, outlets)
    foresee = build.foresee if isinstance(build, Foresight) else None
    build, round_stories = _with_a_language_model(build, settings, metrics)

    def take(number: int) -> Shard | None:
        lease = Lease(redis, settings.redis, number, lease_s)
        if not lease.acquire():
            return None
        try:
            return Shard(
                number, lease, settings, stores, policy, build, metrics,
                foresee=foresee, round_stories=round_stories, vigil=vigil,
            )  # fmt: skip
        except KafkaError:
            lease.release()
            raise

    settled = ConvergenceStores(
        server=server,
        edition=edition,
        settlement=Settlement(redis, settings.redis, settings.publisher.shards),
        positions=Positions(redis, settings.redis),
        hidden=HiddenAgain(redis, settings.redis),
    )
    convergence = Convergence(settings, settled, metrics, stories_id=stated.stories_id)
    roster = Roster(redis, settings.redis, lease_s)
    return Publisher(
        settings.publisher.shards, take, roster, convergence, metrics,
        retry_s=lease_s / 4, vigil=vigil, kafka_is_there=kafka_is_there,
    )  # fmt: skip


def _with_a_language_model(
    build: BuildRecord, settings: Settings, metrics: PublisherMetrics
) -> tuple[BuildRecord, int]:
    """Where the settings name one; and how many records a round has at most."""
    summariser = Summariser.from_settings(settings.summariser)
    if summariser is None:
        return build, ROUND_STORIES
    return summarising(build, summariser, metrics), SUMMARISED_STORIES


def summarising(build: BuildRecord, summariser: Summariser, metrics: PublisherMetrics) -> BuildRecord:
    """Let the language model say the points; where it fails the extractive ones stay."""

    def build_and_summarise(snapshot: StorySnapshot) -> StoryRecord:
        summarised = summariser.summarise(build(snapshot), snapshot)
        metrics.summaries.labels(summarised.outcome).inc()
        return summarised.record

    return build_and_summarise


def known_outlets(settings: Settings) -> OutletDirectory:
    """The outlets of the settings."""
    return OutletDirectory.load(settings.outlets.table, rater=settings.outlets.rater)


def record_builder(
    settings: Settings, outlets: OutletDirectory, says_again: SaysAgain | None = None
) -> BuildRecord:
    """Builds records with these outlets and the bounds of the settings; without `says_again` as these say."""

    def build(snapshot: StorySnapshot, says_again: SaysAgain) -> StoryRecord:
        return build_record(
            snapshot, outlets, max_articles=settings.publisher.max_articles,
            edition_language=settings.publisher.language, says_again=says_again,
        )  # fmt: skip

    told = says_again or paraphrases(settings)
    return Foresight(build, told) if isinstance(told, SentenceMeaning) else lambda snapshot: build(snapshot, told)
