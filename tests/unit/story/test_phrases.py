"""What several outlets say in the same words."""

from __future__ import annotations

from pipeline.domain.story.comparison import Comparisons
from pipeline.domain.story.material import material_of
from pipeline.domain.story.phrases import Phrases
from pipeline.domain.story.points import MAX_TRIED, select, weigh
from pipeline.domain.story.roll import roll_of
from pipeline.domain.story.snapshot import StoredArticle
from tests.unit.story.made import Directory, article

SHARED = "Divers found the sunken wreck near the harbour wall on Saturday."
ALONE = "Fishermen from three villages lit candles along the southern beach."


def comparisons_of(*articles: StoredArticle) -> Comparisons:
    return Comparisons(material_of(roll_of(articles, Directory())))


def phrases_of(*articles: StoredArticle) -> Phrases:
    comparison = comparisons_of(*articles).of("en")
    return Phrases(comparison.candidates, comparison.items)


MEMBERS = (article("1", text=SHARED), article("2", text=SHARED, source="b"), article("3", text=ALONE, source="c"))


def test_what_several_outlets_say_weighs_and_what_one_says_does_not() -> None:
    assert phrases_of(*MEMBERS).untold([]).tolist() == [1.0, 1.0, 0.0]


def test_what_is_told_weighs_nothing_any_more() -> None:
    assert phrases_of(*MEMBERS).untold([0]).tolist() == [0.0, 0.0, 0.0]


def test_one_outlet_that_says_a_thing_twice_is_one() -> None:
    twice = (article("1", text=SHARED), article("2", text=SHARED))
    assert phrases_of(*twice).untold([]).tolist() == [0.0, 0.0]


def test_a_story_in_which_all_is_told_in_other_words_asks_the_encoder_a_bounded_number_of_times() -> None:
    letters = "abcdefgh"
    members = [
        article(
            f"{one}{two}", text=f"Keeper {one}{two} of lighthouse {two}{one} heard thunder{one}{two}.", source=one
        )
        for one in letters
        for two in letters
    ]
    asked: list[str] = []

    def always(text: str, _others: object) -> bool:
        asked.append(text)
        return True

    weighed = weigh(comparisons_of(*members).of("en"), lambda _: 1.0, always)
    assert select(weighed, range(len(weighed.candidates)), [0], 4) == []
    assert 0 < len(asked) <= MAX_TRIED
