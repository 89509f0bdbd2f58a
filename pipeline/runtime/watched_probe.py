"""The probe of a role that works between Kafka and Redis: ready only as long as both answer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry

from pipeline.adapters.kafka.ping import KafkaPing
from pipeline.adapters.store.ping import RedisPing
from pipeline.runtime.contact_watch import ContactWatch, Ping
from pipeline.runtime.health import MAX_BEAT_AGE_S
from pipeline.runtime.listening import metrics_place
from pipeline.runtime.probe import Probe
from pipeline.settings import Settings


@contextmanager
def watched_probe(settings: Settings, role: str, registry: CollectorRegistry) -> Iterator[Probe]:
    """Serve `role`'s metrics and health. A beat may come as late as a wait for Redis lets it."""
    place, max_age_s = metrics_place(settings.metrics, role), MAX_BEAT_AGE_S + settings.redis.wait_s
    with Probe(place, registry=registry, max_age_s=max_age_s) as probe:
        pings: dict[str, Ping] = {"kafka": KafkaPing(settings.kafka), "redis": RedisPing(settings.redis)}
        with ContactWatch(probe.health.contacts, settings.metrics.contact_s, **pings):
            yield probe
