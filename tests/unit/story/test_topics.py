"""Topics in the record, from what the store holds of them."""

from __future__ import annotations

from groundswell.record import Topic
from tests.unit.story.made import article, record


def test_topics_stand_in_the_record_by_id_and_name_the_surest_first() -> None:
    made = record([article("a")], topics=(("15000000", 0.93), ("02000000", 0.8)))
    assert made.topics == [
        Topic(id="medtop:15000000", name="sport", confidence=0.93),
        Topic(id="medtop:02000000", name="crime, law and justice", confidence=0.8),
    ]


def test_a_topic_of_the_next_level_names_the_one_that_it_is_part_of() -> None:
    made = record([article("a")], topics=(("02000000", 0.93), ("20000082", 0.9), ("15000000", 0.8)))
    assert [(each.id, each.name, each.broader) for each in made.topics] == [
        ("medtop:02000000", "crime, law and justice", None),
        ("medtop:20000082", "crime", "medtop:02000000"),
        ("medtop:15000000", "sport", None),
    ]


def test_a_topic_that_this_version_has_no_name_for_is_left_out() -> None:
    assert record([article("a")], topics=(("20000822", 0.93),)).topics == []


def test_a_story_of_which_nothing_is_left_has_no_topic() -> None:
    assert record([], topics=(("15000000", 0.93),)).topics == []
