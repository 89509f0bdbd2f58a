"""From records to a batch: every one is an article or a dead letter, and the claim covers them all."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import cast

import pytest

from consumers.clusterer.intake import Received, receive, take_in
from pipeline.adapters.store.commit import Claim
from pipeline.domain.clustering.boilerplate import Boilerplate
from pipeline.domain.outlets import outlet_domain
from pipeline.domain.records.parse import parse_article
from tests.support.samples import article
from tests.unit.clusterer.fakes import FakeRecord, at
from tests.unit.clustering.made import vector

MAX_CHARS = 10_000


def line(**fields: object) -> bytes:
    """One article; unlike in `article`, `source` is the field and not part of the URL."""
    return json.dumps({**json.loads(article(1)), **fields}).encode()


def received(**fields: object) -> Received:
    return receive(FakeRecord(0, 0, 1_740_996_000_500, line(**fields)), MAX_CHARS)


def test_good_and_bad_records_are_told_apart_and_the_claim_covers_both() -> None:
    polled = {
        at(0): [FakeRecord(0, 5, 30, article(1)), FakeRecord(0, 7, 40, b"broken")],
        at(1): [FakeRecord(1, 2, 35, article(2))],
        at(2): [],
    }
    intake = take_in(polled, {at(0): 5, at(1): 2, at(2): 9}, MAX_CHARS, "one")
    assert intake.claims == [Claim("articles", 0, 5, 8, "one"), Claim("articles", 1, 2, 3, "one")]
    assert [each.article.url for each in intake.received] == [
        "https://example.org/oststadt-bridge/1", "https://example.org/oststadt-bridge/2",
    ]  # fmt: skip
    assert [(each.partition, each.offset, each.value) for each in intake.dead_letters] == [(0, 7, b"broken")]


def test_records_are_decided_in_the_order_of_their_arrival_over_all_partitions() -> None:
    stamped = {at(1): [(20, 2), (40, 4)], at(0): [(10, 1), (30, 3), (40, 5)]}
    polled = {
        each: [FakeRecord(each.partition, offset, stamp, article(number))
               for offset, (stamp, number) in enumerate(pairs)]
        for each, pairs in stamped.items()
    }  # fmt: skip
    intake = take_in(polled, {at(0): 0, at(1): 0}, MAX_CHARS)
    numbers = [int(str(each.article.url).rsplit("/", 1)[1]) for each in intake.received]
    assert numbers == [1, 2, 3, 5, 4], "by time, then by partition and offset"


def test_what_a_site_puts_under_its_articles_is_taken_off_each_of_them() -> None:
    class FakeBoilerplate:
        def strip(self, title: str, text: str, source: str | None) -> str:
            return text.removesuffix(f" {title}, {source}")

    polled = {at(0): [FakeRecord(0, 0, 1, line(title="The bridge", text="It is open. The bridge, example.org"))]}
    intake = take_in(polled, {at(0): 0}, MAX_CHARS)
    stripped = intake.without(cast(Boilerplate, FakeBoilerplate()))
    assert [each.article.text for each in stripped.received] == ["It is open."]
    assert stripped.claims == intake.claims


def test_an_article_longer_than_the_bound_is_a_dead_letter() -> None:
    intake = take_in({at(0): [FakeRecord(0, 0, 1, article(1, text="x" * 51))]}, {at(0): 0}, 50)
    assert (len(intake.received), len(intake.dead_letters)) == (0, 1)


def test_what_is_stored_of_an_article_is_what_it_said_and_when_it_came() -> None:
    one = received(
        text="one two three four",
        outlet="The Courier",
        source="www.courier.example.org",
        image_url="https://a.example/p",
    )
    stored = one.stored("the original", lead_chars=9)
    assert stored.received_at == datetime(2025, 3, 3, 10, 0, 0, 500_000, UTC)
    assert stored.published_at == datetime(2025, 3, 3, 1, tzinfo=UTC)
    assert stored.image_url == "https://a.example/p"
    assert (stored.lead, stored.source, stored.outlet, stored.language, stored.reprint_of) == (
        "one two", "example.org", "The Courier", "en", "the original",
    )  # fmt: skip


@pytest.mark.parametrize(("chars", "lead"), [
    (18, "one two three four"), (17, "one two three"), (13, "one two"), (3, "one"), (2, "on"),
])  # fmt: skip
def test_the_lead_ends_with_a_whole_word_where_there_is_one(chars: int, lead: str) -> None:
    one = received(text="one two three four")
    assert one.stored(None, chars).lead == lead


def test_the_outlet_is_what_the_producer_named_and_else_that_of_the_url() -> None:
    def domain(**fields: object) -> str | None:
        return outlet_domain(parse_article(line(**fields), max_text_chars=MAX_CHARS))

    assert domain(source="news.bbc.co.uk") == "bbc.co.uk"
    assert domain() == "example.org"
    assert domain(source="no domain at all") == "example.org"
    assert domain(url=None) is None


def test_the_clustering_sees_the_time_of_publication_in_seconds_and_the_language_told() -> None:
    encoded = received(language="de").encoded(vector())
    assert encoded.published_at == datetime(2025, 3, 3, 1, tzinfo=UTC).timestamp()
    assert (encoded.language, encoded.source) == ("de", "example.org")
    assert received(published_at=None).encoded(vector()).published_at is None
