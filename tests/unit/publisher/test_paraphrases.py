"""Which way of telling sentences apart a publisher takes."""

from __future__ import annotations

from pathlib import Path

import pytest

from consumers.publisher.paraphrases import paraphrases
from pipeline.domain.encoder import made
from pipeline.domain.story.meaning import by_words
from pipeline.settings import PublisherSettings, SentenceMeaning, Settings


def test_an_encoder_that_is_there_is_taken() -> None:
    says_again = paraphrases(Settings())
    assert says_again("The ferry sank off Harrow Bay.", ["The ferry has sunk off Harrow Bay."])


def test_settings_can_do_without_one() -> None:
    settings = Settings(publisher=PublisherSettings(sentence_meaning=SentenceMeaning.NEVER))
    assert paraphrases(settings) is by_words


def test_without_a_model_words_alone_decide(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GROUNDSWELL_CACHE", str(tmp_path))
    assert paraphrases(Settings()) is by_words


def test_without_its_runtime_words_alone_decide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(made, "has_openvino", lambda: False)
    assert paraphrases(Settings()) is by_words
