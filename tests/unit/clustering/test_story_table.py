"""What a sweep asks of all live stories."""

from __future__ import annotations

import pytest

from pipeline.domain.clustering.live_stories import LiveStories
from tests.unit.clustering.made import member, story


def test_stories_are_found_by_their_latest_article_and_by_doubt() -> None:
    live = LiveStories()
    live.put(story(member("a", sequence=1, published_at=10.0, gray=True), story_id="early"))
    live.put(story(member("b", sequence=2), member("c", sequence=5, gray=True), story_id="undated"))
    live.put(story(member("d", sequence=6, published_at=30.0), story_id="late"))
    assert live.changed(0, 99) == ["early", "late", "undated"]
    assert live.changed(5, 99) == ["late", "undated"]
    assert live.changed(0, 6) == ["early", "undated"]
    assert live.gray() == ["undated"]
    assert live.before(0, 20.0) == ["early"]
    assert live.before(6, 0.0) == ["early", "undated"]
    live.commit()
    loaded = LiveStories()
    loaded.load(live.snapshot())
    assert (loaded.changed(5, 99), loaded.gray()) == (["late", "undated"], ["undated"])
    live.remove("early")
    live.remove("undated")
    assert (live.changed(0, 99), live.gray(), live.before(99, 99.0)) == (["late"], [], ["late"])
    live.rollback()
    assert live.changed(0, 99) == ["early", "late", "undated"]
    assert live.gray() == ["undated"]


def test_the_first_article_of_all_is_one_that_came() -> None:
    live = LiveStories()
    live.put(story(member("a", sequence=0), story_id="first"))
    live.put(story(member("b", sequence=1), story_id="second"))
    assert live.changed(0, 1) == ["first"]
    assert live.table.first_changed(0, 1) == 1


@pytest.mark.parametrize(
    ("since", "most", "until"), [(0, 4, None), (0, 3, 6), (0, 2, 6), (0, 1, 5), (2, 1, 6), (6, 1, 7)]
)
def test_of_many_changed_stories_the_first_are_told_by_a_number_that_others_do_not_reach(
    since: int, most: int, until: int | None
) -> None:
    live = LiveStories()
    for name, sequence in (("a", 1), ("b", 5), ("c", 6), ("d", 6)):
        live.put(story(member(name, sequence=sequence), story_id=name))
    assert live.table.first_changed(since, most) == until
