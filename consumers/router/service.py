"""Starts a router from the settings and runs it until told to stop."""

from __future__ import annotations

import structlog
from kafka.errors import KafkaError

from consumers.router.choice import Choice
from consumers.router.router_metrics import RouterMetrics
from consumers.router.worker import Router
from pipeline.adapters.kafka.ping import KafkaPing
from pipeline.runtime.contact_watch import ContactWatch
from pipeline.runtime.doctor.starting import await_topics
from pipeline.runtime.listening import metrics_place
from pipeline.runtime.probe import Probe
from pipeline.runtime.shutdown import Stop
from pipeline.settings import Settings

AGAIN_S = 1.0
"""After a portion that was not handed on."""

log = structlog.get_logger(__name__)


def run_router(settings: Settings, stop: Stop) -> None:
    """Run until `stop` is set. Raises NoEditionsError where the settings name no editions."""
    choice = Choice(settings.router, settings.kafka.topics.articles, settings.clusterer.max_text_chars)
    metrics = RouterMetrics(choice.topics)
    probe = Probe(metrics_place(settings.metrics, "router"), registry=metrics.registry)
    watch = ContactWatch(probe.health.contacts, settings.metrics.contact_s, kafka=KafkaPing(settings.kafka))
    with probe, watch:
        await_topics(settings, (settings.kafka.topics.articles, *choice.topics), stop, probe.health.waits_for)
        log.info("router started", editions=choice.topics)
        while not stop.is_set():
            try:
                _run(Router(settings, choice, metrics), probe, stop)
            except KafkaError as error:
                log.warning("portion not handed on, it is read again", reason=repr(error))
                metrics.aborted.inc()
                probe.health.set_ready(False, "Kafka took no portion")
                probe.health.beat()
                stop.wait(AGAIN_S)
        log.info("router stopped")


def _run(router: Router, probe: Probe, stop: Stop) -> None:
    try:
        while not stop.is_set():
            router.step()
            probe.health.beat()
            probe.health.set_ready(router.assigned, "waiting for partitions")
    finally:
        router.close()
