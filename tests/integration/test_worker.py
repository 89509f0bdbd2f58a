"""The clusterer's turns, with a broker in memory and a real Redis: what it commits and what it tells Kafka."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from consumers.clusterer.synced_clustering import MAX_TRIES, MAX_WAIT_S, WAIT_S
from pipeline.adapters.store.commit import Batch, Committer
from pipeline.adapters.store.live_reader import LiveStoriesReader
from pipeline.domain.clustering import Clustering
from pipeline.domain.clustering.corrections import later_story_id
from pipeline.domain.clustering.types import Changes
from pipeline.settings import RedisSettings
from pipeline.testing.clock import Clock
from tests.support.clusterer_bench import Bench, MakeBench, broken, committed_articles, good, members, version
from tests.support.samples import article, article_ids
from tests.support.waiting import eventually
from tests.unit.clusterer.fakes import at

WORDS = (
    "Floods", "Strike", "Comet", "Verdict", "Harvest", "Regatta", "Eclipse", "Census", "Opera", "Glacier", "Tariff"
)  # fmt: skip


def test_a_batch_is_committed_with_its_positions_and_every_record_is_accounted_for(
    bench: MakeBench,
) -> None:
    one = bench()
    records = [good(0, 0), good(0, 1), broken(0, 2), good(1, 0, number=0), good(1, 1)]
    assert one.take(*records) == 5
    assert one.positions.read("articles", [0, 1]) == {0: 3, 1: 2}
    counters = one.positions.counters()
    assert counters["in"] == 5
    assert (counters["opened"] + counters["joined"], counters["duplicate"], counters["dead_lettered"]) == (3, 1, 1)
    assert one.producer.topic == [b"broken 0/2"]
    assert one.outcome("duplicate") == 1
    assert one.outcome("dead_lettered") == 1
    assert one.outcome("joined") + one.outcome("opened") == 3
    assert one.count("live_stories") == len(one.stories.live_ids())


def test_what_is_applied_is_behind_us_and_no_lag(bench: MakeBench) -> None:
    one = bench()
    one.take(good(0, 0), good(0, 1), good(1, 0))
    one.consumer.marks = {at(0): 3, at(1): 1}
    one.clusterer.step()
    assert one.count("consumer_lag") == 1


def test_a_clusterer_that_starts_late_holds_what_others_committed_before(bench: MakeBench) -> None:
    one = bench()
    one.take(good(0, 0))
    late = bench()
    late.take(good(1, 0))
    held = LiveStoriesReader(one.redis, RedisSettings(edition="worker-test")).load().snapshot
    assert late.replica.snapshot().states == held.states
    assert len(held.states) == one.metrics.articles.labels("opened")._value.get() + late.outcome("opened")


def test_a_clusterer_loads_all_live_stories_before_it_follows_others(
    bench: MakeBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    for name in ("load", "since"):
        method = getattr(LiveStoriesReader, name)

        def heard(*given: object, name: str = name, method: Callable[..., object] = method) -> object:
            asked.append(name)
            return method(*given)

        monkeypatch.setattr(LiveStoriesReader, name, heard)
    one = bench()
    one.take(good(0, 0))
    one.take(good(0, 1))
    assert asked == ["load", "since"]


def test_a_replica_counts_what_it_committed_itself_once(bench: MakeBench) -> None:
    one, other = bench(), bench()
    for offset in range(3):
        one.take(good(0, offset))
    other.take(good(1, 0))
    one.take(good(0, 3))
    held = LiveStoriesReader(one.redis, RedisSettings(edition="worker-test")).load().snapshot
    assert one.replica.snapshot().term_table == held.term_table


def test_nothing_is_committed_to_a_redis_that_is_not_ready_and_what_it_lost_is_read_again(
    bench: MakeBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = bench()
    server, dropped = one.clusterer._stores.server, list[str]()
    monkeypatch.setattr(one.clusterer._preparation, "drop", lambda: dropped.append(server.incarnation))
    with monkeypatch.context() as patch:
        patch.setattr(server, "confirm", lambda: False)
        assert one.take(good(0, 0)) == 0
    assert one.positions.counters()["in"] == 0
    monkeypatch.setattr(server, "confirm", lambda: True)
    assert (one.clusterer.step(), one.clusterer.step(), dropped) == (1, 0, [])
    server.incarnation = "another"
    one.clusterer.step()
    one.clusterer.step()
    assert dropped == ["another"]


def test_kafka_hears_the_end_of_each_batch(bench: MakeBench) -> None:
    one = bench()
    one.take(good(0, 0), good(0, 1), good(1, 0))
    assert one.consumer.offsets == {at(0): 2, at(1): 1}


def test_kafka_never_hears_an_offset_before_the_letters_that_are_written(bench: MakeBench) -> None:
    one = bench()
    one.consumer.offsets = {at(0): 6}  # letters up to 5 were written by one whose Redis lost them
    one.consumer.listener.on_partitions_revoked([at(0)])
    one.assign(0)
    one.take(good(0, 0), broken(0, 1))
    assert one.positions.read("articles", [0]) == {0: 2}
    assert one.consumer.offsets[at(0)] == 6
    assert one.producer.topic == [], "the letter stands before that offset"
    one.take(good(0, 2), good(0, 3), good(0, 4), good(0, 5), broken(0, 6))
    assert one.producer.offsets == {at(0): 7}
    assert one.consumer.offsets[at(0)] == 7


def test_a_batch_whose_letters_kafka_refuses_is_dropped_and_read_again(bench: MakeBench) -> None:
    one = bench()
    one.producer.fails = True
    assert one.take(good(0, 0), broken(0, 1)) == 0
    assert one.positions.counters()["in"] == 0
    assert one.consumer.sought[-2:] == [(0, 0), (1, 0)]
    one.producer.fails = False
    assert one.take(good(0, 0), broken(0, 1)) == 2
    assert one.producer.topic == [b"broken 0/1"]


def test_a_batch_that_another_consumer_applied_is_dropped_and_its_position_followed(
    bench: MakeBench,
) -> None:
    one, zombie = bench(), bench()
    one.take(good(0, 0), good(0, 1))
    assert zombie.take(good(0, 0), good(0, 1)) == 0
    assert zombie.consumer.sought[-2:] == [(0, 2), (1, 0)]
    assert one.positions.counters()["in"] == 2
    assert zombie.refused("fenced") == 1


def test_what_another_commits_while_a_batch_is_encoded_overtakes_nothing(bench: MakeBench) -> None:
    one, other = bench(), bench()
    other.take(good(1, 0))
    other.encoder.while_encoding = lambda: one.take(good(0, 0))
    assert other.take(good(1, 1)) == 1
    assert other.refused("stale") == 0
    assert committed_articles(one) == 3


def test_a_decision_that_another_overtook_is_taken_again_on_what_changed(bench: MakeBench) -> None:
    one, other = bench(), bench()
    one.take(good(0, 0))
    overtaken_by(other, one, times=1)
    assert one.take(good(0, 1)) == 1
    assert one.refused("stale") == 1
    assert committed_articles(one) == 3


def overtaken_by(other: Bench, one: Bench, times: int) -> None:
    """So often `other` commits an article before `one` can."""
    numbers = iter(range(times))

    def first(_: Batch) -> None:
        number = next(numbers, None)
        assert number is None or other.take(good(1, number)) == 1

    one.before_commit(first)


def test_a_batch_that_is_overtaken_time_after_time_is_given_back_after_pauses_and_read_again(
    bench: MakeBench,
) -> None:
    one, other = bench(), bench()
    overtaken_by(other, one, MAX_TRIES)
    assert one.take(good(0, 0)) == 0
    assert one.refused("stale") == MAX_TRIES
    assert one.refused("overtaken") == 1
    assert one.consumer.sought[-2:] == [(0, 0), (1, MAX_TRIES)]
    assert len(one.pauses) == len(set(one.pauses)) == MAX_TRIES - 1, "each of them by chance"
    assert max(one.pauses[:2]) <= 2 * WAIT_S
    assert max(one.pauses) <= MAX_WAIT_S
    assert one.take(good(0, 0)) == 1
    assert one.positions.counters()["in"] == MAX_TRIES + 1


def test_a_sweep_that_is_overtaken_time_after_time_is_tried_again_after_the_next_batch(
    bench: MakeBench,
) -> None:
    one, other = bench(sweep_every=2), bench()
    one.take(good(0, 0))
    overtaken_by(other, one, MAX_TRIES)
    one.clusterer.sweep()
    assert one.refused("overtaken") == 1
    assert one.positions.counters()["swept"] == 0
    one.take(good(0, 1))
    assert one.positions.counters()["swept"] == MAX_TRIES + 2


def test_a_clusterer_shows_that_it_lives_while_it_encodes(bench: MakeBench) -> None:
    one = bench()

    def slow() -> None:
        before = one.health._last_beat
        eventually(lambda: one.health._last_beat > before, timeout_s=10, pause_s=0.01)

    one.encoder.while_encoding = slow
    assert one.take(good(0, 0)) == 1


def test_an_article_that_another_committed_while_it_was_encoded_counts_once(bench: MakeBench) -> None:
    one, other = bench(), bench()
    other.encoder.while_encoding = lambda: one.take(good(0, 0, number=7))
    assert other.take(good(1, 0, number=7)) == 1
    counters = one.positions.counters()
    assert (counters["in"], counters["duplicate"]) == (2, 1)


def test_a_known_article_is_not_encoded_again(bench: MakeBench) -> None:
    one = bench()
    one.take(good(0, 0, number=7), good(0, 1, number=8))
    one.take(good(0, 2, number=7), good(0, 3, number=9), good(1, 0, number=9))
    assert len(one.encoder.encoded) == 3


def test_a_sweep_follows_after_so_many_articles_and_not_before(bench: MakeBench) -> None:
    one = bench(sweep_every=3)
    one.take(good(0, 0), good(0, 1))
    assert one.positions.counters()["swept"] == 0
    one.take(good(0, 2))
    assert one.positions.counters()["swept"] == 3
    one.take(good(0, 3), good(0, 4))
    assert one.positions.counters()["swept"] == 3, "it counts anew after each"


def test_a_sweep_that_leaves_something_is_followed_by_others_and_does_not_count_as_one_before(
    bench: MakeBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.domain.clustering.sweep.MOST", 2)
    one = bench(sweep_every=5)
    one.take(*(good(0, offset, title=WORDS[offset]) for offset in range(5)))
    swept = [one.positions.counters()["swept"]]
    for offset in range(5, 11):
        one.take(good(0, offset, title=WORDS[offset]))
        swept.append(one.positions.counters()["swept"])
    assert swept[:2] == [0, 0]
    assert swept[-1] > 5


def test_a_long_decision_shows_signs_of_life(bench: MakeBench, monkeypatch: pytest.MonkeyPatch) -> None:
    one = bench()
    decide = Clustering.sweep

    def slow(clustering: Clustering) -> Changes:
        before = one.health._last_beat
        eventually(lambda: one.health._last_beat > before, timeout_s=10, pause_s=0.01)
        return decide(clustering)

    monkeypatch.setattr(Clustering, "sweep", slow)
    one.clusterer.sweep()


def test_a_pause_in_the_stream_is_used_for_a_sweep_once(bench: MakeBench, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr("consumers.clusterer.sweep_times.time.monotonic", clock)
    one = bench(sweep_idle_s=2.0)
    clock.now += 60.0
    one.clusterer.step()
    one.take(good(0, 0))
    clock.now += 1.9 - 60.0
    one.clusterer.step()
    assert one.positions.counters()["swept"] == 0
    clock.now += 0.1
    one.clusterer.step()
    assert one.positions.counters()["swept"] == 1
    one.take(good(0, 1))
    clock.now += 1.9
    one.clusterer.step()
    assert one.positions.counters()["swept"] == 1, "counted from the sweep before"
    clock.now += 0.1
    one.clusterer.step()
    assert one.positions.counters()["swept"] == 2
    sweeps: list[None] = []
    monkeypatch.setattr(one.clusterer, "sweep", lambda: sweeps.append(None))
    clock.now += 60.0
    one.clusterer.step()
    assert sweeps == [], "nothing came since"


def test_a_clusterer_without_partitions_says_so(bench: MakeBench) -> None:
    one = bench()
    assert one.clusterer.assigned
    one.consumer.listener.on_partitions_revoked([at(0), at(1)])
    assert not one.clusterer.assigned


def test_the_lag_is_told_on_every_turn(bench: MakeBench) -> None:
    one = bench()
    one.consumer.marks = {at(0): 12, at(1): 3}
    one.clusterer.step()
    assert one.count("consumer_lag") == 15


def test_reprints_are_counted(bench: MakeBench) -> None:
    one = bench()
    body = " ".join(f"Sentence {n} tells how the river rose by {n} feet near village {n}." for n in range(30))
    one.take(good(0, 0, text=body), good(0, 1, text=body), good(0, 2))
    assert one.count("reprints") == 1


def test_a_store_that_fails_leaves_the_replica_as_it_was(
    bench: MakeBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = bench()
    one.take(good(0, 0))
    with monkeypatch.context() as patch:
        patch.setattr(Committer, "commit", _no_redis)
        with pytest.raises(ConnectionError):
            one.take(good(0, 1))
    one.clusterer._partitions.go_back()
    assert one.take(good(0, 1)) == 1
    assert one.positions.counters()["in"] == 2


def _no_redis(*_: object) -> None:
    raise ConnectionError("no Redis")


def test_a_clusterer_that_stops_leaves_the_group(bench: MakeBench) -> None:
    one = bench()
    one.clusterer.close()
    assert one.consumer.closed


def test_a_corrected_article_stays_where_it_is_with_its_new_text_and_its_first_arrival(
    bench: MakeBench,
) -> None:
    one = bench()
    one.take(version(0, 1, "2025-03-03T10:00:00Z"), version(1, 2, "2025-03-03T10:00:00Z"))
    before = members(one)
    one.take(version(2, 1, "2025-03-03T11:00:00Z", title="Oststadt bridge closed after a crack, report 1"))
    after = members(one)
    assert after.keys() == before.keys()
    told = {number: seen for story in after.values() for number, seen in story.items()}
    arrived = {number: seen for story in before.values() for number, seen in story.items()}
    assert told[1] == ("Oststadt bridge closed after a crack, report 1", arrived[1][1])
    assert told[2] == arrived[2]
    assert one.positions.counters()["duplicate"] == 1
    assert one.count("articles_corrected") == 1


def test_an_older_version_changes_nothing_and_is_not_encoded(bench: MakeBench) -> None:
    one = bench()
    one.take(version(0, 1, "2025-03-03T10:00:00Z"))
    before, encoded = members(one), len(one.encoder.encoded)
    one.take(version(1, 1, "2025-03-03T09:00:00Z", title="An older headline"))
    assert members(one) == before
    assert len(one.encoder.encoded) == encoded


def test_a_withdrawn_article_leaves_and_comes_back_only_with_a_later_version_under_another_id(
    bench: MakeBench,
) -> None:
    one = bench()
    one.take(version(0, 1, "2025-03-03T10:00:00Z"))
    (first,) = members(one)
    one.take(version(1, 1, "2025-03-03T11:00:00Z", withdrawn=True))
    assert members(one) == {first: {}}
    one.take(version(2, 1, "2025-03-03T10:30:00Z"))
    assert members(one) == {first: {}}
    assert one.count("articles_withdrawn") == 1
    one.take(version(3, 1, "2025-03-03T12:00:00Z"))
    back = members(one)
    (second,) = back.keys() - {first}
    assert back[first] == {}
    assert list(back[second]) == [1]
    milliseconds = int(datetime(2025, 3, 3, 12, tzinfo=UTC).timestamp() * 1000)
    (article_id,) = article_ids([article(1)])
    assert second == later_story_id("", article_id, milliseconds)


def test_versions_of_an_article_whose_story_has_expired_bring_nothing_back(bench: MakeBench) -> None:
    one = bench()
    one.take(version(0, 1, "2025-03-03T10:00:00Z"))
    (first,) = members(one)
    one.redis.delete(*one.redis.scan_iter(match=f"*story:{first}*"))
    one.take(version(1, 1, "2025-03-03T11:00:00Z", title="A new headline"))
    assert members(one) == {}
    assert one.positions.counters()["in"] == 2
