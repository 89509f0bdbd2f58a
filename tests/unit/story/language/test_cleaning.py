from __future__ import annotations

import pytest

from pipeline.domain.story.language.cleaning import paragraphs, without_dateline


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("HARROW BAY (Reuters) - The ferry sank.", "The ferry sank."),
        ("WEST PALM BEACH, Fla. — The ferry sank.", "The ferry sank."),
        ("BERLIN (dpa/AFP) - die Fähre sank.", "Die Fähre sank."),
        ("МОСКВА, 15 авг — РИА Новости. Паром затонул.", "Паром затонул."),
        ("КРАСНОЛЕСЬЕ, 14 августа. /ТАСС/. Пожар начался.", "Пожар начался."),
        ("Москва. 15 августа. ИНТЕРФАКС - Мост обрушился.", "Мост обрушился."),
        ("NATO - the alliance - met.", "NATO - the alliance - met."),
        ("U.S. - Russia talks began.", "U.S. - Russia talks began."),
        ("Moscow says no - and means it.", "Moscow says no - and means it."),
    ],
)
def test_datelines_go_and_sentences_stay(text: str, expected: str) -> None:
    assert without_dateline(text) == expected


def test_the_headline_repeated_in_the_text_goes() -> None:
    assert paragraphs("Ferry sinks", "Ferry sinks\n\nThe ferry sank at dawn.") == ["The ferry sank at dawn."]


def test_bylines_go() -> None:
    assert paragraphs("T", "By Ada Quint and Leo Marsh\nThe ferry sank.") == ["The ferry sank."]


def test_wrapped_lines_become_one_paragraph() -> None:
    text = (
        "The ferry that sank on Friday off Harrow Bay had been inspected\n"
        "in spring by a company that has since closed its only office\n"
        "in town and whose director could not be reached for comment by\n"
        "telephone.\n"
    )
    assert len(paragraphs("T", text)) == 1
