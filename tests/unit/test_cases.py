"""The cases of `tests/cases`: whatever comes in is read right, and what is answered otherwise has a reason."""

from __future__ import annotations

import pytest

from pipeline.domain.outlets import OutletDirectory
from tests.support.cases import Case, complaint, read_cases

ANSWERED_OTHERWISE = {
    "feeds-duplicate_guids_no_links": "debatable: one guid is one article; its newest version counts",
    "feeds-updated_title_changes_url_slug": "debatable: the canonical address identifies an article, not its guid",
    "feeds-empty_title_long_text": "the first sentence of its text is its title, as the note of the case allows",
}
"""Cases that are not answered as they expect, and why."""

CASES = {case.id: case for case in read_cases()}


@pytest.fixture(scope="module")
def outlets() -> OutletDirectory:
    return OutletDirectory.load()


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_case_is_understood_as_it_should_be(case: Case, outlets: OutletDirectory) -> None:
    wrong = complaint(case, outlets)
    if case.id in ANSWERED_OTHERWISE:
        assert wrong, f"it is answered as it expects now, no reason is needed: {ANSWERED_OTHERWISE[case.id]}"
    else:
        assert wrong is None


def test_only_known_cases_are_answered_otherwise() -> None:
    assert set(ANSWERED_OTHERWISE) <= set(CASES)
