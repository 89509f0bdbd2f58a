"""What is kept of the texts of a story that ended."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from groundswell.record import Status
from pipeline.domain.story import ended
from pipeline.domain.story.build import build_record
from pipeline.domain.story.ended import shortened
from pipeline.domain.story.members import snippet
from pipeline.domain.story.snapshot import StorySnapshot
from tests.unit.story.made import Directory, article, cited, record, snapshot

LONG = " ".join(f"Harbour pilot number {n} told the inquiry what she saw at buoy {n}." for n in range(40))


def closed(*texts: str, status: Status = Status.CLOSED) -> StorySnapshot:
    articles = [article(f"a{number}", text=text, minutes=number) for number, text in enumerate(texts)]
    return snapshot(articles, status=status)


def made(of: StorySnapshot) -> list[str]:
    """Ids of those that are shortened."""
    return sorted(each.article_id for each in shortened(of, build_record(of, Directory(), max_articles=500)))


def test_articles_that_the_record_cites_keep_their_text_and_others_what_their_snippet_shows() -> None:
    story = closed(*(f"Witness {number} speaks. {LONG}" for number in range(8)))
    told = record(story.articles, status=Status.CLOSED)
    shorter = {each.article_id: each for each in shortened(story, told)}
    assert set(shorter) == {each.article_id for each in story.articles} - cited(told)
    for before in story.articles:
        after = shorter.get(before.article_id, before)
        assert snippet(after.title, after.lead) == snippet(before.title, before.lead)
        assert after is before or len(after.lead) < 300 < len(before.lead)


def test_texts_of_live_stories_short_ones_and_those_of_very_large_stories_stay(monkeypatch: object) -> None:
    assert made(closed(*[LONG] * 8, status=Status.ACTIVE)) == []
    assert made(closed(*["It rained."] * 8)) == []
    assert made(closed(*[LONG] * (ended.MOST_MEMBERS + 1))) == []


@given(st.text("ab \n.Ferry", max_size=900), st.text("ab F", max_size=40))
def test_a_shortened_text_shows_the_same_snippet_and_is_shortened_no_further(lead: str, title: str) -> None:
    before = article("a", title, lead)
    after = ended._shortened(before)
    if after is not None:
        assert snippet(title, after.lead) == snippet(title, lead)
        assert ended._shortened(after) is None
