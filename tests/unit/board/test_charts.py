"""Geometry and lists are exact sums of what they show."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumers.board.articles import LISTED, ArticleOrder, ArticleQuery, Tab, list_articles
from consumers.board.charts import bias_segments, factuality_segments, timeline
from consumers.board.interface.interface import interface
from consumers.board.story_page import TOP, ranked
from groundswell.record import Bias, ShareOf, TimelineBin
from pipeline.testing.articles import START
from pipeline.testing.outlets import OUTLETS
from pipeline.testing.records import member
from tests.support.blast import blast

counts = st.integers(0, 500)


@given(counts, counts, counts)
def test_segments_fill_the_bar_and_do_not_overlap(left: int, center: int, right: int) -> None:
    total = max(left + center + right, 1)
    parts = {
        side: ShareOf(count=n, share=n / total)
        for side, n in (("left", left), ("center", center), ("right", right))
    }
    segments = bias_segments(Bias(**parts))
    ends = [segment.x + segment.width for segment in segments]
    assert [segment.x for segment in segments[1:]] == pytest.approx(ends[:-1], abs=0.01)
    assert ends[-1] == pytest.approx(100 if left + center + right else 0, abs=0.01)


def test_factuality_is_ordered_best_first_whatever_its_spelling() -> None:
    part = ShareOf(count=1, share=0.25)
    found = factuality_segments(
        {"low": part, "VERY HIGH": part, "odd": part, "high": part, "mixed": ShareOf(count=0, share=0)}
    )
    assert [segment.key for segment in found] == ["very-high", "high", "low", "odd"]


def test_a_bin_with_articles_is_visible_beside_a_huge_one() -> None:
    bins = [
        TimelineBin.model_validate({"from": START + timedelta(hours=i), "articles": n})
        for i, n in enumerate((1, 0, 10_000))
    ]
    chart = timeline(bins)
    assert [column.height for column in chart.columns] == [2.0, 0.0, 100.0]
    assert (chart.peak, chart.step) == (10_000, timedelta(hours=1))
    assert timeline([]).columns == []


@given(st.dictionaries(st.text(min_size=1, max_size=5), st.integers(0, 50), max_size=30))
def test_a_shortened_count_still_sums_up(values: dict[str, int]) -> None:
    short = ranked(values)
    assert sum(count for _, count in short.top) + short.others_sum == sum(values.values())
    assert len(short.top) <= TOP + 1
    assert short.others != 1


def test_tabs_count_articles_and_unrated_ones_are_not_lost() -> None:
    record = blast()
    listed = list_articles(record.articles, ArticleQuery())
    assert listed.counts[Tab.ALL] == sum(n for tab, n in listed.counts.items() if tab != Tab.ALL) == 18


@pytest.mark.parametrize("order", list(ArticleOrder))
def test_articles_without_a_date_come_last_in_either_order(order: ArticleOrder) -> None:
    members = [member(OUTLETS[i], f"t{i}", at) for i, at in enumerate((None, START, START + timedelta(hours=1)))]
    titles = [each.title for each in list_articles(members, ArticleQuery(sort=order)).members]
    assert titles == (["t2", "t1", "t0"] if order is ArticleOrder.NEWEST else ["t1", "t2", "t0"])


def test_a_long_list_is_cut_until_the_reader_asks() -> None:
    members = [member(OUTLETS[0], f"t{i}", START) for i in range(LISTED + 5)]
    assert len(list_articles(members, ArticleQuery()).members) == LISTED
    assert len(list_articles(members, ArticleQuery(show="all")).members) == LISTED + 5


def test_addresses_of_tabs_leave_defaults_out() -> None:
    assert ArticleQuery().address() == "?#articles"
    chosen = ArticleQuery(side=Tab.LEFT, show="all")
    assert chosen.address(sort="oldest") == "?side=left&sort=oldest&show=all#articles"


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (timedelta(hours=1), "1 hour"),
        (timedelta(days=2), "2 days"),
        (timedelta(minutes=90), "90 minutes"),
        (timedelta(seconds=10), "1 minute"),
    ],
)
def test_spans_read_as_people_say_them(span: timedelta, text: str) -> None:
    assert interface("en").format.duration(span) == text


@pytest.mark.parametrize(("per_hour", "text"), [(12.4, "12"), (1.54, "1.5"), (0.04, "0.04")])
def test_rates_have_as_many_digits_as_say_something(per_hour: float, text: str) -> None:
    assert interface("en").format.rate(per_hour) == text
