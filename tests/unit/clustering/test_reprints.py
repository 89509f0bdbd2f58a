"""Near-duplicate bodies."""

from __future__ import annotations

import zlib
from dataclasses import replace

import pytest
from datasketch import MinHash
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.clustering import Clustering
from pipeline.domain.clustering.reprints import (
    HASHES,
    MIN_WORDS,
    NO_SIGNATURE,
    READ_WORDS,
    signature,
    similarity,
)
from pipeline.domain.writing import WORD_OR_CHARACTER
from tests.unit.clustering.helpers import MODEL, article, clustering, committed

BODY = " ".join(f"Sentence {n} tells how the river rose by {n} feet near village {n}." for n in range(30))
OTHER_BODY = " ".join(f"Rescuer {n} carried {n} sheep from farm {n} to a barn." for n in range(30))


def test_a_copy_under_another_headline_joins_its_original_and_is_marked() -> None:
    live = clustering()
    first = article(0, 0, text=BODY)
    copy = replace(article(9, 1, text="LISBON (Agency) - " + BODY), title="How the river rose by feet")
    changes = live.assign([first, copy])
    assert changes.assignments[1].story_id == changes.assignments[0].story_id
    assert changes.assignments[1].original_id == first.article_id


def test_a_body_that_two_subjects_share_is_no_copy_where_the_title_is_about_something_else() -> None:
    consent = "We and our partners store cookies and read them. " * 10
    first = replace(article(0, 0, text="The ferry ran aground. " + consent), title="Ferry runs aground")
    other = replace(article(1, 1, text=consent), title="Chess champion resigns after queen sacrifice")
    assert similarity(signature(first.text), signature(other.text)) > 0.55
    assert all(each.original_id is None for each in clustering().assign([first, other]).assignments)


def test_a_copy_of_a_copy_names_the_first_original() -> None:
    changes = clustering().assign([article(0, number, text=BODY) for number in range(3)])
    assert changes.assignments[2].original_id == article(0, 0).article_id


def _merged_then(undone: bool) -> Clustering:
    """Two stories with a long body each that a sweep makes one."""
    alone = replace(MODEL, join_threshold=1.1, split_logit=-1e9, gray_low=2.0)
    live = Clustering(alone)
    committed(live, [article(0, 0, text=BODY), article(0, 1, text=BODY[:40] + OTHER_BODY)])
    assert len(live.sweep().merges) == 1
    if undone:
        live.rollback()
    else:
        live.commit()
    return live


@pytest.mark.parametrize("undone", [True, False])
@pytest.mark.parametrize(("number", "body"), [(0, "BODY"), (1, "OTHER")])
def test_originals_are_still_known_after_a_merge_and_after_its_rollback(
    undone: bool, number: int, body: str
) -> None:
    text = BODY if body == "BODY" else OTHER_BODY
    (copy,) = _merged_then(undone).assign([article(0, 7, text=text)]).assignments
    assert copy.original_id == article(0, number).article_id


def test_a_copy_cut_short_is_still_a_copy() -> None:
    cut = " ".join(BODY.split()[:220])
    assert similarity(signature(BODY), signature(cut)) > 0.9


SOME_WORDS = st.lists(st.text("aàß9İ北 ", min_size=1, max_size=4), min_size=30, max_size=220)


@given(SOME_WORDS.map(" ".join))
def test_a_signature_is_half_of_what_datasketch_gives(text: str) -> None:
    words = WORD_OR_CHARACTER.findall(text[: 12 * READ_WORDS].casefold())[:READ_WORDS]
    shingles = {" ".join(words[at : at + 4]).encode() for at in range(len(words) - 3)}
    theirs = MinHash(num_perm=HASHES, seed=1, hashfunc=zlib.crc32)
    theirs.update_batch(shingles)
    expected = (theirs.hashvalues & 0xFFFF).tolist() if len(words) >= MIN_WORDS else []
    assert signature(text).tolist() == expected


def test_title_only_articles_are_never_reprints() -> None:
    one, other = article(0, 0), replace(article(0, 1), title=article(0, 0).title)
    assert all(each.original_id is None for each in clustering().assign([one, other]).assignments)


def test_a_short_body_has_no_signature() -> None:
    assert signature("This is a breaking story and will be updated.") is NO_SIGNATURE


def test_what_has_no_signature_is_like_nothing_and_not_like_its_own_kind() -> None:
    signed = signature(BODY)
    pairs = ((NO_SIGNATURE, NO_SIGNATURE), (signed, NO_SIGNATURE), (NO_SIGNATURE, signed))
    assert [similarity(*each) for each in pairs] == [0.0, 0.0, 0.0]
    assert similarity(signed, signed) == 1.0
