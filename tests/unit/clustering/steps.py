"""What may happen to live stories one thing after the other, drawn."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import strategies as st

from pipeline.domain.clustering.live_stories import LiveStories
from pipeline.domain.clustering.member import LiveMember
from tests.unit.clustering.made import story


def live_through(
    live: LiveStories,
    data: st.DataObject,
    members: Callable[[str], st.SearchStrategy[LiveMember]],
    *,
    most: int,
    names: str,
) -> None:
    """At most so many steps: stories of these names come, change and go, are kept or undone."""
    for number in range(data.draw(st.integers(1, most))):
        step = data.draw(st.sampled_from(["put", "put", "put", "remove", "commit", "rollback"]))
        if step == "put":
            kept = [data.draw(members(f"{number}-{at}")) for at in range(data.draw(st.integers(1, 3)))]
            live.put(story(*kept, story_id=data.draw(st.sampled_from(names))))
        elif step == "remove" and live.stories:
            live.remove(sorted(live.stories)[0])
        elif step == "commit":
            live.commit()
        elif step == "rollback":
            live.rollback()
