"""A record that is too large for its topic is shortened, says so, and stays true."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundswell.record import StoryRecord
from pipeline.domain.story.build import cited_ids
from pipeline.domain.story.shortening import RecordTooLargeError, fitted
from pipeline.json_codec import to_json
from tests.unit.story.made import article, record


def size(of: StoryRecord) -> int:
    return len(to_json(of.model_dump(mode="json")))


def large(articles: int = 300) -> StoryRecord:
    """Long addresses and titles, as any sender may send them."""
    return record(
        article(
            f"a{n:03}",
            f"Ferry sinks, report {n} " + "x" * 900,
            "The ferry sank.",
            f"s{n}",
            n,
            url="https://s.example/" + "y" * 3_900,
        )
        for n in range(articles)
    )


def test_a_record_that_fits_is_left_alone() -> None:
    whole = large(5)
    assert fitted(whole, size(whole)) is whole
    assert whole.cut == []


def test_members_go_first_and_their_count_stays_true() -> None:
    whole = large()
    cut = fitted(whole, 300_000)
    assert 200_000 < size(cut) <= 300_000, "no more is cut than must be, by about an eighth"
    assert cut.cut == ["articles"]
    assert (cut.article_count, cut.source_count) == (300, 300)
    assert cited_ids(dict(cut)) <= {each.article_id for each in cut.articles} | {""}
    assert list(cut.articles) == [each for each in whole.articles if each in cut.articles], "still oldest first"


def test_the_newest_of_very_many_absorbed_ids_stay() -> None:
    ids = tuple(f"absorbed-{n:06}" for n in range(20_000))
    cut = fitted(record([article("a")], absorbed=ids), 50_000)
    assert cut.cut == ["absorbed"]
    assert cut.absorbed == list(ids[-len(cut.absorbed) :])
    assert len(cut.articles) == 1


@given(st.integers(8_000, 400_000))
def test_every_record_fits_and_is_valid(max_bytes: int) -> None:
    cut = fitted(LARGE, max_bytes)
    assert size(cut) <= max_bytes
    StoryRecord.model_validate(cut.model_dump(mode="json"))


def test_what_no_list_is_to_blame_for_is_an_error_of_this_story_alone() -> None:
    with pytest.raises(RecordTooLargeError):
        fitted(record([article("a")]).model_copy(update={"title": "x" * 50_000}), 40_000)


LARGE = large(60)
