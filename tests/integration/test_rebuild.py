"""An edition is rebuilt beside the one that publishes, and takes over: subscribers see lineage, never silence."""

from __future__ import annotations

import contextlib
import json

import pytest
from kafka.errors import KafkaError
from redis import Redis

from groundswell.record import Status
from pipeline.adapters.kafka.clients import close_producer, make_consumer, make_producer
from pipeline.adapters.kafka.envelope import story_source
from pipeline.adapters.kafka.shard_fence import fence, transactional_id
from pipeline.adapters.store.client import as_text
from pipeline.adapters.store.edition import EditionSettings, SucceededError
from pipeline.adapters.store.editions import editions, remove
from pipeline.adapters.store.keys import Keys
from pipeline.adapters.store.roster import Roster
from pipeline.adapters.store.succession import Succession, SuccessionError
from pipeline.quality.bench.hashing_encoder import HashingEncoder
from pipeline.runtime.doctor.finding import Verdict
from pipeline.runtime.doctor.identity import check_identity
from pipeline.runtime.doctor.reach import Reach
from pipeline.runtime.rebuild.distance import Held, Way
from pipeline.runtime.rebuild.overview import overview
from tests.conftest import SettingsFor
from tests.support.brokers import BrokerUnderTest
from tests.support.command_line import groundswell
from tests.support.drive import cluster_all, clusterer, converge, publish_all, publisher
from tests.support.rebuilding import (
    EAGER,
    Both,
    HalfBlindEncoder,
    Reader,
    both,
    check_taken_over,
    state,
)
from tests.support.samples import article, sample_lines
from tests.support.store import SETTINGS, Store, changes

SWITCH = "pipeline.runtime.rebuild.switching"


@pytest.mark.usefixtures("quick_looks")
def test_a_subscriber_who_reads_throughout_ends_with_the_stories_of_the_new_encoder(
    kafka_broker: BrokerUnderTest, settings_for: SettingsFor
) -> None:
    lines = sample_lines()[:130]
    settings = settings_for(kafka_broker, publisher=EAGER, clusterer={"batch_size": 16, "sweep_every": 32})
    with contextlib.ExitStack() as stack:
        it = stack.enter_context(both(settings))
        reader = stack.enter_context(Reader(settings))
        one = stack.enter_context(clusterer(settings, HashingEncoder()))
        out = stack.enter_context(publisher(settings))
        it.blue.send(lines[:100])
        cluster_all(it.blue, [one], 100)
        publish_all(it.blue, out)
        it.begin()
        two = stack.enter_context(clusterer(it.green.settings, HalfBlindEncoder()))
        cluster_all(it.green, [two], 60)
        it.blue.send(lines[100:])  # articles go on meanwhile
        cluster_all(it.blue, [one], 130)
        assert it.blue.unpublished(), "something of the older one is not published when it ends"
        new = stack.enter_context(publisher(it.green.settings))
        for _ in range(3):
            new.step()
        assert {each for sources in it.sources() for each in sources} == {story_source(it.name).encode()}
        before = set(it.blue.stories.live_ids())
        it.switching(two.step).run(it.name, max_lag=130)
        with pytest.raises(
            SucceededError, match=f"^edition {it.name} has ended, edition {it.name}-green has come"
        ):
            out.step()
        it.blue.send([article(1)])
        with pytest.raises(SucceededError):
            cluster_all(it.blue, [one], 131)
        cluster_all(it.green, [two], 131)
        converge(it.green, new)
        check_taken_over(it, reader)
        gone = before - set(it.green.stories.live_ids())
        assert gone
        assert gone != before, "and these are the same in both"
        assert Status.MERGED in {reader.stories[each].status for each in gone if each in reader.stories}


def test_a_publisher_of_the_older_edition_that_wakes_up_late_commits_nothing(
    kafka_broker: BrokerUnderTest, settings_for: SettingsFor
) -> None:
    settings = settings_for(kafka_broker)
    topic = settings.kafka.topics.stories
    with both(settings) as it:
        late = make_producer(settings.kafka, transactional_id=transactional_id(settings.kafka, it.name, 0))
        late.init_transactions()
        late.begin_transaction()
        late.send(topic, key=b"a", value=b"{}").get(10)
        fence(settings.kafka, it.name, 0)
        with pytest.raises(KafkaError):
            late.commit_transaction()
        close_producer(late, 1)
        assert it.blue.read(topic) == []


