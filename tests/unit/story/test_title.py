from __future__ import annotations

import pytest

from groundswell.record import Status
from tests.unit.story.made import article, biases, record

LEAD = "Rescuers pulled 12 people from the water after a ferry sank off Harrow Bay on Friday."
OTHERS = [
    article("2", "Ferry sinks off Harrow Bay, 12 people rescued", LEAD, "b", 10),
    article("3", "Twelve rescued as ferry sinks in Harrow Bay", LEAD, "c", 20),
]


@pytest.mark.parametrize(
    "poor",
    [
        "LIVE: Ferry sinks off Harrow Bay, 12 people rescued",
        "Opinion: Ferry sinks off Harrow Bay, 12 people rescued",
        "Why did the ferry sink off Harrow Bay, 12 people rescued?",
        "You won't believe how 12 people were rescued off Harrow Bay",
        "FERRY SINKS OFF HARROW BAY, 12 PEOPLE RESCUED!",
        "Ferry",
    ],
)
def test_no_live_blog_opinion_clickbait_or_shouting_where_there_is_a_plain_headline(poor: str) -> None:
    assert record([article("1", poor, LEAD, "a"), *OTHERS]).title_article_id != "1"


def test_the_outlets_name_at_the_end_goes() -> None:
    made = record([article("1", "Ferry sinks off Harrow Bay - The Courier", outlet="The Courier")])
    assert made.title == "Ferry sinks off Harrow Bay"


def test_a_dash_inside_a_headline_stays() -> None:
    made = record([article("1", "Ferry sinks off Harrow Bay - twelve rescued", outlet="The Courier")])
    assert made.title == "Ferry sinks off Harrow Bay - twelve rescued"


def test_the_title_stays_unless_clearly_beaten() -> None:
    first = record(OTHERS)
    for kept in ("2", "3"):
        again = record(OTHERS, previous_title_article_id=kept)
        assert again.title_article_id == kept
    assert first.title_article_id in ("2", "3")


def test_a_poor_title_gives_way() -> None:
    poor = article("1", "Live: storm, traffic and other news", source="a")
    made = record([poor, *OTHERS], previous_title_article_id="1")
    assert made.title_article_id != "1"


def test_an_overtaken_toll_gives_way() -> None:
    old = article("1", "Ferry sinks off Harrow Bay, 3 people killed", "Three people were killed off Harrow Bay.")
    new = [
        article(n, f"Ferry sinks off Harrow Bay, {k} people killed", f"The ferry killed {k} people.", n, m)
        for n, k, m in (("b", 40, 600), ("c", 41, 700))
    ]
    assert record([old, *new], previous_title_article_id="1").title_article_id != "1"


def test_the_title_is_in_the_language_of_most_sources_and_does_not_flip() -> None:
    english = [article(f"e{n}", source=f"e{n}", minutes=n) for n in range(3)]
    german = [article(f"d{n}", "Fähre sinkt", source=f"d{n}", language="de", minutes=n) for n in range(4)]
    assert record([*english, *german]).language == "de"
    assert record([*english, *german], previous_title_article_id="e0").language == "en"


def test_a_merged_story_without_members_has_a_valid_record() -> None:
    made = record([], status=Status.MERGED, merged_into="s2")
    assert (made.title, made.title_article_id, made.summary, made.key_points) == ("", None, None, [])
    assert (made.merged_into, made.article_count, made.source_count, made.momentum) == ("s2", 0, 0, None)
    assert made.perspectives.left is None
    type(made).model_validate_json(made.model_dump_json())


def test_a_rated_partisan_does_not_name_the_story_where_another_says_the_same() -> None:
    same = "Ferry sinks off Harrow Bay with 12 aboard"
    members = [article("1", same, LEAD, "a"), article("2", same, LEAD, "b", 1)]
    assert record(members, biases(a="right", b="center")).title_article_id == "2"
