"""When feeds are visited again, what is remembered of them, and which articles were sent."""

from __future__ import annotations

from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs

from producers.feeds.fetch import Validators
from producers.feeds.metrics import FeedHealth, FeedMetrics, Visit
from producers.feeds.opml import FeedListError, FeedSource, load_feeds
from producers.feeds.schedule import MAX_BACKOFF_S, MAX_RETRY_AFTER_S, Schedule
from producers.feeds.seen import SeenArticles
from producers.feeds.visit import VisitReport
from producers.feeds.watch import Watch

ETAG = Validators('"v1"')


def middle() -> float:
    """No jitter."""
    return 0.5


@pytest.fixture
def watch() -> Watch:
    metrics = FeedMetrics(CollectorRegistry())
    return Watch(FeedSource("https://a.example/feed"), None, Schedule(300), metrics, middle)  # type: ignore[arg-type]


def gauge(watch: Watch, health: FeedHealth) -> float:
    (metric,) = watch._metrics.feeds.collect()
    return next(sample.value for sample in metric.samples if sample.labels["health"] == health)


FAILED = VisitReport(Visit.FAILED, "HTTP 500")
OK = VisitReport(Visit.FETCHED, validators=ETAG)


def test_delays_double_with_each_failure_up_to_a_cap() -> None:
    schedule = Schedule(300)
    delays = [schedule.after_failures(failures, None, 0.5) for failures in (1, 2, 3, 50, 10_000)]
    assert delays == [600, 1200, 2400, MAX_BACKOFF_S, MAX_BACKOFF_S]


def test_an_interval_above_the_cap_stays() -> None:
    assert Schedule(86_400).after_failures(3, None, 0.5) == 86_400


def test_delays_are_spread_by_a_tenth_to_both_sides() -> None:
    assert [Schedule(300).after_success(chance) for chance in (0, 0.5, 1)] == pytest.approx([270, 300, 330])


@pytest.mark.parametrize("chance", [0.0, 0.5, 0.999])
def test_the_server_is_left_alone_as_long_as_it_wants_and_no_longer_than_a_day(chance: float) -> None:
    assert Schedule(300).after_failures(1, 7_200, chance) >= 7_200
    assert Schedule(300).after_failures(1, 1e9, chance) <= MAX_RETRY_AFTER_S * 1.1
    assert Schedule(300).after_failures(1, 5, chance) >= 540


def test_a_success_ends_the_back_off(watch: Watch) -> None:
    assert [watch.learn(each) for each in (FAILED, FAILED, OK, FAILED)] == [600, 1200, 300, 600]


def test_a_feed_that_is_gone_is_not_visited_again(watch: Watch) -> None:
    assert watch.learn(VisitReport(Visit.GONE)) is None
    assert gauge(watch, FeedHealth.GONE) == 1
    assert gauge(watch, FeedHealth.NEW) == 0


def test_validators_survive_a_failure(watch: Watch) -> None:
    watch.learn(OK)
    watch.learn(FAILED)
    assert watch._validators == ETAG


def test_validators_are_only_remembered_once_everything_is_on_the_topic(watch: Watch) -> None:
    """Else the next visit would be answered by 304, and the articles be lost."""
    watch.learn(VisitReport(Visit.UNDELIVERED, "2 articles: not acknowledged"))
    assert watch._validators == Validators()


def test_kafka_being_away_does_not_put_the_feed_off(watch: Watch) -> None:
    undelivered = VisitReport(Visit.UNDELIVERED)
    assert [watch.learn(undelivered) for _ in range(3)] == [300, 300, 300]


def test_a_feed_that_moved_is_visited_at_its_new_address_and_told_once(watch: Watch) -> None:
    moved = VisitReport(Visit.FETCHED, validators=ETAG, moved_to="https://b.example/feed")
    with capture_logs() as logs:
        watch.learn(moved)
        watch.learn(moved)
    assert watch.url == "https://b.example/feed"
    assert [each["event"] for each in logs].count("feed moved for good, change the list") == 1


def test_a_feed_that_stays_down_is_one_line_in_the_log(watch: Watch) -> None:
    with capture_logs() as logs:
        for report in (OK, OK, FAILED, FAILED, FAILED, OK):
            watch.learn(report)
    assert [(each["event"], each["log_level"]) for each in logs] == [
        ("feed is ok", "info"),
        ("feed is failing", "warning"),
        ("feed is ok", "info"),
    ]
    assert logs[1]["why"] == "HTTP 500"


def test_an_article_is_claimed_once_until_it_is_forgotten() -> None:
    seen = SeenArticles()
    assert [seen.claim("a"), seen.claim("a")] == [True, False]
    seen.forget("a")
    seen.forget("never seen")
    assert seen.claim("a")


def test_the_articles_seen_longest_ago_are_dropped_first() -> None:
    seen = SeenArticles(capacity=2)
    for each in ("a", "b", "a", "c"):  # `a` was met again, so `b` goes
        seen.claim(each)
    assert [seen.claim("a"), seen.claim("c"), seen.claim("b")] == [False, False, True]


OPML = '<opml version="2.0"><head/><body><outline text="World">%s</outline></body></opml>'


def test_the_list_is_read_with_names_and_every_feed_once(tmp_path: Path) -> None:
    path = tmp_path / "feeds.opml"
    path.write_text(
        OPML % '<outline type="rss" text="A" xmlUrl="https://a.example/feed"/>'
        '<outline type="rss" text="A again" xmlUrl="https://a.example/feed"/>'
        '<outline type="rss" text="F" xmlUrl="ftp://f.example/feed"/>'
        '<outline type="rss" text="" xmlUrl="https://b.example/feed"/>'
    )
    assert load_feeds(path) == [
        FeedSource("https://a.example/feed", "A"),
        FeedSource("https://b.example/feed", None),
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "no feeds in it"),
        ("not xml", "no feeds in it"),
        (OPML % "", "no feeds in it"),
        (OPML % '<outline type="rss" text="F" xmlUrl="file:///etc/passwd"/>', "none of its 1 feeds"),
    ],
)
def test_a_list_without_feeds_is_refused(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "feeds.opml"
    path.write_text(content)
    with pytest.raises(FeedListError, match=rf"feeds\.opml: {said}"):
        load_feeds(path)


def test_a_missing_list_is_named(tmp_path: Path) -> None:
    with pytest.raises(FeedListError, match=r"none\.opml: can't be read: No such file"):
        load_feeds(tmp_path / "none.opml")


def test_the_shipped_list_has_outlets_in_five_languages() -> None:
    feeds = load_feeds(None)
    assert 30 <= len(feeds) <= 80
    assert all(feed.outlet for feed in feeds)
