"""The error analysis against counts made by hand."""

from __future__ import annotations

from pipeline.evaluation import LabelledArticle, analyse_errors


def _articles(events: str) -> list[LabelledArticle]:
    return [
        LabelledArticle(id=str(at), article_id=f"a{at}", title=f"title {at}", text="", event=event)
        for at, event in enumerate(events)
    ]


def _stories(stories: str) -> dict[str, str]:
    return {str(at): story for at, story in enumerate(stories)}


def test_a_flawless_clustering_has_no_errors() -> None:
    analysis = analyse_errors(_articles("aabb"), _stories("xxyy"))
    assert (analysis.split_events, analysis.joined_events) == ((), ())


def test_a_split_event_names_its_stories_and_counts_the_pairs_that_are_apart() -> None:
    (error,) = analyse_errors(_articles("aaaaa"), _stories("xxxyy")).split_events
    assert (error.label, error.wrong_pairs) == ("a", 6)
    assert [(each.label, each.articles) for each in error.parts] == [("x", 3), ("y", 2)]


def test_a_wrongly_joined_story_names_its_events_and_counts_the_pairs_that_are_together() -> None:
    (error,) = analyse_errors(_articles("aab"), _stories("xxx")).joined_events
    assert (error.label, error.wrong_pairs) == ("x", 2)
    assert error.parts[1].titles == ("title 2",)


def test_the_worst_errors_come_first_and_no_more_than_asked_for() -> None:
    analysis = analyse_errors(_articles("aabbbbc"), _stories("uvwwxxy"), limit=1)
    assert [each.label for each in analysis.split_events] == ["b"]


def test_an_article_without_a_label_is_no_error() -> None:
    unlabelled = LabelledArticle(id="9", article_id="a9", title="other", text="", event=None)
    analysis = analyse_errors([*_articles("aa"), unlabelled], {**_stories("xx"), "9": "x"})
    assert analysis.joined_events == ()
