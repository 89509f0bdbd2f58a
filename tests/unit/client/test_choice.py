"""Only the stories that a service wants, each to its end."""

from __future__ import annotations

from typing import Any

import pytest

from groundswell import Choice, Counts, StoryRecord, Subscriber
from groundswell.record import Blindspot, Entity, Side, Status, Topic
from tests.unit.client.helpers import MemoryTopic, merged, seen, story


def chosen(choice: Choice, *records: StoryRecord) -> list[tuple[str, int]]:
    with Subscriber(follow=False, choice=choice, connect=MemoryTopic(list(records)).connector()) as stories:
        return seen(list(stories))


def member(topic: MemoryTopic, **options: Any) -> Subscriber:
    given = {"follow": False, "choice": Choice(min_sources=2), **options}
    return Subscriber(**given, group="g", connect=topic.connector(group=True))


def speaking(story_id: str, *languages: str) -> StoryRecord:
    plain = story(story_id, 1)
    counts = plain.coverage.model_copy(update={"languages": dict.fromkeys(languages, 1)})
    return plain.model_copy(update={"coverage": counts})


def test_every_story_is_chosen_where_nothing_is_asked() -> None:
    assert chosen(Choice(), story("a", 1), story("b", 1, source_count=1)) == [("a", 1), ("b", 1)]


def test_a_story_without_any_known_source_is_chosen_too_where_nothing_is_asked() -> None:
    assert chosen(Choice(), story("a", 1, source_count=0)) == [("a", 1)]


def test_a_text_in_place_of_a_set_is_refused() -> None:
    with pytest.raises(TypeError, match=r"languages must be a collection of texts such as \{'en'\}"):
        Choice(languages="en")


def test_capitals_make_no_difference() -> None:
    assert chosen(Choice(languages={"DE"}), speaking("a", "de")) == [("a", 1)]
    domain = story("a", 1).articles[0].outlet.domain or ""
    assert chosen(Choice(outlets=[domain.upper()]), story("a", 1)) == [("a", 1)]


def test_a_story_is_chosen_once_enough_sources_cover_it() -> None:
    growing = [story("a", 1, source_count=2), story("a", 2, source_count=3), story("b", 1, source_count=1)]
    assert chosen(Choice(min_sources=3), *growing) == [("a", 2)]


def test_one_article_in_one_of_the_languages_is_enough() -> None:
    records = [speaking("a", "en", "de"), speaking("b", "fr"), speaking("c", "de")]
    assert chosen(Choice(languages={"de", "es"}), *records) == [("a", 1), ("c", 1)]


def test_one_of_the_outlets_is_enough() -> None:
    plain = story("a", 1)
    domain = plain.articles[0].outlet.domain
    assert domain is not None
    assert chosen(Choice(outlets={domain, "other.example"}), plain) == [("a", 1)]
    assert chosen(Choice(outlets={"other.example"}), plain) == []


def test_all_that_is_asked_for_must_hold() -> None:
    assert chosen(Choice(languages={"de"}, min_sources=99), speaking("a", "de")) == []


def test_the_end_of_a_story_that_was_chosen_is_told_whatever_it_has_become() -> None:
    wanted = Choice(min_sources=2)
    ends = [story("a", 1, source_count=2), story("a", 2, source_count=1, status=Status.CLOSED)]
    assert chosen(wanted, *ends) == [("a", 1), ("a", 2)]
    assert chosen(wanted, story("a", 1, source_count=2), merged("a", 3, "b")) == [("a", 1), ("a", 3)]
    assert chosen(wanted, story("a", 1, source_count=1), story("a", 2, source_count=1, status=Status.CLOSED)) == []


