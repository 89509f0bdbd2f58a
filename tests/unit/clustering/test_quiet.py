"""When a story is closed because nothing more came: its dates and the broker's clock must both say so."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.domain.clustering import Clustering
from pipeline.domain.clustering.story import LiveStory, joined, merged, of_members, opened, without
from pipeline.domain.clustering.story_codec import decode_story, encode_story
from pipeline.domain.clustering.stream import CLOCK_ARTICLES, StreamState, decode_stream, encode_stream, observed
from pipeline.domain.clustering.types import EncodedArticle, NewVersion
from tests.unit.clustering.helpers import HOUR_S, article, clustering, committed

QUIET_S = 24 * HOUR_S
NOW = 1_000 * HOUR_S


def came(topic: int, numbers: Iterable[int], *, dated: float | None, arrived: float) -> list[EncodedArticle]:
    return [replace(article(topic, number, dated), arrived_at=arrived) for number in numbers]


def closed_by(live: Clustering) -> list[str]:
    closed = live.sweep().closed
    live.commit()
    return closed


def story_of(topic: int) -> str:
    return article(topic, 0).article_id[:20]


def test_dates_alone_close_no_story_whose_coverage_came_as_it_appeared() -> None:
    live = clustering(quiet_time_s=QUIET_S)
    committed(live, came(0, range(1), dated=NOW, arrived=NOW))
    for topic in range(1, 4):  # a flood that moves the event clock by years
        committed(live, came(topic, range(CLOCK_ARTICLES), dated=NOW + 10_000 * HOUR_S, arrived=NOW + 60))
    assert closed_by(live) == []
    committed(live, came(3, [99], dated=NOW, arrived=NOW + QUIET_S))
    assert closed_by(live) == [], "not a second too early by the broker's clock"
    committed(live, came(3, [100], dated=NOW, arrived=NOW + QUIET_S + 1))
    assert closed_by(live) == [story_of(0)]


def test_the_brokers_clock_alone_closes_no_story_either() -> None:
    live = clustering(quiet_time_s=QUIET_S)
    committed(live, came(0, range(1), dated=NOW, arrived=NOW))
    committed(live, came(1, range(CLOCK_ARTICLES), dated=NOW, arrived=NOW + 10 * QUIET_S))
    assert closed_by(live) == []


def test_a_member_that_came_late_keeps_its_story_whatever_its_date() -> None:
    live = clustering(quiet_time_s=QUIET_S)
    committed(live, came(0, [0], dated=NOW, arrived=NOW))
    committed(live, came(0, [1], dated=None, arrived=NOW + QUIET_S / 2))
    committed(live, came(1, range(CLOCK_ARTICLES), dated=NOW + 2 * QUIET_S, arrived=NOW + 1.2 * QUIET_S))
    assert closed_by(live) == []


def without_arrival(articles: Sequence[EncodedArticle]) -> list[EncodedArticle]:
    return [replace(each, arrived_at=None) for each in articles]


HISTORY = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 30), st.integers(0, 400)), min_size=1, max_size=25,
    unique_by=lambda each: each[:2],
)  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(HISTORY)
def test_years_of_old_news_that_come_within_a_minute_close_as_they_would_without_a_clock(
    history: list[tuple[int, int, int]],
) -> None:
    told, untold = clustering(quiet_time_s=QUIET_S), clustering(quiet_time_s=QUIET_S)
    for second, (topic, number, hour) in enumerate(history):
        batch = came(topic, [number], dated=hour * HOUR_S, arrived=NOW + second)
        assert committed(told, batch) == committed(untold, without_arrival(batch))
        assert closed_by(told) == closed_by(untold)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(-1e12, 1e12) | st.none(), min_size=1, max_size=40))
def test_no_dates_that_senders_choose_close_what_has_just_come(dates: list[float | None]) -> None:
    live = clustering(quiet_time_s=QUIET_S, quiet_articles=40)
    committed(live, came(0, [0], dated=NOW, arrived=NOW))
    for number, dated in enumerate(dates):
        committed(live, came(1, [number], dated=dated, arrived=NOW + number))
        assert story_of(0) not in closed_by(live)


def test_a_story_is_quiet_once_more_than_so_many_articles_came_after_its_latest() -> None:
    flood = 3 * CLOCK_ARTICLES
    live = clustering(quiet_time_s=QUIET_S, quiet_articles=flood + 10)
    committed(live, came(1, range(20), dated=NOW, arrived=NOW), came(0, [0], dated=NOW, arrived=NOW))
    committed(live, came(1, range(20, 20 + flood), dated=NOW + 10_000 * HOUR_S, arrived=NOW))
    assert closed_by(live) == []
    committed(live, came(1, range(900, 909), dated=NOW, arrived=NOW))
    assert closed_by(live) == []
    committed(live, came(1, [909, 910], dated=NOW, arrived=NOW))
    assert closed_by(live) == [story_of(0)]


def members(*arrivals: float) -> LiveStory:
    live = clustering()
    committed(live, *(came(0, [number], dated=0.0, arrived=at) for number, at in enumerate(arrivals)))
    (state,) = live.snapshot().states.values()
    return decode_story(state)


def test_the_latest_arrival_goes_with_the_members_through_joins_merges_and_splits() -> None:
    story = members(5, 9, 7)
    first, second, third = story.members
    assert story.last_arrival == 9
    assert of_members("s", (first, third)).last_arrival == 7
    assert without(story, frozenset([second.article_id])).last_arrival == 7
    assert merged(opened("a", third), opened("b", first), 12).last_arrival == 7
    large = replace(joined(opened("a", first), second, 1), size=5)
    assert merged(large, opened("b", third), 12).last_arrival == 9


def test_arrivals_are_stored() -> None:
    read = decode_story(encode_story(members(5, 9)))
    assert read.last_arrival == 9
    assert [each.arrived_at for each in read.members] == [5, 9]


def test_the_arrival_clock_is_stored_and_never_goes_back() -> None:
    vector = article(0, 0).vector
    state = StreamState()
    for arrived in (5.0, 9.0, None, 7.0):
        state = observed(state, "en", vector, None, arrived)
    assert decode_stream(encode_stream(state)).arrived == 9


def test_a_correction_keeps_the_time_at_which_its_article_first_came() -> None:
    live = clustering()
    committed(live, came(0, [0], dated=0.0, arrived=5))
    (again,) = came(0, [0], dated=0.0, arrived=99)
    live.assign([], [NewVersion(again, story_of(0), version=1)])
    live.commit()
    (state,) = live.snapshot().states.values()
    assert decode_story(state).last_arrival == 5
