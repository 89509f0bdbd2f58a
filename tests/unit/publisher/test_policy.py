"""Which changes of a story are published, and when."""

from __future__ import annotations

import pytest

from consumers.publisher.policy import due, outlet_count, wanted
from groundswell.record import Status
from pipeline.settings import PublisherSettings
from pipeline.store.outbox import Pending
from tests.unit.story.made import article, snapshot

SETTINGS = PublisherSettings(min_sources=2, interval_s=5.0, settle_s=0.5)


@pytest.mark.parametrize(("waiting_s", "published_age_s", "is_due"), [
    (0.4, None, False),  # the burst may go on
    (0.5, None, True),
    (0.5, 4.9, False),  # it was published less than `interval_s` ago
    (0.5, 5.0, True),
    (600.0, 4.9, False),  # however long it waits
    (0.4, 600.0, False),  # however old its last record is
])  # fmt: skip
def test_a_story_is_due_once_its_burst_has_settled_and_its_last_record_is_as_old_as_the_interval(
    waiting_s: float, published_age_s: float | None, is_due: bool
) -> None:
    assert due(Pending("s", waiting_s, published_age_s), SETTINGS) is is_due


def test_without_an_interval_every_settled_change_is_due() -> None:
    eager = PublisherSettings(interval_s=0.0, settle_s=0.0)
    assert due(Pending("s", 0.0, 0.0), eager)


@pytest.mark.parametrize(("sources", "status", "published_before", "is_wanted"), [
    ("a", Status.ACTIVE, False, False),
    ("ab", Status.ACTIVE, False, True),
    ("aa", Status.ACTIVE, False, False),  # two articles of one outlet are one source
    ("ab", Status.CLOSED, False, False),  # nobody has seen it, so nobody needs its end
    ("ab", Status.MERGED, False, False),
    ("a", Status.ACTIVE, True, True),  # a split may leave it with fewer
    ("ab", Status.CLOSED, True, True),
    ("", Status.MERGED, True, True),
])  # fmt: skip
def test_a_story_appears_with_enough_sources_and_from_then_on_every_change_is_shown(
    sources: str, status: Status, published_before: bool, is_wanted: bool
) -> None:
    members = [article(str(number), source=source) for number, source in enumerate(sources)]
    assert wanted(snapshot(members, status=status), published_before, SETTINGS) is is_wanted


def test_an_outlet_counts_by_its_domain_else_by_its_name_and_an_article_without_either_for_itself() -> None:
    members = [
        article("1", source="a"), article("2", source="a", outlet="Another name"),
        article("3", source=None, outlet="The Courier"), article("4", source=None, outlet="The Courier"),
        article("5", source=None), article("6", source=None),
    ]  # fmt: skip
    assert outlet_count(snapshot(members)) == 4
