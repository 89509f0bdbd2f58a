from __future__ import annotations

import pytest

from pipeline.domain.story.language.quotable import is_quotable


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Rescuers pulled twelve people from the water on Friday.", "en"),
        ("“We heard it crack,” fisherman Leo Marsh said on Friday.", "en"),
        ("The mayor said the pier was “safe” a day before it fell.", "en"),
        ("Nach dem Brand im Stellwerk ist die Strecke seit Donnerstag gesperrt.", "de"),
        ("« Nous avons tout perdu », a déclaré le maire, Tomás Urrea.", "fr"),
        ("Крупный пожар начался утром на заводе в Краснолесье.", "ru"),
        ("救援人员周五从水中救出十二人，渡轮公司表示将展开调查。", "zh"),
    ],
)
def test_whole_sentences_can_stand_alone(text: str, language: str) -> None:
    assert is_quotable(text, language)


@pytest.mark.parametrize(
    "text",
    [
        "He told reporters that nobody had been warned about it.",
        "But the company denied that it had known of the rust.",
        "This was the third such accident in as many years.",
        "“Nobody warned us about the rust before it fell,” he said.",
        "“Nobody warned us about the rust before it fell.”",
        "“Nobody warned us about the rust before it fell, said Marsh.",
        "Read more: how the ferry sank off Harrow Bay on Friday.",
        "Sign up for our newsletter to get the news every morning.",
        "We use cookies to improve your experience on this site.",
        "Rescuers at work off Harrow Bay on Friday. Photo: Ada Quint / Getty Images.",
        "Reporting by Ada Quint; editing by Leo Marsh in Castle Ford.",
        "Rescuers pulled twelve people from the water on",
        "the ferry sank at dawn off the coast of Harrow Bay.",
        "Follow us on https://example.org for the latest on the ferry.",
        "THE FERRY SANK AT DAWN OFF THE COAST OF HARROW BAY.",
        "Emergency rooms at two of them were taking patients again.",
        "Was the ferry inspected before it left Harrow Bay on Friday?",
        "Sank.",
    ],
)
def test_half_sentences_boilerplate_and_unowned_quotes_cannot(text: str) -> None:
    assert not is_quotable(text, "en")
