"""Which changes of a story are published, and when."""

from __future__ import annotations

import pytest

from consumers.publisher.policy import Policy
from groundswell.record import Status
from pipeline.adapters.store.outbox import Pending
from pipeline.domain.story.build import build_record
from pipeline.domain.story.snapshot import StoredArticle
from pipeline.settings import PublisherSettings
from tests.unit.story.made import Directory, article, snapshot

POLICY = Policy(PublisherSettings(min_sources=2, interval_s=5.0, settle_s=0.5), Directory())


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
    assert POLICY.is_due(Pending("s", waiting_s, published_age_s)) is is_due


def test_without_an_interval_every_settled_change_is_due() -> None:
    eager = Policy(PublisherSettings(interval_s=0.0, settle_s=0.0), Directory())
    assert eager.is_due(Pending("s", 0.0, 0.0))


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
    assert POLICY.wants(snapshot(members, status=status), published_before) is is_wanted


@pytest.mark.parametrize("members", [
    [article("1", source="a.example"), article("2", source="A.Example", outlet="Another name")],
    [article("1", source=None, outlet="The Courier"), article("2", source=None, outlet="THE COURIER")],
    [article("1", source="a.example"), article("2", source=None)],  # it may be the outlet that is counted already
    [article("1", source=None), article("2", source=None)],
    [article("1", source="a.example"), article("2", source="b.example")],
    [article("1", source="a.example"), article("2", source=None, outlet="The Courier")],
])  # fmt: skip
def test_a_story_appears_by_the_sources_that_its_record_counts(members: list[StoredArticle]) -> None:
    made = snapshot(members)
    counted = build_record(made, Directory(), max_articles=50).source_count
    assert POLICY.wants(made, published_before=False) is (counted >= POLICY.settings.min_sources)


@pytest.mark.parametrize("source", ["a.example", None])
def test_a_single_article_appears_where_one_source_is_enough_be_it_unknown(source: str | None) -> None:
    every = Policy(PublisherSettings(min_sources=1), Directory())
    assert every.wants(snapshot([article("1", source=source)]), published_before=False)
