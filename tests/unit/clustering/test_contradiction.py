"""What forbids an article, or a story, to be one event with another."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.domain.clustering.borrowing import SHARED, is_borrower, title_told
from pipeline.domain.clustering.contradiction import admitted, contradict
from pipeline.domain.clustering.member import LiveMember
from pipeline.domain.clustering.reprints import HASHES, Signature
from pipeline.domain.clustering.templates import Template, told
from tests.unit.clustering.made import idf, member, story, terms

DAY = 86_400.0


def issue(article_id: str, day: int) -> LiveMember:
    return member(article_id, published_at=day * DAY, issue=True)


def filled(article_id: str, *names: int, language: str = "en", own: tuple[int, ...] = ()) -> LiveMember:
    """A headline of a pattern with these names."""
    return member(
        article_id, patterned=True, language=language, template=Template(4, names), terms=terms(own or names)
    )


def test_an_issue_joins_only_its_own_day() -> None:
    assert admitted(issue("b", 2), [story(issue("a", 1))], [False], idf()) == []
    assert admitted(issue("b", 1), [story(issue("a", 1))], [False], idf())
    assert admitted(member("b", published_at=2 * DAY), [story(member("a", published_at=DAY))], [False], idf())


def test_stories_of_which_one_is_an_issue_are_one_only_on_its_day() -> None:
    plain = story(member("x", published_at=2 * DAY), story_id="t")
    for one, other in ((story(issue("a", 1)), plain), (plain, story(issue("a", 1)))):
        assert contradict(one, other, idf())
    assert not contradict(story(issue("a", 2)), plain, idf())
    assert not contradict(story(member("a", published_at=DAY)), plain, idf())


def test_a_pattern_filled_with_names_that_the_story_does_not_tell_is_another_event() -> None:
    assert admitted(filled("b", 7), [story(filled("a", 8))], [False], idf()) == []
    assert admitted(filled("b", 7), [story(filled("a", 7))], [False], idf())
    assert admitted(
        member("b", template=Template(4, (7,)), language="en"), [story(filled("a", 8))], [False], idf()
    )


def test_only_coverage_in_the_same_language_is_asked_for_names() -> None:
    assert admitted(filled("b", 7), [story(filled("a", 8, language="pt"))], [False], idf())


def test_two_stories_contradict_where_half_of_either_tells_another_event() -> None:
    tells, silent = filled("a", 7), member("b", language="en", terms=terms([8]))
    host = story(filled("x", 8), story_id="t")
    assert contradict(story(tells, silent), host, idf())
    assert contradict(host, story(tells, silent), idf())
    third = member("c", language="en", terms=terms([8]))
    assert not contradict(story(tells, silent, third), host, idf())


def test_names_are_told_by_the_square_of_their_rarity() -> None:
    assert told((1, 2), np.array([1]), idf(t1=3.0)) == pytest.approx(9 / 10)
    assert told((), np.array([1]), idf()) == 1.0


def signature(same: int) -> Signature:
    """As that of zeros in this many of its hashes."""
    made = np.ones(HASHES, dtype=np.uint32)
    made[:same] = 0
    return made


ORIGINAL = member("o", signature=signature(HASHES), terms=terms([1], title=[5]))


def copy(same: int, *title: int) -> LiveMember:
    return member("c", signature=signature(same), terms=terms([1], title=title))


def test_shared_text_under_a_title_that_the_original_does_not_tell_is_borrowed() -> None:
    enough = int(np.ceil(SHARED * HASHES))
    assert is_borrower(copy(enough, 9), story(ORIGINAL), idf())
    assert not is_borrower(copy(enough - 1, 9), story(ORIGINAL), idf())
    assert not is_borrower(copy(enough, 1), story(ORIGINAL), idf())
    assert not is_borrower(member("c", terms=terms(title=[9])), story(ORIGINAL), idf())


def test_half_of_the_kept_members_must_share_the_text() -> None:
    unsigned, other = member("u"), member("v", signature=signature(0))
    assert is_borrower(copy(HASHES, 9), story(ORIGINAL, unsigned), idf())
    assert not is_borrower(copy(HASHES, 9), story(ORIGINAL, unsigned, unsigned), idf())
    assert is_borrower(copy(HASHES, 9), story(ORIGINAL, other), idf())
    assert not is_borrower(copy(HASHES, 9), story(ORIGINAL, other, other), idf())


def test_a_title_is_told_by_three_tenths_of_its_rarity() -> None:
    title = terms(title=[1, 2])
    assert title_told(title, terms([1]), idf(t1=3.0, t2=7.0))
    assert not title_told(title, terms([1]), idf(t1=2.9, t2=7.0))
    assert title_told(title, terms([2, 8]), idf(t2=5.0))
