"""The name of an int8 form says of which model it is, wholly, and what made it."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.domain.encoder import quantised
from pipeline.domain.encoder.model_cache import built_once
from pipeline.domain.encoder.quantised import QuantisingError, made_form, quantised_folder


@pytest.fixture(autouse=True)
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GROUNDSWELL_CACHE", str(tmp_path / "cache"))


def weights(folder: Path, content: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "model.safetensors").write_text(content)
    return folder


def make(model: str, of: Path) -> Path:
    return built_once(quantised_folder(model, of), lambda _: None)


def test_a_role_without_weights_finds_the_form_that_was_made_of_its_model(tmp_path: Path) -> None:
    models = ["/models/v1/encoder", "/models/v2/encoder", "other-org/encoder", "encoder"]
    same = weights(tmp_path / "weights", "1")
    made = [make(model, same) for model in models[:-1]]
    assert [made_form(model) for model in models] == [*made, None]


def test_a_form_that_another_version_makes_later_is_not_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = make("org/m", weights(tmp_path / "weights", "1"))
    with monkeypatch.context() as older:
        older.setattr(quantised, "NNCF_VERSION", "1.0")
        make("org/m", tmp_path / "weights")
    assert made_form("org/m") == ours


def test_of_two_forms_of_other_weights_under_one_name_none_is_guessed(tmp_path: Path) -> None:
    made = [make("/models/m", weights(tmp_path / "weights", content)) for content in ("1", "2")]
    with pytest.raises(QuantisingError, match="remove those") as refused:
        made_form("/models/m")
    assert all(str(each) in str(refused.value) for each in made)


def test_a_name_that_looks_like_a_pattern_is_taken_as_it_is(tmp_path: Path) -> None:
    make("org/ab", weights(tmp_path / "weights", "1"))
    made = make("org/a[b]", tmp_path / "weights")
    assert made_form("org/a[b]") == made
