"""When feeds are visited again, and what a watch makes of each visit."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs

from producers.feeds.database import Database
from producers.feeds.feed_metrics import FeedHealth, FeedMetrics, Visit
from producers.feeds.fetch import Validators
from producers.feeds.opml import FeedSource
from producers.feeds.schedule import MAX_BACKOFF_S, MAX_RETRY_AFTER_S, MAX_WAIT_S, Schedule
from producers.feeds.state import FeedStates
from producers.feeds.visit import Visitor, VisitReport
from producers.feeds.watch import Watch

ETAG = Validators('"v1"')
NOW = datetime(2025, 8, 15, 12, 0, tzinfo=UTC)
FEED = FeedSource("https://a.example/feed")
STEADY = Schedule(300)
ADAPTIVE = Schedule(300, 3_600)


class Desk:
    """Makes watches over one state file; time stands still, and nothing is left to chance."""

    def __init__(self, path: Path) -> None:
        self.database = Database(path)
        self.states = FeedStates(self.database)
        self.now = NOW

    def watch(self, schedule: Schedule = STEADY, source: FeedSource = FEED) -> Watch:
        metrics = FeedMetrics(CollectorRegistry())
        return Watch(
            source, cast(Visitor, None), schedule, metrics, self.states, chance=lambda: 0.5, now=lambda: self.now
        )  # fmt: skip


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path / "feeds.db")
    yield desk
    desk.database.close()


@pytest.fixture
def watch(desk: Desk) -> Watch:
    return desk.watch()


def delays(watch: Watch, *reports: VisitReport) -> list[float | None]:
    """The wait after each visit."""
    waits = []
    for report in reports:
        watch.learn(report)
        waits.append(watch.wait_s())
    return waits


def gauge(watch: Watch, health: FeedHealth) -> float:
    (metric,) = watch._metrics.feeds.collect()
    return next(sample.value for sample in metric.samples if sample.labels["health"] == health)


FAILED = VisitReport(Visit.FAILED, "HTTP 500")
OK = VisitReport(Visit.FETCHED, validators=ETAG)
NEWS = VisitReport(Visit.FETCHED, validators=ETAG, found=True)
SAME = VisitReport(Visit.NOT_MODIFIED, validators=ETAG)


def test_a_feed_is_visited_again_after_the_interval_of_the_settings(desk: Desk) -> None:
    assert delays(desk.watch(Schedule(120)), OK, SAME, NEWS) == [120, 120, 120]
    other = FeedSource("https://b.example/feed")
    assert delays(desk.watch(Schedule(7_200, 60), other), OK, NEWS) == [7_200, 7_200]


def test_a_quiet_feed_is_visited_less_and_less_up_to_the_longest_interval(desk: Desk) -> None:
    assert delays(desk.watch(ADAPTIVE), NEWS, SAME, OK, SAME) == [300, 450, 675, 1_012.5]
    assert delays(desk.watch(ADAPTIVE), *[SAME] * 10)[-1] == 3_600


def test_a_feed_with_news_is_visited_more_often_down_to_the_shortest_interval(desk: Desk) -> None:
    watch = desk.watch(ADAPTIVE)
    delays(watch, *[SAME] * 10)
    assert delays(watch, NEWS, NEWS, NEWS, NEWS, NEWS) == [1_800, 900, 450, 300, 300]


@pytest.mark.parametrize("gap_s", [900, 1_800, 3_600])
def test_each_feed_settles_at_its_own_rhythm(desk: Desk, gap_s: float) -> None:
    """Articles that come at an even pace: the visits settle at one for each, or somewhat more."""
    watch, clock, last = desk.watch(Schedule(60, 86_400)), 0.0, 0
    visits: list[float] = []
    while clock < 200 * gap_s:
        found = int(clock / gap_s) > last
        last = int(clock / gap_s)
        (delay_s,) = delays(watch, NEWS if found else SAME)
        clock += delay_s or 0.0
        visits.append(clock)
    settled = [each for each in visits if each > 50 * gap_s]
    assert 1.0 <= len(settled) / 150 <= 4.0


def test_the_rhythm_survives_a_restart(desk: Desk) -> None:
    delays(desk.watch(ADAPTIVE), NEWS, SAME, SAME)
    assert delays(desk.watch(ADAPTIVE), SAME) == [1_012.5]


@pytest.mark.parametrize(("wished_s", "delay_s"), [(100, 300), (900, 945), (1e9, 3_780)])
def test_what_the_feed_wishes_is_kept_up_to_the_longest_interval(
    desk: Desk, wished_s: float, delay_s: float
) -> None:
    wishing = VisitReport(Visit.FETCHED, validators=ETAG, found=True, wished_s=wished_s)
    assert delays(desk.watch(ADAPTIVE), wishing) == [delay_s]


@pytest.mark.parametrize("chance", [0.0, 0.5, 0.999])
def test_no_wish_is_undercut_by_chance(chance: float) -> None:
    assert ADAPTIVE.after_success(300, 900, chance) >= 900


def test_delays_double_with_each_failure_up_to_a_cap() -> None:
    found = [STEADY.after_failures(300, failures, None, 0.5) for failures in (1, 2, 3, 50, 10_000)]
    assert found == [600, 1200, 2400, MAX_BACKOFF_S, MAX_BACKOFF_S]


def test_an_interval_above_the_cap_stays() -> None:
    assert Schedule(86_400).after_failures(86_400, 3, None, 0.5) == 86_400


def test_a_failing_feed_is_never_visited_more_often_than_before(desk: Desk) -> None:
    watch = desk.watch(ADAPTIVE)
    delays(watch, *[SAME] * 10)
    assert delays(watch, FAILED) == [7_200]


def test_delays_are_spread_by_a_tenth_to_both_sides() -> None:
    found = [STEADY.after_success(300, 0, chance) for chance in (0, 0.5, 1)]
    assert found == pytest.approx([270, 300, 330])


@pytest.mark.parametrize("chance", [0.0, 0.5, 0.999])
def test_the_server_is_left_alone_as_long_as_it_wants_and_no_longer_than_a_day(chance: float) -> None:
    assert STEADY.after_failures(300, 1, 7_200, chance) >= 7_200
    assert STEADY.after_failures(300, 1, 1e9, chance) <= MAX_RETRY_AFTER_S * 1.1
    assert STEADY.after_failures(300, 1, 5, chance) >= 540


def test_a_success_ends_the_back_off(watch: Watch) -> None:
    assert delays(watch, FAILED, FAILED, OK, FAILED) == [600, 1200, 300, 600]


def test_the_back_off_goes_on_after_a_restart(desk: Desk) -> None:
    delays(desk.watch(), FAILED, FAILED)
    assert delays(desk.watch(), FAILED) == [2_400]


def test_a_restart_visits_a_feed_when_it_was_due_and_not_before(desk: Desk) -> None:
    assert desk.watch().wait_s() == 0
    delays(desk.watch(), OK)
    desk.now += timedelta(seconds=200)
    assert desk.watch().wait_s() == 100
    desk.now += timedelta(days=3)
    assert desk.watch().wait_s() == 0


def test_a_clock_that_was_wrong_does_not_put_a_feed_off_for_years(desk: Desk) -> None:
    desk.now += timedelta(days=3_650)
    delays(desk.watch(), OK)
    desk.now = NOW
    assert desk.watch().wait_s() == MAX_WAIT_S


def test_an_interval_of_a_week_is_kept(desk: Desk) -> None:
    assert delays(desk.watch(Schedule(7 * 86_400)), OK) == [7 * 86_400]


def test_a_longer_interval_holds_for_failures_too(desk: Desk) -> None:
    delays(desk.watch(Schedule(10)), OK)
    assert delays(desk.watch(Schedule(300)), FAILED) == [600]


def test_a_feed_that_is_gone_is_not_visited_again_after_a_restart_either(desk: Desk) -> None:
    watch = desk.watch()
    assert delays(watch, OK, VisitReport(Visit.GONE, "HTTP 410 Gone")) == [300, None]
    again = desk.watch()
    assert again.wait_s() is None
    for each in (watch, again):
        assert gauge(each, FeedHealth.GONE) == 1
        assert gauge(each, FeedHealth.OK) == 0


def test_validators_survive_a_failure_and_a_restart(desk: Desk) -> None:
    delays(desk.watch(), OK, FAILED)
    assert desk.watch().state.validators == ETAG


def test_validators_that_a_304_renews_are_kept(watch: Watch) -> None:
    delays(watch, OK, VisitReport(Visit.NOT_MODIFIED, validators=Validators('"v2"')))
    assert watch.state.validators == Validators('"v2"')


def test_validators_are_only_remembered_once_everything_is_on_the_topic(watch: Watch) -> None:
    """Else the next visit would be answered by 304, and the articles be lost."""
    watch.learn(VisitReport(Visit.UNDELIVERED, "2 articles: not acknowledged"))
    assert watch.state.validators == Validators()


def test_kafka_being_away_does_not_put_the_feed_off(watch: Watch) -> None:
    assert delays(watch, *[VisitReport(Visit.UNDELIVERED)] * 3) == [300, 300, 300]


def test_a_feed_that_moved_is_visited_at_its_new_address_and_told_once(desk: Desk) -> None:
    moved = VisitReport(Visit.FETCHED, validators=ETAG, moved_to="https://b.example/feed")
    watch = desk.watch()
    with capture_logs() as logs:
        delays(watch, moved, moved)
    assert [each["event"] for each in logs].count("feed moved for good, change the list") == 1
    assert [watch.state.url, desk.watch().state.url] == ["https://b.example/feed"] * 2


@pytest.mark.parametrize("after", [FAILED, VisitReport(Visit.GONE, "HTTP 410 Gone")])
def test_a_move_that_leads_nowhere_ends_at_the_address_of_the_list(watch: Watch, after: VisitReport) -> None:
    delays(watch, VisitReport(Visit.FETCHED, validators=ETAG, moved_to="https://b.example/feed"))
    assert delays(watch, after) == [600]
    assert (watch.state.url, watch.state.health) == (FEED.url, FeedHealth.FAILING)
    assert delays(watch, VisitReport(Visit.GONE)) == [None]


def test_an_error_is_kept_as_a_line_without_control_characters(watch: Watch) -> None:
    delays(watch, VisitReport(Visit.UNREADABLE, "no feed:\n\x1b[31m" + "x" * 10_000))
    assert watch.state.error.startswith("no feed: [31mxxx")
    assert len(watch.state.error) == 500


def test_a_feed_that_stays_down_is_one_line_in_the_log(watch: Watch) -> None:
    with capture_logs() as logs:
        delays(watch, OK, OK, FAILED, FAILED, FAILED, OK)
    assert [(each["event"], each["log_level"]) for each in logs] == [
        ("feed is ok", "info"),
        ("feed is failing", "warning"),
        ("feed is ok", "info"),
    ]
    assert logs[1]["why"] == "HTTP 500"


def test_the_last_error_stays_known_when_later_visits_go_well(watch: Watch) -> None:
    delays(watch, FAILED, OK)
    assert (watch.state.error, watch.state.error_at) == ("HTTP 500", NOW)
    assert (watch.state.result, watch.state.visited_at) == (Visit.FETCHED, NOW)


def test_a_state_that_can_not_be_written_stops_no_feed_and_is_counted(desk: Desk) -> None:
    watch = desk.watch()
    desk.database._connection.execute("PRAGMA query_only = ON")
    assert delays(watch, OK) == [300]
    (metric,) = watch._metrics.state_errors.collect()
    assert metric.samples[0].value == 1
