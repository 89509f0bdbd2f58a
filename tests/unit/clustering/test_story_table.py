"""What a sweep asks of all live stories."""

from __future__ import annotations

from pipeline.domain.clustering.live_stories import LiveStories
from tests.unit.clustering.made import member, story


def test_stories_are_found_by_their_latest_article_and_by_doubt() -> None:
    live = LiveStories()
    live.put(story(member("a", sequence=1, published_at=10.0, gray=True), story_id="early"))
    live.put(story(member("b", sequence=2), member("c", sequence=5, gray=True), story_id="undated"))
    live.put(story(member("d", sequence=6, published_at=30.0), story_id="late"))
    assert live.changed_since(0) == ["early", "late", "undated"]
    assert live.changed_since(5) == ["late", "undated"]
    assert live.gray() == ["undated"]
    assert live.before(0, 20.0) == ["early"]
    assert live.before(6, 0.0) == ["early", "undated"]
    live.commit()
    live.remove("early")
    live.remove("undated")
    assert (live.changed_since(0), live.gray(), live.before(99, 99.0)) == (["late"], [], ["late"])
    live.rollback()
    assert live.changed_since(0) == ["early", "late", "undated"]
    assert live.gray() == ["undated"]
