"""The picture of a story."""

from __future__ import annotations

from tests.unit.story.made import article, record

HARBOUR = "https://cdn.a.example/harbour.jpg"
FERRY = "https://cdn.b.example/ferry.jpg?w=1200&s=af31"


def test_a_story_has_the_picture_of_the_article_that_gives_its_title() -> None:
    members = [
        article("a1", "Ferry", minutes=0, image_url=HARBOUR),
        article("b1", "Ferry sinks off Harrow Bay, dozens rescued", source="b", minutes=9, image_url=FERRY),
    ]
    made = record(members, previous_title_article_id="b1")
    assert made.title_article_id == "b1"
    assert made.image_url == FERRY
    assert [each.image_url for each in made.articles] == [HARBOUR, FERRY]


def test_without_a_picture_there_the_earliest_stays_however_many_join() -> None:
    members = [
        article("b1", source="b", minutes=9, image_url=FERRY),
        article("a1", minutes=0),
        article("c1", source="c", minutes=30, image_url=HARBOUR),
    ]
    for upto in (1, 2, 3):
        assert record(members[:upto], previous_title_article_id="a1").image_url == FERRY


def test_a_story_without_pictures_has_none() -> None:
    assert record([article("a1")]).image_url is None


def test_the_article_of_the_picture_is_among_those_that_are_listed() -> None:
    members = [article(f"m{number}", source=f"s{number}", minutes=number) for number in range(40)]
    members.append(article("late", source="s1", minutes=38.5, image_url=FERRY))
    made = record(members, max_articles=12)
    assert made.image_url == FERRY
    assert FERRY in [each.image_url for each in made.articles]


def test_a_story_that_is_hidden_shows_no_picture() -> None:
    assert record([article("a1", image_url=FERRY)], hidden=True).image_url is None
