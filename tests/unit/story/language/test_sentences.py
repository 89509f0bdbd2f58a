from __future__ import annotations

import pytest

from pipeline.domain.story.language.sentences import sentences


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("The U.S. Senate voted. Mr. Smith left.", "en", ["The U.S. Senate voted.", "Mr. Smith left."]),
        ("It happened in the U.S. The talks went on.", "en", ["It happened in the U.S.", "The talks went on."]),
        (
            "U.S. President Trump met J. D. Vance. All left.",
            "en",
            ["U.S. President Trump met J. D. Vance.", "All left."],
        ),
        (
            "It rose 3.5 percent to $1.2 billion. Then it fell.",
            "en",
            ["It rose 3.5 percent to $1.2 billion.", "Then it fell."],
        ),
        ('"We go. We win," he said. He left.', "en", ['"We go. We win," he said.', "He left."]),
        ("“Stop!” he cried. Nobody did.", "en", ["“Stop!” he cried.", "Nobody did."]),
        (
            "Es waren z. B. Boote am 15. August da. Alle sanken.",
            "de",
            ["Es waren z. B. Boote am 15. August da.", "Alle sanken."],
        ),
        (
            "„Wir gehen. Jetzt“, sagte er. Dr. Maier blieb.",
            "de",
            ["„Wir gehen. Jetzt“, sagte er.", "Dr. Maier blieb."],
        ),
        ("El Sr. García llegó. ¿Y ahora? ¡Nada!", "es", ["El Sr. García llegó.", "¿Y ahora?", "¡Nada!"]),
        ("M. Martin est parti. « Oui », a-t-il dit.", "fr", ["M. Martin est parti.", "« Oui », a-t-il dit."]),
        (
            "По словам А. С. Иванова, всё хорошо. В 2024 г. было хуже.",
            "ru",
            ["По словам А. С. Иванова, всё хорошо.", "В 2024 г. было хуже."],
        ),
        ("中国队获胜。记者报道！好？", "zh", ["中国队获胜。", "记者报道！", "好？"]),
        ("قال الرئيس نعم. ثم ذهب؟", "ar", ["قال الرئيس نعم.", "ثم ذهب؟"]),
        ("", "en", []),
        ("no end mark", "en", ["no end mark"]),
    ],
)
def test_splits_where_a_reader_would(text: str, language: str, expected: list[str]) -> None:
    assert sentences(text, language) == expected


def test_an_unclosed_quotation_does_not_swallow_the_article() -> None:
    text = '"We never closed it. ' + "The council met again on Friday. " * 40
    assert len(sentences(text, "en")) > 5
