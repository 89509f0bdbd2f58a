"""Dead letters are counted by the kind of their reason, not by what is special to one of them."""

from __future__ import annotations

import pytest

from pipeline.adapters.kafka.dead_letters import DeadLetter, Stage
from pipeline.runtime.doctor.letters import reason


def letter(message: str, stage: Stage = Stage.VALUE_CONVERTER) -> dict[str, bytes | None]:
    made = DeadLetter("articles", 0, 7, None, b"", (), stage, "InvalidArticle", message)
    return dict(made.error_headers())


@pytest.mark.parametrize(("message", "kind"), [
    ("title: missing", "title"),
    ("not JSON: unexpected character: line 1 column 1", "not JSON"),
    ("an article is a JSON object, not a list", "an article is a JSON object, not a list"),
    ("\x1b[31mred\nlines" + "x" * 500, None),
    ("", "no reason given"),
])  # fmt: skip
def test_the_kind_of_an_invalid_article_stands_before_the_colon(message: str, kind: str | None) -> None:
    found = reason(letter(message))
    assert kind is None or found == kind
    assert len(found) <= 60
    assert found.isprintable()


def test_of_a_batch_that_can_not_be_read_the_kind_is_what_was_wrong_with_it() -> None:
    said = "partition 3 of articles, offsets 500 to 611 can't be read: wrong checksum"
    assert reason(letter(said, Stage.KAFKA_CONSUME)) == "wrong checksum"


def test_a_letter_of_somebody_else_has_no_reason() -> None:
    assert reason({"other": None}) == "no reason given"
