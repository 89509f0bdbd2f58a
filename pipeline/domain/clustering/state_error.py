"""What is told of a stored state that can't be read."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.mendable import MendableError

MOST_NAMED = 5
"""Stories that one sentence names."""


class StateError(MendableError):
    """Stored states can't be read: damaged, or written by another version."""

    def __init__(self, why: str, story_ids: Sequence[str] = ()) -> None:
        """`story_ids` are those of the stories whose states these are, where they are known."""
        self.why = why
        super().__init__(
            f"{why}{_named(story_ids)}. Redis holds it damaged, or as another release wrote it: restore a backup, "
            "or make the stories again by `groundswell rebuild start` (docs/operations.md#rebuild)"
        )


def _named(story_ids: Sequence[str]) -> str:
    if not story_ids:
        return ""
    more = len(story_ids) - MOST_NAMED
    return f" (story {', '.join(story_ids[:MOST_NAMED])}{f' and {more:,} more' if more > 0 else ''})"
