"""Counts and shares agree with the members, whatever joined, merged or split, in whatever order."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from groundswell.record import Side, StoryRecord
from pipeline.domain.story.build import build_record
from pipeline.domain.story.snapshot import StoredArticle
from pipeline.json_codec import to_json
from tests.unit.story.made import SIDES, Directory, Rated, article, cited, snapshot

OUTLETS = Directory(
    Rated(
        f"o{n}.example",
        f"Outlet {n}",
        bias=SIDES[n % 6],
        factuality="high" if n % 3 else None,
        owner=f"Owner {n % 4}" if n % 2 else None,
        country="US" if n % 5 else None,
    )
    for n in range(12)
)
SENTENCES = (
    "Rescuers pulled 12 people from the water off Harrow Bay on Friday.",
    "The ferry company said at least 15 people were killed when the pier collapsed.",
    "Mayor Ada Quint ordered an inquiry into the inspection of the pier.",
    "“We heard it crack before it fell,” fisherman Leo Marsh said.",
    "Critics of the mayor had warned of rust for years, council papers show.",
    "Read more about the ferry in our newsletter.",
)


@st.composite
def stories(draw: st.DrawFn) -> list[StoredArticle]:
    """A few members of rated, unrated, unknown and undated outlets, some of them reprints."""
    members: list[StoredArticle] = []
    for number in range(draw(st.integers(1, 14))):
        known = draw(st.sampled_from(["domain", "domain", "domain", "name", "none"]))
        source = f"o{draw(st.integers(0, 13))}" if known == "domain" else None
        original = draw(st.sampled_from([None, None, *(m.article_id for m in members)]))
        members.append(
            article(
                f"a{number}",
                title=draw(st.sampled_from(["Pier falls", "Ferry sinks off Harrow Bay, 12 saved"])),
                text=" ".join(draw(st.lists(st.sampled_from(SENTENCES), max_size=5))),
                source=source,
                minutes=draw(st.one_of(st.none(), st.integers(0, 4_000))),
                reprint_of=original,
                language=draw(st.sampled_from(["en", "en", "de", "zh", "xx"])),
                outlet=f"Paper {draw(st.integers(0, 3))}" if known == "name" else None,
            )
        )
    return members


def assert_agrees(of: StoryRecord, members: list[StoredArticle]) -> None:
    domains = {m.source for m in members if m.source}
    names = {m.outlet for m in members if not m.source and m.outlet}
    sides = Counter(side for domain in domains if (side := OUTLETS.lookup(domain).side))
    coverage, bias = of.coverage, of.coverage.bias
    assert of.article_count == len(members) == of.original_count + of.reprint_count
    assert of.source_count == len(domains) + len(names)
    assert coverage.rated_source_count == sides.total()
    assert coverage.rated_source_count + coverage.unrated_source_count == of.source_count
    assert {Side.LEFT: bias.left.count, Side.CENTER: bias.center.count, Side.RIGHT: bias.right.count} == {
        side: sides[side] for side in Side
    }
    shares = bias.left.share + bias.center.share + bias.right.share
    assert abs(shares - (1 if sides else 0)) < 1e-9
    factual = sum(each.count for each in coverage.factuality.values())
    assert factual + coverage.factuality_unrated_count == of.source_count
    assert sum(coverage.ownership.values()) + coverage.ownership_unknown_count == of.source_count
    assert sum(coverage.countries.values()) + coverage.countries_unknown_count == of.source_count
    assert sum(coverage.languages.values()) == of.article_count
    assert sum(each.articles for each in of.timeline) == sum(m.published_at is not None for m in members)
    assert 1 <= of.publisher_count <= of.source_count or of.source_count == of.publisher_count == 0
    assert of.original_source_count <= of.source_count
    assert of.original_count >= 1 or not members
    assert cited(of) <= {m.article_id for m in members}
    assert {m.article_id for m in of.articles} == {m.article_id for m in members}
    StoryRecord.model_validate_json(of.model_dump_json(by_alias=True))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(stories(), stories(), st.randoms(use_true_random=False))
def test_counts_and_shares_agree_after_joins_merges_and_splits(
    one: list[StoredArticle], other: list[StoredArticle], dice: random.Random
) -> None:
    other = [
        replace(m, article_id=f"b-{m.article_id}", reprint_of=m.reprint_of and f"b-{m.reprint_of}") for m in other
    ]
    merged = one + other
    dice.shuffle(merged)
    cut = dice.randrange(len(merged) + 1)
    for members in (one, one[: cut + 1], merged, merged[:cut], merged[cut:]):
        if members:
            assert_agrees(build_record(snapshot(members), OUTLETS, max_articles=500), members)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(stories(), st.randoms(use_true_random=False))
def test_the_order_of_the_snapshot_changes_no_byte(members: list[StoredArticle], dice: random.Random) -> None:
    shuffled = dice.sample(members, len(members))
    first, second = (build_record(snapshot(each), OUTLETS, max_articles=500) for each in (members, shuffled))
    assert to_json(first.model_dump(mode="json")) == to_json(second.model_dump(mode="json"))


@settings(max_examples=30, deadline=None)
@given(stories())
def test_no_sentence_stands_on_two_sides(members: list[StoredArticle]) -> None:
    sides = build_record(snapshot(members), OUTLETS, max_articles=500).perspectives
    texts = [point.text for side in (sides.left, sides.center, sides.right) for point in side or []]
    assert len(texts) == len(set(texts))


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=400), st.text(max_size=80), st.sampled_from(["en", "de", "ru", "zh", "ar", "fr", ""]))
def test_any_text_gives_a_valid_record(text: str, title: str, language: str) -> None:
    members = [article("a", title=title, text=text, language=language), article("b", text=text, source="o1")]
    record = build_record(snapshot(members), OUTLETS, max_articles=10)
    StoryRecord.model_validate_json(to_json(record.model_dump(mode="json")))
