"""The error analysis against counts made by hand."""

from __future__ import annotations

from pipeline.quality.evaluation import Count, ErrorAnalysis, Kind, LabelledArticle, analyse_errors


def _articles(events: str) -> list[LabelledArticle]:
    return [
        LabelledArticle(id=str(at), article_id=f"a{at}", title=f"title {at}", text="", event=event, language="en")
        for at, event in enumerate(events)
    ]


def _analysis(events: str, stories: str) -> ErrorAnalysis:
    return analyse_errors(_articles(events), {str(at): story for at, story in enumerate(stories)})


def test_a_flawless_clustering_has_no_faults() -> None:
    analysis = _analysis("aabb", "xxyy")
    assert analysis.faults == ()
    assert analysis.counts == dict.fromkeys(Kind, Count())


def test_a_split_event_names_its_stories_and_counts_the_pairs_that_are_apart() -> None:
    (fault,) = _analysis("aaaaa", "xxxyy").faults
    assert (fault.whole, fault.split, fault.wrong_pairs) == ("a", True, 6)
    assert [(each.label, each.articles) for each in fault.parts] == [("x", 3), ("y", 2)]


def test_a_wrongly_joined_story_names_its_events_and_counts_the_pairs_that_are_together() -> None:
    (fault,) = _analysis("aab", "xxx").faults
    assert (fault.whole, fault.split, fault.wrong_pairs) == ("x", False, 2)
    assert fault.parts[1].titles == ("title 2",)


def test_every_faulty_pair_of_stories_or_events_is_counted_once_under_one_kind() -> None:
    analysis = _analysis("aaabbc", "xyzxxx")
    assert len(analysis.faults) == 6
    assert sum(each.faults for each in analysis.counts.values()) == 6


def test_counts_cover_all_faults_however_few_are_shown() -> None:
    analysis = _analysis("aabbbccddd", "uvwwxyzrrs")
    assert len(analysis.worst(Kind.OTHER, limit=1)) == 1
    assert analysis.counts[Kind.OTHER] == Count(faults=4, apart=6, together=0)


def test_an_event_in_many_parts_is_shown_once_with_all_its_parts() -> None:
    (error,) = _analysis("a" * 12, "x" * 9 + "yyz").worst(Kind.LARGE_EVENT)
    assert (error.label, error.wrong_pairs) == ("a", 9 * 2 + 9 + 2)
    assert [each.label for each in error.parts] == ["x", "y", "z"]


def test_the_worst_errors_come_first() -> None:
    assert [each.label for each in _analysis("aabbbbc", "uvwwxxy").worst(Kind.OTHER)] == ["b", "a"]


def test_an_article_without_a_label_is_no_error() -> None:
    unlabelled = LabelledArticle(id="9", article_id="a9", title="other", text="", event=None)
    analysis = analyse_errors([*_articles("aa"), unlabelled], {"0": "x", "1": "x", "9": "x"})
    assert analysis.faults == ()
