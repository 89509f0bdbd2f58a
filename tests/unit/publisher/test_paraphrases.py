"""Which way of telling sentences apart a publisher takes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from consumers.publisher.paraphrases import paraphrases
from pipeline.domain.encoder import made
from pipeline.domain.encoder.model_cache import built_once, model_folder
from pipeline.domain.encoder.quantised import made_form
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


def test_of_several_forms_of_a_model_the_one_made_last_is_taken(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GROUNDSWELL_CACHE", str(tmp_path))
    for name, made_at in {"m-int8-a": 200, "m-int8-b": 100, "other-int8-c": 300}.items():
        folder = built_once(model_folder(name), lambda _: None)
        os.utime(folder, (made_at, made_at))
    found = made_form("somebody/m")
    assert found is not None
    assert found.name == "m-int8-a"
