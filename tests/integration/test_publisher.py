"""Several publishers, and a zombie among them."""

from __future__ import annotations

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from kafka.admin import ConfigResource, ConfigResourceType

from consumers.publisher.hold import ShardLostError
from consumers.publisher.publisher_metrics import PublisherMetrics
from consumers.publisher.service import known_outlets, make_publisher, record_builder
from consumers.publisher.shard import made_of
from groundswell.record import StoryRecord
from pipeline.adapters.kafka.clients import make_admin
from pipeline.domain.clustering.desk import Action
from pipeline.domain.encoder.protocol import Encoder
from pipeline.domain.story.snapshot import StorySnapshot
from pipeline.runtime.vigil import Vigil
from tests.conftest import SettingsFor
from tests.support.brokers import BrokerUnderTest
from tests.support.corrections import Promises
from tests.support.drive import cluster_all, clusterer, converge, held_shard, publish_all, publisher, run_through
from tests.support.samples import article, article_ids
from tests.support.waiting import eventually
from tests.support.world import check_promises, open_world
from tests.unit.summariser.stub import serving

EAGER = {"min_sources": 1, "interval_s": 0.0, "settle_s": 0.0, "shards": 1}


def test_a_publisher_that_wakes_up_after_its_shard_was_taken_publishes_nothing(
    broker: BrokerUnderTest, settings_for: SettingsFor, encoder: Encoder
) -> None:
    settings = settings_for(broker, publisher=EAGER)
    with open_world(settings) as world, clusterer(settings, encoder) as one:
        world.send([article(1)])
        cluster_all(world, [one], 1)
        zombie = held_shard(world, lease_s=0.2)
        snapshot = world.stories.snapshot(world.stories.live_ids()[0])
        assert snapshot is not None
        old_record = made_of(snapshot, zombie._build(snapshot))
        time.sleep(0.3)  # it is paused, its lease runs out
        world.send([article(2)])
        cluster_all(world, [one], 2)
        with publisher(settings) as heir:
            publish_all(world, heir)
            with pytest.raises(ShardLostError):
                zombie._send([old_record])  # what it had in hand when it was paused
            with pytest.raises(ShardLostError):
                zombie.publish_due()
            zombie.abandon()
        check_promises(world, article_ids([article(1), article(2)]))
        assert len(world.published()) == 1


def test_publishers_share_the_shards_and_a_dead_ones_shards_are_taken_over(
    broker: BrokerUnderTest, settings_for: SettingsFor, encoder: Encoder
) -> None:
    settings = settings_for(broker, publisher={**EAGER, "shards": 2, "lease_s": 2.0})
    lines = [
        article(n, title=f"Event {n} of its own: {word}", text=f"{word} happened.")
        for n, word in enumerate(["Flood", "Election", "Chess final", "Volcano", "Strike", "Eclipse"])
    ]
    with open_world(settings) as world, clusterer(settings, encoder) as one:
        first, second = (make_publisher(settings, PublisherMetrics()) for _ in range(2))
        first.step()
        second.step()
        assert (first.held, second.held) == (1, 1)
        world.send(lines)
        cluster_all(world, [one], len(lines))
        # The first one dies without a word: it never renews again.
        publish_all(world, second)
        eventually(lambda: second.step() >= 0 and second.held == 2, what="both shards held")
        second.close()
        check_promises(world, article_ids(lines))


