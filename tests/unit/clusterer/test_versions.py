"""Which version of an article counts, without a store."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumers.clusterer.intake import Received
from consumers.clusterer.newest_versions import newest, plan
from pipeline.adapters.store.articles import Standing
from pipeline.domain.records.parse import article_from
from tests.unit.clusterer.fakes import FakeRecord

START = datetime(2025, 3, 4, tzinfo=UTC)
MINUTE_MS = 60_000
START_MS = int(START.timestamp() * 1000)


def received(updated: int | None, *, withdrawn: bool = False, at: int = 60, title: str = "A title") -> Received:
    """A version of one article that was changed and came in at these minutes."""
    made = article_from(
        {
            "id": "1",
            "title": title,
            "withdrawn": withdrawn,
            "updated_at": None if updated is None else (START + timedelta(minutes=updated)).isoformat(),
        }
    )
    return Received(made, "the-article", "en", None, START + timedelta(minutes=at), FakeRecord(0, 0, 0))


def number(minute: int) -> int:
    return START_MS + minute * MINUTE_MS


@pytest.mark.parametrize(
    ("stands", "comes", "outcome"),
    [
        (None, received(None), "new"),
        (None, received(None, withdrawn=True), "withdrawn"),
        (Standing("s"), received(None), "nothing"),
        (Standing("s"), received(5), "corrected"),
        (Standing("s", number(5)), received(5), "nothing"),
        (Standing("s", number(5)), received(4), "nothing"),
        (Standing("s", number(5)), received(None), "nothing"),
        (Standing("s", number(5)), received(6), "corrected"),
        (Standing("s", number(5)), received(4, withdrawn=True), "nothing"),
        (Standing("s", number(5)), received(5, withdrawn=True), "withdrawn"),
        (Standing("s", number(99)), received(None, withdrawn=True, at=60), "withdrawn"),
        (Standing(None, number(5)), received(5), "nothing"),
        (Standing(None, number(5)), received(6), "back"),
        (Standing(None, number(5)), received(5, withdrawn=True), "nothing"),
        (Standing(None, number(5)), received(7, withdrawn=True), "withdrawn"),
        (Standing(None, number(60)), received(None, withdrawn=True, at=60), "nothing"),
    ],
)
def test_what_is_done_with_a_version(stands: Standing | None, comes: Received, outcome: str) -> None:
    made = plan(newest([comes]), {} if stands is None else {"the-article": stands})
    done = {
        "new": made.new and not made.back,
        "back": made.new and made.back == {"the-article"},
        "corrected": made.corrected,
        "withdrawn": made.withdrawn,
        "nothing": not (made.new or made.corrected or made.withdrawn),
    }
    assert [name for name, was in done.items() if was] == [outcome]


def test_an_undated_withdrawal_stays_above_what_came_before_it_in_its_batch() -> None:
    batch = newest([received(99), received(None, withdrawn=True, at=60)])
    (gone,) = plan(batch, {"the-article": Standing("s", number(70))}).withdrawn
    assert gone.number == number(99)


def test_an_undated_withdrawal_is_of_the_time_when_it_came() -> None:
    (gone,) = plan(newest([received(None, withdrawn=True, at=60)]), {}).withdrawn
    assert gone.number == number(60)


def test_a_duplicate_hides_nothing_that_comes_after_it() -> None:
    another = replace(received(None), article_id="another")
    made = plan(newest([received(None), another]), {"the-article": Standing("s")})
    assert [each.received.article_id for each in made.new] == ["another"]


def test_the_newest_of_a_batch_counts_and_arrived_with_the_first_of_them() -> None:
    (version,) = newest([received(3, at=61, title="Old"), received(9, at=62, title="New"), received(5)]).values()
    assert version.received.article.title == "New"
    assert version.received.received_at == START + timedelta(minutes=61)
    assert version.number == number(9)


def test_of_versions_of_one_time_the_first_stands() -> None:
    (version,) = newest([received(3, title="First"), received(3, title="Second")]).values()
    assert version.received.article.title == "First"


def test_an_undated_withdrawal_takes_back_what_came_before_it_and_nothing_later() -> None:
    (version,) = newest([received(99), received(None, withdrawn=True, at=60)]).values()
    assert (version.withdrawn, version.number) == (True, number(99))
    (version,) = newest([received(None, withdrawn=True, at=60), received(61)]).values()
    assert not version.withdrawn


@given(st.data())
def test_cutting_versions_into_batches_changes_nothing(data: st.DataObject) -> None:
    kinds = data.draw(st.lists(st.tuples(st.integers(0, 6), st.booleans()), min_size=1, max_size=10))
    sent = [received(updated, withdrawn=withdrawn) for updated, withdrawn in kinds]
    highest = max(kinds)
    stands: dict[str, Standing] = {}
    for one in data.draw(st.permutations(sent)):
        made = plan(newest([one]), stands)
        for version in (*made.new, *made.corrected, *made.withdrawn):
            stands = {"the-article": Standing(None if version.withdrawn else "s", version.number)}
    assert stands["the-article"] == Standing(None if highest[1] else "s", number(highest[0]))
    (whole,) = newest(sent).values()
    assert (whole.number, whole.withdrawn) == (number(highest[0]), highest[1])
