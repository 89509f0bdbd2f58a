"""What a desk decided about stories, where they become one."""

from __future__ import annotations

import pytest

from pipeline.domain.clustering.notes import NO_NOTES, DeskNotes, repair_may_merge, together

PINNED, HIDDEN = DeskNotes(pinned=True), DeskNotes(hidden=True)


@pytest.mark.parametrize("notes", [PINNED, HIDDEN])
def test_a_story_that_is_both_is_pinned_or_hidden_where_one_of_them_was(notes: DeskNotes) -> None:
    assert together(notes, NO_NOTES) == together(NO_NOTES, notes) == notes


@pytest.mark.parametrize("notes", [PINNED, HIDDEN])
def test_repair_leaves_stories_alone_that_a_desk_pinned_or_hid_be_it_both_alike(notes: DeskNotes) -> None:
    assert repair_may_merge(NO_NOTES, NO_NOTES)
    assert not repair_may_merge(notes, NO_NOTES)
    assert not repair_may_merge(NO_NOTES, notes)
    assert not repair_may_merge(notes, notes)
