from __future__ import annotations

import pytest

from groundswell.record import Contradiction
from tests.unit.story.made import article, record


def found(*texts: tuple[str, str], minutes: int = 60) -> dict[str, Contradiction]:
    members = [
        article(str(n), text=text, source=f"s{n}", minutes=n * minutes, language=language)
        for n, (text, language) in enumerate(texts)
    ]
    return {each.about: each for each in record(members).contradictions}


def test_figures_that_differ_are_listed_newest_first_with_who_says_what() -> None:
    dead = found(
        ("The blast at the mill killed 12 people on Friday.", "en"),
        ("La explosión del molino deja 15 muertos.", "es"),
        ("Bei der Explosion in der Mühle kamen 15 Menschen ums Leben.", "de"),
    )["dead"]
    assert [(claim.value, claim.outlet) for claim in dead.claims] == [
        ("15", "s2.example"),
        ("15", "s1.example"),
        ("12", "s0.example"),
    ]
    assert "Mühle" in dead.claims[0].sentence


def test_an_outlet_stands_by_its_newest_figure() -> None:
    members = [
        article("1", text="The blast killed 12 people on Friday.", source="a"),
        article("2", text="The blast killed 15 people on Friday.", source="a", minutes=60),
        article("3", text="The blast killed 15 people on Friday.", source="b", minutes=70),
    ]
    assert record(members).contradictions == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The talks lasted nearly three hours.", "The talks lasted 2 hours and 45 minutes."),
        ("The blast injured about 200 people.", "The blast injured 194 people."),
        ("The fire burned 3,900 acres.", "The fire burned 1,580 hectares."),
        ("The quake had a magnitude of 6.3.", "The 6.3-magnitude quake struck at dawn."),
    ],
)
def test_the_same_within_rounding_is_no_contradiction(one: str, other: str) -> None:
    assert found((one, "en"), (other, "en")) == {}


@pytest.mark.parametrize(
    ("one", "other", "about"),
    [
        ("The talks lasted nearly three hours.", "The talks took two and a half hours.", "length of the talks"),
        ("The quake had a magnitude of 6.3.", "The 6.8-magnitude quake struck at dawn.", "magnitude"),
        ("At least 12 people were killed in the blast.", "The blast killed 15 people.", "dead"),
    ],
)
def test_more_than_rounding_is(one: str, other: str, about: str) -> None:
    assert list(found((one, "en"), (other, "en"))) == [about]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The blast killed 12 people.", "The blast injured 15 people."),
        ("The blast killed 12 people.", "The 1994 blast, the worst since 1950, killed 90 people."),
        ("The blast injured 27 people.", "The blast left three people in intensive care."),
        ("The blast killed 12 people.", "Officials warned that 40 people could be killed."),
    ],
)
def test_different_things_are_no_contradiction(one: str, other: str) -> None:
    assert found((one, "en"), (other, "en")) == {}


def test_a_single_outlier_is_taken_for_another_thing() -> None:
    texts = [("The quake killed 12 people.", "en")] * 3 + [("Quakes here have killed 26,000 people.", "en")]
    assert found(*texts) == {}


def test_many_claims_are_capped_and_every_value_keeps_its_newest() -> None:
    texts = [(f"The blast killed {10 + n % 3} people on Friday.", "en") for n in range(30)]
    dead = found(*texts)["dead"]
    assert len(dead.claims) == 12
    assert {claim.value for claim in dead.claims} == {"10", "11", "12"}


def test_what_says_the_same_is_one_group_and_the_group_of_most_outlets_comes_first() -> None:
    lengths = ("nearly three hours", "two and a half hours", "2 hours and 45 minutes", "about three hours")
    talks = found(*((f"The talks lasted {length}.", "en") for length in lengths))["length of the talks"]
    assert [(claim.value, claim.group) for claim in talks.claims] == [
        ("about 3 hours", 0),
        ("2.75 hours", 0),
        ("2.5 hours", 1),
        ("nearly 3 hours", 0),
    ]


def test_what_is_furthest_apart_and_in_most_outlets_comes_first() -> None:
    texts = [f"The blast killed {10 + n // 3} people and injured {20 + 15 * (n % 2)} people." for n in range(4)]
    assert list(found(*((text, "en") for text in texts))) == ["injured", "dead"]
