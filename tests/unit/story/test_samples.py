"""Records of the shipped samples, checked by hand."""

from __future__ import annotations

from collections import defaultdict
from functools import cache

import pytest

from groundswell.record import PerspectivePoint, Side, StoryRecord
from pipeline.domain.outlets import OutletDirectory
from pipeline.domain.records.parse import parse_article
from pipeline.domain.story.build import build_record
from pipeline.domain.story.snapshot import StoredArticle
from pipeline.json_codec import from_json
from tests.support.samples import sample_lines
from tests.unit.story.made import START, snapshot


@cache
def events() -> dict[str, list[StoredArticle]]:
    found: dict[str, list[StoredArticle]] = defaultdict(list)
    for line in sample_lines():
        article = parse_article(line)
        found[from_json(line).get("event") or ""].append(
            StoredArticle(
                article_id=article.article_id,
                url=article.url,
                title=article.title,
                lead=article.text[:1_500],
                source=article.source,
                outlet=article.outlet,
                language=article.language or "en",
                published_at=article.published_at,
                received_at=article.published_at or START,
                reprint_of=None,
            )
        )
    return found


@cache
def record_of(event: str) -> StoryRecord:
    return build_record(snapshot(events()[event]), OutletDirectory.load(), max_articles=500)


def words(points: list[PerspectivePoint] | None) -> str:
    assert points
    return " ".join(point.text.casefold() for point in points)


def test_alaska_has_eighteen_sources_in_five_languages() -> None:
    record = record_of("alaska-summit")
    assert (record.article_count, record.source_count) == (18, 18)
    assert set(record.coverage.languages) == {"en", "de", "fr", "ru", "es"}
    assert record.language == "en"
    assert {"Putin", "Trump"} <= set(record.title.replace("'s", "").split())


def test_alaska_left_stresses_the_red_carpet_and_right_the_progress() -> None:
    sides = record_of("alaska-summit").perspectives
    assert "red carpet" in words(sides.left)
    assert "red carpet" not in words(sides.right)
    assert any(word in words(sides.right) for word in ("great", "settled", "agreement", "path"))
    assert sides.center is not None


def test_alaska_the_length_of_the_talks_is_disputed() -> None:
    disputed = {each.about: each for each in record_of("alaska-summit").contradictions}
    assert set(disputed) == {"length of the talks"}
    claims = disputed["length of the talks"].claims
    by_value = defaultdict(set)
    for claim in claims:
        by_value[claim.value].add(claim.outlet)
    assert {"MSNBC", "Meduza"} <= by_value["about 2.5 hours"]
    assert {"Reuters", "BBC News"} <= by_value["nearly 3 hours"]
    assert by_value["2.75 hours"] == {"TASS"}
    times = [claim.published_at for claim in claims if claim.published_at]
    assert times == sorted(times, reverse=True)


def test_alaska_names_the_two_presidents_first() -> None:
    named = [entity.name for entity in record_of("alaska-summit").entities]
    assert set(named[:2]) == {"Vladimir Putin", "Donald Trump"}


def test_valmera_the_toll_grows_newest_first() -> None:
    dead = next(each for each in record_of("valmera-flood").contradictions if each.about == "dead")
    values = [float(claim.value.split()[-1]) for claim in dead.claims]
    assert values[0] == 19
    assert values == sorted(values, reverse=True)
    assert {"15", "12"} <= {claim.value for claim in dead.claims}


def test_the_samples_hold_a_story_that_the_left_is_blind_to() -> None:
    coverage = record_of("bridge-marlow-audit").coverage
    assert coverage.blindspot is not None
    assert (coverage.blindspot.side, coverage.bias.left.count) == (Side.LEFT, 0)
    assert coverage.statement is not None
    assert coverage.statement.side is Side.RIGHT


@pytest.mark.parametrize(
    "event",
    [
        "wage-lakemont",
        "aldermoor-pennick",
        "velmaria-rate-cut",
        "ostrova-rate-hold",
        "mosaic-tel-harush",
        "metro-costaluz",
        "quake-caleta-sur",
        "tornado-hollis",
        "bus-crash-millhaven",
        "trial-brackenford-mayor",
        "cambriolage-vaubrun",
        "usine-mornay",
        "ferry-skarnos",
        "rocket-skyreach-heron",
        "goldraub-hallbach",
    ],
)
def test_no_contradiction_where_outlets_agree(event: str) -> None:
    assert record_of(event).contradictions == []


@pytest.mark.parametrize(
    ("event", "value", "older"),
    [
        ("quake-darvand", "34", "at least 18"),
        ("bridge-chandrapali", "8", "6"),
        ("ferry-lake-tambara", "44", "at least 23"),
    ],
)
def test_evolving_tolls_are_listed(event: str, value: str, older: str) -> None:
    dead = next(each for each in record_of(event).contradictions if each.about == "dead")
    assert (dead.claims[0].value, dead.claims[-1].value) == (value, older)


def test_the_wage_vote_left_and_right_tell_apart() -> None:
    sides = record_of("wage-lakemont").perspectives
    left, right = words(sides.left), words(sides.right)
    assert any(word in right for word in ("housing", "close", "baird", "cost"))
    assert not any(word in left for word in ("housing", "baird"))


def test_every_sample_story_with_text_has_a_summary_and_points_that_stand_in_their_articles() -> None:
    for event, articles in events().items():
        if not any(article.lead for article in articles):
            continue
        record = record_of(event)
        texts = {a.article_id: " ".join(f"{a.title} {a.lead}".split()) for a in articles}
        assert record.summary is not None, event
        for point in [record.summary, *record.key_points]:
            # The first letter may have become a capital where a dateline went.
            assert point.text[1:] in texts[point.article_id], event
        assert len({point.text for point in record.key_points}) == len(record.key_points)
        if len(articles) >= 4:
            assert 2 <= len(record.key_points) <= 5, event
