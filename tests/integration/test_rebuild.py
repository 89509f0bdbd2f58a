"""An edition is rebuilt beside the one that publishes, and takes over: subscribers see lineage, never silence."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from kafka.errors import KafkaError
from redis import Redis

from consumers.clusterer.worker import Clusterer
from consumers.publisher.worker import Publisher
from groundswell.record import Status
from pipeline.adapters.kafka.clients import close_producer, make_consumer, make_producer
from pipeline.adapters.kafka.envelope import story_source
from pipeline.adapters.kafka.shard_fence import fence, transactional_id
from pipeline.adapters.store.edition import AnotherIdentityError, EditionSettings, NoEditionError, SucceededError
from pipeline.adapters.store.editions import editions, remove
from pipeline.adapters.store.keys import Keys
from pipeline.adapters.store.roster import Roster
from pipeline.adapters.store.succession import Succession, SuccessionError
from pipeline.quality.bench.hashing_encoder import HashingEncoder
from pipeline.runtime.doctor.finding import Verdict
from pipeline.runtime.doctor.identity import check_identity
from pipeline.runtime.doctor.reach import Reach
from pipeline.runtime.rebuild.beginning import begin
from pipeline.runtime.rebuild.distance import Held, Way
from pipeline.runtime.rebuild.overview import overview
from pipeline.runtime.rebuild.switching import Switch
from pipeline.settings import EncoderSettings, Settings
from tests.conftest import SettingsFor
from tests.support.brokers import BrokerUnderTest
from tests.support.command_line import groundswell
from tests.support.drive import cluster_all, clusterer, publish_all, publisher
from tests.support.rebuilding import HalfBlindEncoder, Reader, newer
from tests.support.samples import article, sample_lines
from tests.support.store import SETTINGS, Store, changes
from tests.support.waiting import eventually
from tests.support.world import World, open_world

EAGER = {"min_sources": 1, "interval_s": 0.0, "settle_s": 0.0}
SWITCH = "pipeline.runtime.rebuild.switching"


@dataclass
class Both:
    """Blue publishes, green stands by."""

    blue: World
    green: World

    @property
    def name(self) -> str:
        return self.blue.settings.redis.edition

    def begin(self, **options: Any) -> None:
        begin(self.blue.redis, self.green.settings, self.name, **options)

    def switching(self, turn: Callable[[], object] = lambda: None) -> Switch:
        """What others do while it waits is done by `turn`."""
        return Switch(self.blue.redis, self.green.settings, lambda _: None, sleep=lambda _: turn())

    def sources(self) -> list[list[bytes]]:
        """Of the records on `stories`, by partition: whose they are."""
        found: dict[int, list[bytes]] = {}
        for each in self.blue.read(self.blue.settings.kafka.topics.stories):
            found.setdefault(each.partition, []).append(dict(each.headers)["ce_source"])
        return list(found.values())


@contextlib.contextmanager
def both(settings: Settings) -> Iterator[Both]:
    with open_world(settings) as blue, open_world(newer(settings)) as green:
        yield Both(blue, green)


@pytest.fixture(autouse=True)
def _quick_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("consumers.publisher.convergence.LOOK_S", 0.05)
    monkeypatch.setattr("pipeline.adapters.kafka.reading.POLL_MS", 50)


@pytest.fixture
def pair(redis: Redis, embedded_broker: BrokerUnderTest, settings_for: SettingsFor) -> Iterator[Both]:
    with both(settings_for(embedded_broker, publisher=EAGER)) as made:
        yield made


def converge(world: World, out: Publisher) -> None:
    """Until what the older edition had published is settled, and nothing waits."""
    settled = Keys(world.settings.redis.edition).settled

    def done() -> bool:
        out.step()
        stages = [each.rpartition(b" ")[2] for each in world.redis.hvals(settled)]
        return stages == [b"2"] * world.settings.publisher.shards

    eventually(done, what="shards settled")
    publish_all(world, out)


def stop(*_: object) -> None:
    raise KeyboardInterrupt


@contextlib.contextmanager
def filled(it: Both) -> Iterator[tuple[Clusterer, Clusterer, Publisher, Publisher]]:
    """A clusterer and a publisher of each, where both have read all; the older one has something unpublished."""
    with contextlib.ExitStack() as stack:
        one = stack.enter_context(clusterer(it.blue.settings, HashingEncoder()))
        out = stack.enter_context(publisher(it.blue.settings))
        it.blue.send([*map(article, range(3)), b"no article"])
        cluster_all(it.blue, [one], 4)
        publish_all(it.blue, out)
        it.begin()
        two = stack.enter_context(clusterer(it.green.settings, HashingEncoder()))
        it.blue.send([article(9)])
        cluster_all(it.blue, [one], 5)
        new = stack.enter_context(publisher(it.green.settings))
        cluster_all(it.green, [two], 5)
        new.step()
        yield one, two, out, new


def state(world: World, **fields: str) -> None:
    """The edition says so, as if its processes had been there."""
    redis, keys = world.redis, Keys(world.settings.redis.edition)
    redis.hset(keys.identity, mapping={"shards": world.settings.publisher.shards, **fields})


def check_taken_over(it: Both, reader: Reader, earlier: int = 0) -> None:
    """What a subscriber has is what the newer edition has, and every id leads somewhere."""
    live = set(it.green.stories.live_ids())
    last = it.green.last_records()
    assert {each for each, record in last.items() if record["status"] == Status.ACTIVE} == live
    eventually(lambda: reader.stories.keys() == last.keys() and all(
        reader.stories[each].revision == record["revision"] for each, record in last.items()
    ), what="the subscriber has the last records")  # fmt: skip
    assert reader.live == live
    for each in live:
        assert reader.subscriber.resolve(each) == each
        held = it.green.stories.snapshot(each)
        assert held is not None
        assert held.revision == last[each]["revision"]
    for each, record in reader.stories.items():
        survivor = reader.stories[reader.subscriber.resolve(each)]
        assert survivor.status is not Status.MERGED
        assert record.status is Status.MERGED or survivor is record
    revisions: dict[str, int] = {}
    for record in it.green.published():
        assert record["revision"] > revisions.get(record["story_id"], 0)
        revisions[record["story_id"]] = record["revision"]
    for sources in it.sources():
        changes = [each for each, before in zip(sources, [b"", *sources], strict=False) if each != before]
        assert len(changes) <= 2 + earlier, "no two editions publish at a time"


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


def test_a_switch_that_was_stopped_anywhere_goes_on_where_it_is_run_again(
    pair: Both, monkeypatch: pytest.MonkeyPatch
) -> None:
    with filled(pair) as (one, two, out, new):
        assert len(pair.blue.dead_letters()) == 1, "what the older edition has told of is not told again"
        for step in ("Succession.retire", "fence", "Way.is_behind", "Succession.take_over"):
            with monkeypatch.context() as patched:
                patched.setattr(f"{SWITCH}.{step}", stop)
                with pytest.raises(KeyboardInterrupt):
                    pair.switching().run(pair.name, max_lag=9)
            new.step()
            assert {each for sources in pair.sources() for each in sources} == {story_source(pair.name).encode()}
        with pytest.raises(SucceededError):
            out.step()
        with Reader(pair.blue.settings) as reader:
            pair.switching().run(pair.name, max_lag=9)
            assert pair.switching().predecessor() is None
            converge(pair.green, new)
            check_taken_over(pair, reader)
            one.close()
            go_back(pair, two, new, reader)


def go_back(it: Both, two: Clusterer, new: Publisher, reader: Reader) -> None:
    """The newer edition was no good: the older one, whose stories are still there, takes over from it."""
    back = Both(it.green, it.blue)
    it.blue.send([article(11)])
    cluster_all(it.green, [two], 6)
    publish_all(it.green, new)
    back.begin()
    with clusterer(it.blue.settings, HashingEncoder()) as again:
        cluster_all(it.blue, [again], 6)
        with publisher(it.blue.settings) as out:
            out.step()
            back.switching().run(back.name, max_lag=9)
            with pytest.raises(SucceededError):
                new.step()
            converge(it.blue, out)
            check_taken_over(back, reader, earlier=1)


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


REFUSED = [
    ({}, "itself", {}, "^edition .* can't be rebuilt beside itself"),
    ({}, "unknown", {}, "there is no edition unknown in this database .* say --lost"),
    ({"group": "a group"}, "", {}, "^consumer group a group is that of edition .* a kafka.group of its own"),
    ({}, "", {"stories": "others"}, "has others for kafka.topics.stories, these settings have stories-"),
]


@pytest.mark.parametrize(("ours", "beside", "theirs", "sentence"), REFUSED)
def test_what_can_not_be_rebuilt_is_refused_before_anything_is_changed(
    pair: Both, ours: dict[str, str], beside: str, theirs: dict[str, str], sentence: str
) -> None:
    state(pair.blue, group="a group", **theirs)
    green = newer(pair.blue.settings, group=ours.get("group", ""))
    older = {"itself": green.redis.edition, "": pair.name}.get(beside, beside)
    with pytest.raises(SuccessionError, match=sentence):
        begin(pair.blue.redis, green, older)
    assert not pair.blue.redis.exists(Keys(green.redis.edition).identity)


def test_an_edition_that_publishes_or_belongs_to_another_one_is_not_rebuilt(pair: Both) -> None:
    state(pair.blue)
    pair.green.positions.start("articles", {0: 0})
    with pytest.raises(
        SuccessionError, match=r"exists in this Redis and is not rebuilt .* a redis.edition that is new"
    ):
        pair.begin()
    pair.green.redis.delete(Keys(pair.green.settings.redis.edition).positions)
    pair.begin()
    pair.begin()
    third = newer(pair.blue.settings, edition="third", group="third")
    with open_world(third) as other:
        state(other)
        with pytest.raises(SuccessionError, match=f"belongs with edition {pair.name}, not with third"):
            begin(pair.blue.redis, pair.green.settings, "third")
    blind = pair.green.settings.model_copy(update={"encoder": EncoderSettings(model="another")})
    state(pair.green, encoder="first")
    with pytest.raises(AnotherIdentityError, match=r"has first for encoder.model, this process has another"):
        begin(pair.blue.redis, blind, pair.name)


def test_a_switch_is_refused_while_it_would_bring_silence(pair: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NoEditionError):
        pair.switching().predecessor()
    state(pair.blue)
    with pytest.raises(SuccessionError, match=r"does not stand by for another one: begin with"):
        Switch(pair.blue.redis, pair.blue.settings, lambda _: None).predecessor()
    pair.begin()
    pair.blue.send(map(article, range(8)))
    ends = pair.blue.ends()
    topic = pair.blue.settings.kafka.topics.articles
    with pytest.raises(
        SuccessionError, match=r"^\d records are not read by edition .*, more than the 0 of --max-lag"
    ):
        pair.switching().run(pair.name, max_lag=0)
    with pytest.raises(SuccessionError, match=r"^no publisher of edition .* is there to go on"):
        pair.switching().run(pair.name, max_lag=8)
    Roster(pair.green.redis, pair.green.settings.redis, 30.0).share(2)
    pair.blue.positions.start(topic, ends)
    monkeypatch.setattr(f"{SWITCH}.PATIENCE_S", 0.0)
    with pytest.raises(SuccessionError, match=r"has not read within 0 s .* Nothing has changed"):
        pair.switching().run(pair.name, max_lag=8)
    assert [each.standing for each in editions(pair.blue.redis) if each.name == pair.name] == ["live"]
    pair.green.positions.start(topic, ends)
    forgetful = pair.switching(lambda: pair.blue.redis.hdel(Keys(pair.name).identity, "successor"))
    with pytest.raises(SuccessionError, match=r"Redis has lost the end of edition .*: run the switch again"):
        forgetful.run(pair.name, max_lag=8)
    pair.switching().run(pair.name, max_lag=8)


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
    assert [each.decode() for each in left] == [Keys(SETTINGS.edition).identity]
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