@pytest.mark.parametrize("action", [Action.HIDE, Action.MERGE])
def test_what_a_dead_publisher_did_not_acknowledge_is_taken_back_should_its_story_leave_before_the_next_record(
    a_broker: BrokerUnderTest,
    settings_for: SettingsFor,
    encoder: Encoder,
    monkeypatch: pytest.MonkeyPatch,
    action: Action,
) -> None:
    settings = settings_for(a_broker, publisher=EAGER)
    with open_world(settings) as world, clusterer(settings, encoder) as one:
        with publisher(settings) as before:  # else the heir would compare all stories with their topic
            converge(world, before)
        world.send([article(1), OTHER])
        cluster_all(world, [one], 2)
        dying = held_shard(world, lease_s=2.0)
        monkeypatch.setattr(dying, "_acknowledge", lambda _: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            dying.publish_due()
        one_story, other = sorted(world.last_records())
        Promises(world.redis, settings.redis).correct(action, one_story, other if action is Action.MERGE else "")
        with publisher(settings) as heir:
            publish_all(world, heir)
        check_promises(world, article_ids([article(1), OTHER]))


def long_articles(number: int) -> list[bytes]:
    """One story whose record is large, because its addresses are."""
    noise = random.Random(11)
    return [article(n, url=f"https://example.org/{n}?" + noise.randbytes(1_900).hex()) for n in range(number)]


OTHER = article(
    99,
    title="Chess final ends in a draw",
    text="The last game was drawn.",
    published_at="2025-06-20T10:00:00Z",
    source="chess.example",
)


def test_a_story_too_large_for_the_topic_is_published_cut_and_says_so(
    broker: BrokerUnderTest, settings_for: SettingsFor, encoder: Encoder
) -> None:
    settings = settings_for(broker, publisher=EAGER, kafka={"topics": {"max_message_bytes": 131_072}})
    lines = [*long_articles(40), OTHER]
    with open_world(settings) as world:
        world.send(lines)
        run_through(settings, world, encoder, len(lines))
        large = max(world.last_records().values(), key=lambda each: int(each["article_count"]))
        assert large["cut"] == ["articles"]
        assert 5 < len(large["articles"]) < large["article_count"]
        check_promises(world, article_ids(lines))


def test_a_topic_that_takes_less_than_the_settings_say_gets_shorter_records(
    kafka_broker: BrokerUnderTest, settings_for: SettingsFor, encoder: Encoder
) -> None:
    settings = settings_for(kafka_broker, publisher=EAGER)
    lines = [*long_articles(40), OTHER]
    with open_world(settings) as world:
        admin = make_admin(settings.kafka)
        topic = settings.kafka.topics.stories
        admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, {"max.message.bytes": "60000"})])
        admin.close()
        world.send(lines)
        run_through(settings, world, encoder, len(lines))
        last = world.last_records().values()
        assert sum(each["article_count"] for each in last) == len(lines)
        assert any(each["cut"] for each in last)


def test_a_story_whose_record_can_not_be_made_holds_no_other_up(
    broker: BrokerUnderTest, settings_for: SettingsFor, encoder: Encoder
) -> None:
    settings = settings_for(broker, publisher=EAGER)
    with open_world(settings) as world, clusterer(settings, encoder) as one:
        world.send([article(1)])
        cluster_all(world, [one], 1)
        (bad,) = world.stories.live_ids()
        world.send([OTHER])
        cluster_all(world, [one], 2)
        held, build = held_shard(world, lease_s=60.0), record_builder(settings, known_outlets(settings))

        def failing(snapshot: StorySnapshot) -> StoryRecord:
            if snapshot.story_id == bad:
                raise ValueError("a fault of this story")
            return build(snapshot)

        held._build = failing
        published = [held.publish_due() for _ in range(3)]
        assert sum(published) == 1
        assert held._metrics.stories_unpublishable._value.get() == 1, "it rests meanwhile"
        held.close()
        assert world.unpublished() == 1, "and is not forgotten"
        with publisher(settings) as heir:
            publish_all(world, heir)
        check_promises(world, article_ids([article(1), OTHER]))


def test_a_language_model_that_takes_longer_than_the_lease_loses_no_shard_to_another_publisher(
    embedded_broker: BrokerUnderTest, settings_for: SettingsFor, encoder: Encoder
) -> None:
    lease_s, answered = 1.0, threading.Event()
    beats: list[None] = []
    with serving() as model, Vigil(0.05, lambda: beats.append(None)) as vigil:
        model.answer = lambda _articles: "{}" if answered.wait(60) else ""
        settings = settings_for(
            embedded_broker, publisher={**EAGER, "shards": 2, "lease_s": lease_s}, summariser={"url": model.url}
        )
        lines = [article(1), OTHER]
        with open_world(settings) as world, publisher(settings) as second:
            with clusterer(settings, encoder) as one:
                world.send(lines)
                cluster_all(world, [one], len(lines))
            slow = make_publisher(settings, PublisherMetrics(), vigil)
            slow._take_free_shard()
            slow._take_free_shard()
            with ThreadPoolExecutor() as pool:
                step = pool.submit(slow.step)
                eventually(lambda: model.requests)
                before, until = len(beats), time.monotonic() + 2 * lease_s
                while time.monotonic() < until:
                    assert second.step() == second.held == 0, "the leases are kept, that of the other shard too"
                    time.sleep(0.05)
                assert len(beats) > before, "nor does it look dead"
                answered.set()
                assert step.result(60) == len(lines)
            slow.close()
            assert slow._metrics.fenced._value.get() == 0
            assert len(world.published()) == len(model.requests) == len(lines)
            check_promises(world, article_ids(lines))