def test_that_a_story_was_taken_back_is_told_whatever_is_asked_for_and_is_no_choice_of_it() -> None:
    wanted = Choice(min_sources=2)
    hidden = story("a", 2, source_count=0, hidden=True)
    assert chosen(wanted, hidden, story("a", 3, source_count=1)) == [("a", 2)]
    assert chosen(wanted, story("a", 1, source_count=2), hidden, story("a", 3, source_count=1)) == [
        ("a", 1), ("a", 2), ("a", 3),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "end", [{"source_count": 1}, {"source_count": 0, "article_count": 0, "hidden": True}], ids=["fewer", "hidden"]
)
def test_an_end_at_which_the_loop_was_left_comes_again_after_a_restart(end: dict[str, Any]) -> None:
    topic = MemoryTopic([story("a", 1, source_count=2), story("a", 2, **end, status=Status.CLOSED)])
    stored: dict[str, int] = {}
    with member(topic) as stories:
        for record in stories:
            if record.revision == 2:
                break
            stored[record.story_id] = record.revision
    assert topic.position() == 1
    assert seen(list(member(topic, seen=stored))) == [("a", 2)]


@pytest.mark.parametrize("changes", [{"hidden": True}, {}], ids=["hidden", "withdrawn"])
def test_that_nothing_is_left_of_a_closed_story_is_told_whatever_is_asked_for(changes: dict[str, Any]) -> None:
    empty = story("a", 2, source_count=0, article_count=0, status=Status.CLOSED, **changes)
    assert chosen(Choice(min_sources=2), empty) == [("a", 2)]


def test_a_merge_is_told_in_a_group_whatever_is_asked_for_since_others_may_have_the_story() -> None:
    gone = merged("a", 2, "b")
    assert seen(list(member(MemoryTopic([gone]), choice=Choice(min_sources=99)))) == [("a", 2)]
    assert chosen(Choice(min_sources=99), gone) == []


def test_the_stories_that_were_chosen_longest_ago_are_forgotten_beyond_the_bound() -> None:
    topic = MemoryTopic([
        story("a", 1, source_count=2), story("b", 1, source_count=2), story("c", 1, source_count=2),
        story("a", 2, source_count=1), story("c", 2, source_count=1),
    ])  # fmt: skip
    with Subscriber(
        follow=False, choice=Choice(min_sources=2), connect=topic.connector(), max_stories=2
    ) as stories:
        assert seen(list(stories)) == [("a", 1), ("b", 1), ("c", 1), ("c", 2)]


def test_what_was_not_chosen_is_counted_apart() -> None:
    topic = MemoryTopic([story("a", 1, source_count=1), story("b", 1, source_count=5)])
    with Subscriber(follow=False, choice=Choice(min_sources=2), connect=topic.connector()) as stories:
        list(stories)
        assert stories.counts == Counts(delivered=1, unwanted=1)


def test_countries_names_and_blindspots_are_those_of_the_record() -> None:
    plain = story("a", 1)
    blind = Blindspot(side=Side.LEFT, share=0.0, expected_share=0.3, p_value=0.01)
    cover = plain.coverage.model_copy(update={"countries": {"DE": 1}, "blindspot": blind})
    record = plain.model_copy(update={"coverage": cover, "entities": [Entity(name="Port Ellery", articles=2)]})
    assert chosen(Choice(countries={"de", "fr"}, entities={"PORT ELLERY"}, blindspots={Side.LEFT}), record)
    for other in (Choice(countries={"fr"}), Choice(entities={"Ellery"}), Choice(blindspots={Side.RIGHT})):
        assert chosen(other, record) == []
    with pytest.raises(TypeError, match="countries"):
        Choice(countries="DE")


def test_a_topic_is_chosen_by_id_code_or_name() -> None:
    sport = Topic(id="medtop:15000000", name="sport", confidence=0.9)
    record = story("a", 1).model_copy(update={"topics": [sport]})
    for called in ("medtop:15000000", "15000000", "Sport"):
        assert chosen(Choice(topics={"health", called}), record) == [("a", 1)]
    assert chosen(Choice(topics={"health"}), record) == []
    assert chosen(Choice(topics={"sport"}), story("b", 1)) == []
