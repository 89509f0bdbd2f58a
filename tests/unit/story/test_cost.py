"""A story may grow without end; the cost of its next revision may not."""

from __future__ import annotations

import time

from groundswell.record import Side
from pipeline.domain.story.analysis import forget
from pipeline.domain.story.build import build_record
from pipeline.domain.story.roll import Roll
from pipeline.domain.story.sample import MAX_READ, choose
from pipeline.testing.snapshots import MadeOutlets, story
from tests.unit.story.made import Directory, Rated, article


def cpu_seconds(members: int) -> float:
    snapshot = story(members)
    spent = []
    for _ in range(3):
        forget()
        start = time.process_time()
        build_record(snapshot, MadeOutlets(), max_articles=500)
        spent.append(time.process_time() - start)
    return min(spent)


def test_fifty_times_the_members_cost_at_most_four_times_as_much() -> None:
    cpu_seconds(100)
    assert cpu_seconds(5_000) < 4 * cpu_seconds(100)


def test_counts_are_over_all_members_although_few_are_read() -> None:
    made = build_record(story(2_000), MadeOutlets(), max_articles=50)
    assert made.article_count == 2_000
    assert made.analysed_article_count == MAX_READ
    assert made.source_count == 400
    assert len(made.articles) == 50


def test_the_choice_holds_beginning_end_and_the_smallest_side() -> None:
    members = [article(f"{n:04}", source="r" if n == 500 else "l", minutes=n) for n in range(1_000)]
    outlets = Directory([Rated("l.example", bias="left"), Rated("r.example", bias="right")])
    roll = Roll(outlets, members)
    chosen = choose(roll)
    assert len(chosen) == MAX_READ
    assert [each.article_id for each in chosen] == sorted(each.article_id for each in chosen)
    assert (chosen[0].article_id, chosen[-1].article_id) == ("0000", "0999")
    assert Side.RIGHT in {roll.sources.side(each.article_id) for each in chosen}
