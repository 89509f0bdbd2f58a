"""However a roll came to its members, the record is that of these members."""

from __future__ import annotations

import random
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.domain.story.build import build_record
from pipeline.domain.story.roll import Roll
from pipeline.domain.story.snapshot import StoredArticle, StorySnapshot
from pipeline.json_codec import to_json
from tests.unit.story.made import Directory, Rated, article, snapshot

OUTLETS = Directory(
    [
        *(Rated(f"o{n}.example", f"Outlet {n}", bias=(None, "left", "center", "right")[n % 4]) for n in range(40)),
        # Two domains of one outlet.
        Rated("o1.example", "Outlet 1", bias="left"),
    ]
)
IDS = 70
"""More than are read of a story, so that the choice counts too."""


def members(dice: random.Random, number: int) -> StoredArticle:
    """One version of the article with this number."""
    source, outlet = dice.choice(
        [(f"o{dice.randrange(44)}", None), (None, "Paper"), (None, "paper"), (None, None)]
    )
    return article(
        f"a{number:02}",
        title=f"Pier {number % 7} falls",
        text=f"Rescuers pulled {number} people from the water off Harrow Bay on Friday.",
        source=source,
        minutes=dice.choice([None, 7, dice.randrange(4_000)]),
        language=dice.choice(["en", "en", "de"]),
        reprint_of=dice.choice([None, None, None, f"a{dice.randrange(IDS):02}", "elsewhere"]),
        outlet=outlet,
    )


def told(of: StorySnapshot) -> bytes:
    """The record of this snapshot, with few members listed."""
    return to_json(build_record(of, OUTLETS, max_articles=25).model_dump(mode="json"))


@settings(max_examples=30, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(1, IDS))
def test_members_that_come_change_and_go_leave_the_record_of_those_that_stay(
    dice: random.Random, some: int
) -> None:
    roll, held = Roll(OUTLETS), dict[str, StoredArticle]()
    for _ in range(3):
        for number in dice.sample(range(IDS), some):
            each = members(dice, number)
            if each.article_id in held and dice.random() < 0.5:
                roll.discard(each.article_id)
                del held[each.article_id]
            else:
                roll.put(each)
                held[each.article_id] = each
        fresh = snapshot(held.values(), previous_title_article_id="a01")
        assert told(replace(fresh, articles=roll)) == told(fresh)


def test_the_name_of_an_unknown_outlet_is_that_of_the_smallest_id_that_is_left() -> None:
    first, second = (article(each, source="x", outlet=f"The {each}") for each in "ab")
    roll = Roll(Directory(), [second, first])
    assert [each.name for each in roll.sources.all()] == ["The a"]
    roll.discard("a")
    assert [each.name for each in roll.sources.all()] == ["The b"]
    roll.discard("b")
    assert (len(roll), len(roll.sources), roll.last_received) == (0, 0, None)


def test_reprints_whose_original_leaves_have_the_oldest_of_them_in_its_place() -> None:
    roll = Roll(Directory(), (article(each, minutes=n, reprint_of="a") for n, each in enumerate("bcd", 1)))
    assert [each.reprint_of for each in roll] == [None, "b", "b"]
    roll.put(article("a", minutes=9))
    assert {each.article_id: each.reprint_of for each in roll} == {"a": None, "b": "a", "c": "a", "d": "a"}
    roll.discard("a")
    assert [each.reprint_of for each in roll] == [None, "b", "b"]
