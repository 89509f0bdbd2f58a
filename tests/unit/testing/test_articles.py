"""Made-up news: the same each time, in order, and like real news in how events come and go."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from itertools import islice, pairwise

from pipeline.domain.records.article import Article
from pipeline.domain.records.parse import parse_article
from pipeline.json_codec import to_json
from pipeline.testing.articles import EVENT_DAYS, START, made_up_articles

PER_DAY = 200


def days(count: int) -> list[Article]:
    return list(islice(made_up_articles(PER_DAY), count * PER_DAY))


def test_the_same_arguments_give_the_same_articles_and_another_seed_gives_others() -> None:
    one, again, other = (list(islice(made_up_articles(seed=seed), 50)) for seed in (1, 1, 2))
    assert one == again
    assert not {each.title for each in one} & {each.title for each in other}


def test_articles_come_in_the_order_of_their_dates_as_many_a_day_as_asked_for() -> None:
    dates = [each.published_at for each in days(2) if each.published_at]
    assert all(earlier < later for earlier, later in pairwise(dates))
    assert [sum(each < START + timedelta(days=day) for each in dates) for day in (1, 2)] == [PER_DAY, 2 * PER_DAY]


def test_events_are_told_by_several_outlets_and_then_no_more() -> None:
    told: dict[str, list[datetime]] = defaultdict(list)
    for each in days(4):
        told[each.title].append(each.published_at or START)
    assert max(map(len, told.values())) > 5
    assert max(max(times) - min(times) for times in told.values()) < timedelta(days=EVENT_DAYS[1])


def test_what_is_made_up_is_understood_as_it_was_meant() -> None:
    for each in days(1):
        read = parse_article(to_json(each.wire()))
        assert (read.article_id, read.title, read.text, read.published_at, read.language) == (
            each.article_id,
            each.title,
            each.text,
            each.published_at,
            each.language,
        )