def test_the_way_through_the_topic_is_told_by_partition_and_rate(pair: Both) -> None:
    now = [0.0]
    topic = pair.blue.settings.kafka.topics.articles
    with contextlib.closing(make_consumer(pair.blue.settings.kafka)) as consumer:
        way = Way(consumer, topic, pair.green.positions, lambda: now[0])
        assert way.held() == Held(0, 0, None)
        for each in range(8):  # the embedded broker says an end within its last batch
            pair.blue.send([article(each)], key=b"one")
        held = way.held()
        assert (held.records, held.expired) == (8, 0)
        assert held.oldest_ms is not None
        first = way.look()
        assert (first.waiting, first.read, first.seconds) == (8, 0, None)
        ((partition, left),) = first.left.items()
        assert left == 8
        pair.green.positions.start(topic, {partition: 6})
        now[0] = 2.0
        later = way.look()
        assert (later.left, later.read, later.per_s) == ({partition: 2}, 6, 3.0)
        assert later.seconds == pytest.approx(2 / 3)


def test_what_an_ended_edition_held_is_removed_and_its_name_stays_ended(redis: Redis) -> None:
    store = Store(redis)
    store.commit(changes(*((f"a{each}", f"story {each}") for each in range(30))))
    with pytest.raises(SuccessionError, match=r"^edition store-test is live"):
        next(remove(redis, SETTINGS, SETTINGS.edition))
    green = SETTINGS.model_copy(update={"edition": "green"})
    Succession(redis, green, SETTINGS.edition, 1).retire()
    with pytest.raises(SucceededError):
        store.commit(changes(("b", "b story")))
    assert max(remove(redis, SETTINGS, SETTINGS.edition)) > 60
    left = redis.keys(f"{Keys(SETTINGS.edition).prefix}*")
    assert [as_text(each) for each in left] == [Keys(SETTINGS.edition).identity]
    assert list(remove(redis, SETTINGS, SETTINGS.edition)) == [1], "our own note on the server"
    with pytest.raises(SucceededError):
        Store(redis).commit(changes(("b", "b story")))
    assert [(each.name, each.standing) for each in editions(redis)] == [
        (SETTINGS.edition, "ended, green came after it")
    ]


def test_a_rebuild_that_was_given_up_never_publishes(pair: Both) -> None:
    state(pair.blue)
    pair.begin()
    green = pair.green.settings.redis.edition
    assert {each.name: each.standing for each in editions(pair.blue.redis)} == {
        pair.name: "live", green: f"stands by for {pair.name}"
    }  # fmt: skip
    list(remove(pair.blue.redis, pair.blue.settings.redis, green))
    with pytest.raises(SucceededError), publisher(pair.green.settings):
        pass
    pair.begin()


def test_an_edition_that_redis_has_lost_is_ended_all_the_same(pair: Both) -> None:
    pair.begin(lost=True)
    Roster(pair.green.redis, pair.green.settings.redis, 30.0).share(2)
    pair.switching().run(pair.name, max_lag=0)
    assert EditionSettings(pair.green.redis, pair.green.settings.redis).read()["took_over"] == pair.name
    with pytest.raises(SucceededError), publisher(pair.blue.settings):
        pass


def test_the_commands_lead_through_a_rebuild(pair: Both) -> None:
    blue, green = pair.name, pair.green.settings.redis.edition
    state(pair.blue)
    started = groundswell("rebuild", "start", "--from", blue, "--watch", "--json", settings=pair.green.settings)
    assert started.returncode == 0, started.stderr
    assert json.loads(started.stdout) == {"read": 0, "left": 0, "partitions": {}, "per_s": None, "seconds": None}
    assert f"edition {green} is filled. Next, with these settings" in started.stderr
    Roster(pair.green.redis, pair.green.settings.redis, 60.0).share(2)
    switched = groundswell("rebuild", "switch", "--yes", settings=pair.green.settings)
    assert switched.stdout.startswith(f"edition {green} is live. Give redis.edition {green} and kafka.group")
    (finding,) = check_identity(Reach(pair.blue.settings, store=pair.blue.redis))
    assert (finding.verdict, finding.said.split(",")[0]) == (Verdict.WRONG, f"edition {blue} has ended")
    with contextlib.closing(make_consumer(pair.green.settings.kafka)) as consumer:
        lines = [each.line() for each in overview(pair.green.redis, consumer, pair.green.settings)]
    rest = "no encoder stated; 0 records read, 0 left; 0 live stories, 0 unpublished"
    assert lines == [f"{blue}: ended, {green} came after it; {rest}", f"{green}: live; {rest}"]
