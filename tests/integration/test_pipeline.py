"""The pipeline on a real broker, a real Redis and a real encoder."""

from __future__ import annotations

from pipeline.domain.encoder.protocol import Encoder
from tests.conftest import SettingsFor
from tests.support.brokers import BrokerUnderTest
from tests.support.drive import cluster_all, clusterer, publish_all, publisher, run_through
from tests.support.samples import article, article_ids, sample_lines
from tests.support.world import check_promises, open_world

EAGER = {"min_sources": 1, "interval_s": 0.0, "settle_s": 0.0}


def test_every_article_ends_in_exactly_one_published_story(
    broker: BrokerUnderTest, settings_for: SettingsFor, encoder: Encoder
) -> None:
    settings = settings_for(broker, publisher=EAGER)
    lines = sample_lines()
    with open_world(settings) as world:
        world.send(lines)
        run_through(settings, world, encoder, len(lines))
        check_promises(world, article_ids(lines))
        members = [m["article_id"] for record in world.last_records().values() for m in record["articles"]]
        assert sorted(members) == sorted(article_ids(lines))


def test_articles_that_come_twice_count_once(
    broker: BrokerUnderTest, settings_for: SettingsFor, encoder: Encoder
) -> None:
    settings = settings_for(broker, publisher=EAGER)
    lines = sample_lines()[:60]
    with open_world(settings) as world:
        world.send(lines + lines[:20])
        run_through(settings, world, encoder, 80)
        world.send(lines)
        run_through(settings, world, encoder, 140)
        check_promises(world, article_ids(lines))
        assert world.positions.counters()["duplicate"] == 80


def test_several_clusterers_share_the_partitions_and_agree_on_one_truth(
    broker: BrokerUnderTest, settings_for: SettingsFor, encoder: Encoder
) -> None:
    settings = settings_for(broker, publisher=EAGER, clusterer={"batch_size": 16, "sweep_every": 64})
    lines = sample_lines()[:120]
    with open_world(settings) as world, publisher(settings) as out:
        with clusterer(settings, encoder) as first, clusterer(settings, encoder) as second:
            world.send(lines)
            cluster_all(world, [first, second], len(lines))
        publish_all(world, out)
        check_promises(world, article_ids(lines))


def test_what_redis_lost_is_read_again_although_nothing_new_comes_in(
    broker: BrokerUnderTest, settings_for: SettingsFor, encoder: Encoder
) -> None:
    settings = settings_for(broker, publisher=EAGER)
    lines = sample_lines()[:20]
    with open_world(settings) as world, clusterer(settings, encoder) as one:
        world.send(lines)
        cluster_all(world, [one], 20)
        world.redis.delete(*world.redis.scan_iter(match=f"gs:{{{settings.redis.edition}}}:*"))
        cluster_all(world, [one], 20)
        with publisher(settings) as out:
            publish_all(world, out)
        check_promises(world, article_ids(lines))


def test_a_redis_that_lost_everything_is_filled_again_from_the_topic(
    broker: BrokerUnderTest, settings_for: SettingsFor, encoder: Encoder
) -> None:
    settings = settings_for(broker, publisher=EAGER)
    lines = sample_lines()[:60]
    with open_world(settings) as world, clusterer(settings, encoder) as one:
        world.send(lines[:40])
        cluster_all(world, [one], 40)
        for key in world.redis.scan_iter(match=f"gs:{{{settings.redis.edition}}}:*"):
            world.redis.delete(key)
        world.send(lines[40:])
        cluster_all(world, [one], 60)
        with publisher(settings) as out:
            publish_all(world, out)
        check_promises(world, article_ids(lines))


def test_a_burst_becomes_a_few_revisions_and_the_last_one_has_it_all(
    broker: BrokerUnderTest, settings_for: SettingsFor, encoder: Encoder
) -> None:
    settings = settings_for(
        broker, publisher={"min_sources": 1, "interval_s": 1.0, "settle_s": 0.3}, clusterer={"batch_size": 4}
    )
    lines = [article(number, f"outlet{number}.example") for number in range(40)]
    with open_world(settings) as world, clusterer(settings, encoder) as one, publisher(settings) as out:
        world.send(lines)
        while world.positions.counters()["in"] < 40:
            one.step()
            out.step()
        publish_all(world, out)
        records = world.published()
        assert max(len(record["articles"]) for record in records) == 40
        assert len(records) <= 10
        check_promises(world, article_ids(lines))


def test_a_story_appears_when_it_has_the_sources_that_the_settings_ask_for(
    broker: BrokerUnderTest, settings_for: SettingsFor, encoder: Encoder
) -> None:
    settings = settings_for(broker, publisher={**EAGER, "min_sources": 2})
    with open_world(settings) as world:
        world.send([article(1, "one.example")])
        run_through(settings, world, encoder, 1)
        assert world.published() == []
        world.send([article(2, "one.example")])
        run_through(settings, world, encoder, 2)
        assert world.published() == [], "two articles of one outlet are one source"
        world.send([article(3, "two.example")])
        run_through(settings, world, encoder, 3)
        (record,) = world.published()
        assert (record["source_count"], record["article_count"]) == (2, 3)


def test_a_picture_reaches_the_record_and_stays_while_the_story_grows(
    embedded_broker: BrokerUnderTest, settings_for: SettingsFor, encoder: Encoder
) -> None:
    pictures = [None, "https://cdn.two.example/b.jpg", "ftp://three.example/c.jpg", "https://four.example/d.jpg"]
    outlets = ("one.example", "two.example", "three.example", "four.example")
    lines = [
        article(n, outlet, image_url=url) for n, (outlet, url) in enumerate(zip(outlets, pictures, strict=True))
    ]
    with open_world(settings_for(embedded_broker, publisher=EAGER)) as world:
        for upto in (1, 4):
            world.send(lines[:1] if upto == 1 else lines[1:])
            run_through(world.settings, world, encoder, upto)
        check_promises(world, article_ids(lines))
        (record,) = world.last_records().values()
        assert [each["image_url"] for each in record["articles"]] == [None, pictures[1], None, pictures[3]]
        told = [each["image_url"] for each in world.published()]
        assert list(dict.fromkeys(told)) == [None, pictures[1]], "none is exchanged for another"
