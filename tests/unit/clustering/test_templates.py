"""Headlines of one pattern around other names."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.domain.clustering.templates import NO_TEMPLATE, template
from pipeline.domain.clustering.terms import bucket
from pipeline.domain.clustering.types import EncodedArticle
from tests.unit.clustering.helpers import article, clustering, committed


def report(title: str, number: int, language: str = "en") -> EncodedArticle:
    """One of many reports whose vectors are alike."""
    return replace(article(0, number, language=language), title=title)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Man, 45, stabbed in Holmhurst", "Man, 60, stabbed in Garside"),
        ("Corvid Systems quarterly profit fell 30%", "Hollis & Reed quarterly profit fell 7% | Trade Wire"),
        ("Norcross 1-2 Orrell Bridge", "Estuary Athletic 4-1 Farleigh Albion"),
        ("Пожар на складе в Тордано", "Пожар на складе в Лавелле"),
    ],
)
def test_headlines_around_other_names_follow_one_pattern(one: str, other: str) -> None:
    assert template(one, "en").pattern == template(other, "en").pattern != 0
    assert template(one, "en").names != template(other, "en").names


@pytest.mark.parametrize(
    ("title", "names"),
    [
        ("Norcross 1-2 Orrell Bridge", ["norcros", "orrell", "bridge"]),
        ("Hollis quarterly profit fell 7% | Trade Wire", ["hollis"]),
    ],
)
def test_neither_results_nor_the_outlet_are_names(title: str, names: list[str]) -> None:
    assert template(title, "en").names == tuple(sorted(bucket(each) for each in names))


@pytest.mark.parametrize(
    "title",
    [
        "Norcross Beat Orrell Bridge After Late Drama",
        "no names at all in here",
        "Norcross win",
        "",
        "大坝溃决",
    ],
)
def test_a_headline_without_names_to_tell_or_words_around_them_follows_none(title: str) -> None:
    assert template(title, "en") == NO_TEMPLATE


def test_weekdays_and_months_are_no_names() -> None:
    monday, friday = (template(f"Rain is expected on {day} in Brill", "en") for day in ("Monday", "Friday"))
    assert monday == friday != NO_TEMPLATE


def test_events_told_in_one_pattern_are_kept_apart_by_their_names() -> None:
    titles = [f"Police appeal for help after {town} raid" for town in ("Elmstead", "Garside", "Quarnford")]
    live = clustering()
    stories = committed(live, [report(title, number) for number, title in enumerate(titles)])
    assert len(set(stories.values())) == 3
    assert live.sweep().merges == []
    live.commit()
    follow_up = report("Two men held after Garside raid", 9)
    assert committed(live, [follow_up])[follow_up.article_id] in stories.values()


def test_another_report_of_the_same_pattern_about_the_same_names_joins() -> None:
    titles = [
        "Police appeal for help after Elmstead raid",
        "Police appeal for help after Garside raid",
        "Police appeal for help after Garside raid",
    ]
    stories = list(committed(clustering(), [report(each, n) for n, each in enumerate(titles)]).values())
    assert stories[1] == stories[2] != stories[0]


def test_coverage_in_another_language_is_not_asked_for_names() -> None:
    reports = [
        report("Erdbeben erschüttert die Stadt Marova in der Nacht", 0, "de"),
        replace(article(1, 1), title="Quake in Brill hurts dozens at night"),
        report("Quake in Marowa hurts dozens at night", 2),
    ]
    live = clustering()
    stories = list(committed(live, reports).values())
    assert stories[2] == stories[0]
