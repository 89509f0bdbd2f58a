"""Starts a clusterer from the settings and runs it until told to stop."""

from __future__ import annotations

from contextlib import nullcontext
from functools import partial

import structlog
from kafka import KafkaConsumer

from consumers.clusterer.clusterer_metrics import ClustererMetrics
from consumers.clusterer.hiding import Hiding
from consumers.clusterer.input_log import LostInputError
from consumers.clusterer.synced_clustering import SyncedClustering
from consumers.clusterer.worker import Clusterer, Stores
from pipeline.adapters.kafka.clients import make_consumer
from pipeline.adapters.kafka.group import GroupMark, check_group
from pipeline.adapters.kafka.identity import TopicIdentity
from pipeline.adapters.store.articles import ArticleReader
from pipeline.adapters.store.client import make_redis
from pipeline.adapters.store.commit import Committer
from pipeline.adapters.store.fitness import check_redis
from pipeline.adapters.store.live_reader import LiveStoriesReader
from pipeline.adapters.store.positions import Positions
from pipeline.adapters.store.rights import Writer
from pipeline.adapters.store.server import ServerGuard
from pipeline.adapters.store.stories import StoryReader
from pipeline.adapters.store.turn import Turn
from pipeline.domain.clustering import Clustering, ClusteringSettings, load_model
from pipeline.domain.clustering.topics import TopicHead, load_topics
from pipeline.domain.encoder.loading import load_encoder
from pipeline.domain.encoder.protocol import Encoder
from pipeline.runtime.clusterer_identity import clusterer_identity
from pipeline.runtime.doctor.starting import await_topics, tell_store
from pipeline.runtime.health import Health
from pipeline.runtime.identity import topic_ids
from pipeline.runtime.probe import Probe
from pipeline.runtime.shutdown import Stop
from pipeline.runtime.vigil import LongStep, Vigil
from pipeline.runtime.watched_probe import watched_probe
from pipeline.settings import Settings

BEAT_S = 10.0
"""Between two signs of life in the middle of a long step."""

LONG_STEP_S = 240.0
"""For encoding a batch on a slow machine, or for loading very many stories; what takes longer counts as hung.
Below the five minutes after which the group gives our partitions to others (max_poll_interval_ms)."""

STANDING_STILL_S = 1.0
"""Between two signs of life of a clusterer that stopped because input was lost."""

log = structlog.get_logger(__name__)


def run_clusterer(settings: Settings, stop: Stop, encoder: Encoder | None = None) -> None:
    """Run until `stop` is set. Anything that can't be repaired by trying again is raised.

    `encoder`: instead of that of the settings.
    """
    metrics = ClustererMetrics()
    with (
        watched_probe(settings, "clusterer", metrics.registry) as probe,
        Vigil(BEAT_S, probe.health.beat) as vigil,
    ):
        _look_around(settings, probe.health, stop)
        if stop.is_set():
            return
        probe.health.set_ready(False, "loading the encoder")
        encoder = encoder or open_encoder(settings)
        clusterer = make_clusterer(settings, encoder, metrics, partial(vigil.during, LONG_STEP_S), stop)
        probe.health.set_ready(False, "waiting for partitions")
        log.info("clusterer started", encoder=encoder.name, topic=settings.kafka.topics.articles)
        try:
            _work(clusterer, probe, stop)
        except LostInputError as error:
            _stand_still(error, probe, metrics, stop)
            raise


def _look_around(settings: Settings, health: Health, stop: Stop) -> None:
    """Wait for the topics before the encoder takes its minute, and tell what else is amiss."""
    topics = settings.kafka.topics
    await_topics(settings, (topics.articles, topics.dead_letters), stop, health.waits_for)
    tell_store(settings, Writer.CLUSTERER)


def _work(clusterer: Clusterer, probe: Probe, stop: Stop) -> None:
    try:
        while not stop.is_set():
            clusterer.step()
            probe.health.beat()
            probe.health.set_ready(clusterer.assigned, "waiting for partitions")
    finally:
        clusterer.close()
        log.info("clusterer stopped")


def _stand_still(error: LostInputError, probe: Probe, metrics: ClustererMetrics, stop: Stop) -> None:
    """Stay up, so that the alert rings and readiness says why, until somebody decides and ends the process."""
    while not stop.wait(STANDING_STILL_S):
        probe.health.beat()
        probe.health.set_ready(False, str(error))
        metrics.last_input_loss.set_to_current_time()


def open_encoder(settings: Settings) -> Encoder:
    """The encoder of the settings, with its backend and number of threads."""
    chosen = settings.encoder
    return load_encoder(chosen.model, backend=chosen.backend, threads=chosen.threads)


def make_clusterer(
    settings: Settings,
    encoder: Encoder,
    metrics: ClustererMetrics,
    long_step: LongStep = nullcontext,
    stop: Stop | None = None,
) -> Clusterer:
    """Wire a clusterer together, that waits for no Redis once `stop` is set.

    Raises MendableError where it must not work on its edition.
    """
    redis = make_redis(settings.redis, stop=stop)
    check_redis(redis, settings.redis)
    consumer = _consumer(settings)
    ids = topic_ids(settings.kafka, settings.kafka.topics.dead_letters)
    stated = clusterer_identity(settings, ids, encoder=encoder.name, encoder_digest=encoder.digest)
    committer = Committer(redis, settings.redis, stated, keeps_vectors=settings.publisher.story_vectors)
    committer.start()
    clustering = Clustering(load_model(encoder.name), clustering_settings(settings), _topic_head(encoder.name))
    stores = Stores(
        positions=Positions(redis, settings.redis),
        articles=ArticleReader(redis, settings.redis),
        stories=StoryReader(redis, settings.redis),
        clustering=SyncedClustering(
            clustering,
            committer,
            LiveStoriesReader(redis, settings.redis),
            metrics,
            long_step=long_step,
            turn=Turn(redis, settings.redis).taken,
        ),
        server=ServerGuard(redis, settings.redis),
        hiding=Hiding(redis, settings),
    )
    identity = TopicIdentity(settings.kafka, settings.kafka.topics.articles)
    return Clusterer(settings, consumer, stores, encoder, metrics, identity, long_step=long_step)


def _topic_head(encoder: str) -> TopicHead | None:
    """What tells topics by the vectors of this encoder; None, and a line in the log, where there is none."""
    head = load_topics(encoder)
    if head is None:
        log.warning("no topics: they are not trained for this encoder", encoder=encoder)
    return head


def _consumer(settings: Settings) -> KafkaConsumer:
    """A member of our edition's group. Raises AnotherGroupError where it is that of another one."""
    group = settings.kafka.group
    # Where it can't read, the worker looks into what was lost: a client that helps itself would hide it.
    consumer = make_consumer(settings.kafka, group_id=group, auto_offset_reset="none")
    try:
        check_group(consumer, settings.kafka.topics.articles, GroupMark(group, settings.redis.edition))
    except BaseException:
        consumer.close()
        raise
    return consumer


def clustering_settings(settings: Settings) -> ClusteringSettings:
    """The clustering's part of the settings; `groundswell evaluate` uses the same."""
    clusterer = settings.clusterer
    return ClusteringSettings(quiet_time_s=clusterer.quiet_time_s, quiet_articles=clusterer.quiet_articles)
