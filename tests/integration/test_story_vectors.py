"""Records tell their stories' vectors where the settings want it, and a board finds stories by them."""

from __future__ import annotations

import contextlib
import json
from base64 import b64decode

import numpy as np

from consumers.board.meaning import story_meaning
from consumers.board.query import StoryQuery
from consumers.board.view import StoryView
from groundswell.record import StoryRecord
from pipeline.domain.encoder.protocol import Encoder
from pipeline.settings import Settings
from tests.conftest import SettingsFor
from tests.support.brokers import BrokerUnderTest
from tests.support.corrections import live
from tests.support.drive import cluster_all, clusterer, publish_all, publisher
from tests.support.samples import article_ids, sample_lines
from tests.support.world import World, check_promises, open_world

EVENTS = {"los-novosyolovsk", "queso-costaluz", "goose-port-ellery", "warnstreik-rheinau", "loutre-lizonne"}
LINES = [each for each in sample_lines() if json.loads(each)["event"] in EVENTS]
EAGER = {"min_sources": 1, "interval_s": 0.0, "settle_s": 0.0}


def published(world: World, encoder: Encoder) -> list[StoryRecord]:
    """What the topic holds after a clusterer and a publisher have done all there was."""
    with contextlib.ExitStack() as stack:
        role = stack.enter_context(clusterer(world.settings, encoder))
        world.send(LINES)
        cluster_all(world, [role], len(LINES))
        publish_all(world, stack.enter_context(publisher(world.settings)))
    check_promises(world, article_ids(LINES))
    return [StoryRecord.model_validate(each) for each in world.last_records().values()]


def found(settings: Settings, records: list[StoryRecord], query: str) -> list[str]:
    view = StoryView(100, meaning=story_meaning(settings))
    for record in records:
        view.apply(record)
    return [each.title for each in view.page(StoryQuery(q=query), 0, 10).cards]


def test_a_board_finds_by_meaning_what_clusterer_and_publisher_tell(
    embedded_broker: BrokerUnderTest, settings_for: SettingsFor, encoder: Encoder
) -> None:
    settings = settings_for(embedded_broker, publisher={**EAGER, "story_vectors": True})
    with open_world(settings) as world:
        records = published(world, encoder)
        stories = live(world.redis, settings.redis)
        for record in records:
            told = np.frombuffer(b64decode(record.vector or ""), np.int8).astype(np.float32)
            assert told @ stories[record.story_id].centroid > 0.999 * np.linalg.norm(told)
    assert "Rheinau" in found(settings, records, "забастовка в аэропорту")[0]
    assert "queso" in found(settings, records, "goat cheese prize")[0]


def test_records_tell_no_vectors_unless_they_are_asked_for(
    embedded_broker: BrokerUnderTest, settings_for: SettingsFor, encoder: Encoder
) -> None:
    settings = settings_for(embedded_broker, publisher=EAGER)
    with open_world(settings) as world:
        records = published(world, encoder)
    assert [each.vector for each in records if each.vector] == []
    assert found(settings, records, "забастовка в аэропорту") == []
