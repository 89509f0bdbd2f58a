from __future__ import annotations

import pytest

from pipeline.domain.story.aliases import alias
from pipeline.domain.story.language.names import names
from tests.unit.story.made import article, record


def entities(*texts: tuple[str, str]) -> dict[str, int]:
    members = [
        article(str(n), "What is known so far", text, f"s{n}", n, language)
        for n, (text, language) in enumerate(texts)
    ]
    return {entity.name: entity.articles for entity in record(members).entities}


def test_a_person_written_in_cyrillic_and_in_latin_letters_is_one_entity() -> None:
    found = entities(
        ("The minister met Pavel Kovalenko in the harbour. Later Kovalenko left.", "en"),
        ("Officials said Pavel Kovalenko had signed the paper.", "en"),
        ("Министр встретил Павла Коваленко в порту.", "ru"),
        ("Вчера подпись поставил Павел Коваленко.", "ru"),
    )
    assert found["Pavel Kovalenko"] == 4


@pytest.mark.parametrize(
    ("name", "head", "same"),
    [
        ("Дональда Трампа", "Donald Trump", True),
        ("Зеленский", "Volodymyr Zelenskyy", True),
        ("Путину", "Vladimir Putin", True),
        ("Олега Тарасова", "Олег Тарасов", True),
        ("Ердоган", "Recep Tayyip Erdogan", True),
        ("Греам Доранс", "Dragons", False),
        ("Джефф Беннетт", "Jeff Bridges", False),
        ("FAA", "Federal Aviation Administration", True),
        ("F.A.A.", "Federal Aviation Administration", True),
        ("DOJ", "Department of Justice", True),
        ("FBI", "Federal Aviation Administration", False),
        ("LA", "Luis Arana", False),
    ],
)
def test_what_is_an_alias(name: str, head: str, same: bool) -> None:
    assert alias(name, head) is same


def test_an_acronym_of_two_letters_is_one_where_a_text_says_so() -> None:
    assert alias("PU", "Port Union", ["The Port Union (PU) has called a strike."])


def test_an_acronym_and_its_long_form_are_one_entity() -> None:
    found = entities(
        ("The flights were halted by the Federal Aviation Administration (FAA) on Friday.", "en"),
        ("Airlines were told by the FAA to wait.", "en"),
        ("A note of the FAA named a fault in the tower.", "en"),
    )
    assert found == {"Federal Aviation Administration": 3}


def test_months_and_credited_agencies_are_no_entities() -> None:
    text = "The port was closed on Aug. 15, an aide told Reuters and Agence France-Presse, and Ada Quint agreed."
    assert entities(
        (text, "en"), (text, "en"), ("Das Amt bat Ada Quint, wie die Deutsche Presse-Agentur meldet.", "de")
    ) == {"Ada Quint": 3}


def test_months_are_no_names_in_languages_without_lists_of_ours() -> None:
    assert names("Dat gebeurde tegen eind Augustus, zei Ada Quint.", "nl") == ["Ada Quint"]
    assert names("Bu olay geçen Ağustos ve sonra Ada Quint", "tr") == ["Ada Quint"]
