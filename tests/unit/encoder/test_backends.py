"""Which backend runs the encoder."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from pipeline.domain.clustering import load_model
from pipeline.domain.encoder import loading, quantised
from pipeline.domain.encoder.encoder_errors import UnreadableModelError
from pipeline.domain.encoder.gpu import has_gpu
from pipeline.domain.encoder.loading import load_encoder
from pipeline.domain.encoder.model_cache import built_once
from pipeline.domain.encoder.models import ENGLISH, MULTILINGUAL
from pipeline.domain.encoder.quantised import Facts, QuantisingError, quantised_folder, read_facts, write_facts
from pipeline.domain.encoder_names import full_weights_name, quantised_name
from pipeline.settings import EncoderBackend

AUTO, INT8, TORCH = EncoderBackend.AUTO, EncoderBackend.OPENVINO_INT8, EncoderBackend.TORCH


@dataclass
class Machine:
    """What the machine of a test has, and where the int8 form belongs on it."""

    patch: pytest.MonkeyPatch
    int8: Path

    def has(self, *, gpu: bool = False, openvino: bool = True, nncf: bool = True, int8: bool = True) -> None:
        for name, value in {"has_gpu": gpu, "has_openvino": openvino, "can_quantise": nncf}.items():
            self.patch.setattr(loading, name, lambda value=value: value)
        if int8:
            built_once(self.int8, lambda _: None)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Machine:
    """Its backends load no model: they are what they would be called."""

    def stub(module: str, **names: object) -> None:
        monkeypatch.setitem(sys.modules, f"pipeline.domain.encoder.{module}", cast(Any, SimpleNamespace(**names)))

    stub("torch_encoder", TorchEncoder=lambda name, folder, **_: (name, folder))
    stub("openvino_encoder", OpenVinoEncoder=lambda name, folder, **_: (name, folder))
    stub("quantising", quantise=lambda weights, spec, folder: (folder / "made").touch())
    monkeypatch.setattr(loading, "locate", lambda model: tmp_path / "weights")
    monkeypatch.setattr(loading, "quantised_folder", lambda model, weights: tmp_path / "int8")
    return Machine(monkeypatch, tmp_path / "int8")


def loaded(backend: EncoderBackend = AUTO) -> tuple[str, Path]:
    """Name and folder, which are all that the stubs keep."""
    return cast(tuple[str, Path], load_encoder("m", backend=backend))


def test_a_gpu_is_taken_before_all_else(machine: Machine) -> None:
    machine.has(gpu=True)
    assert loaded()[0] == "m"


def test_without_a_gpu_the_int8_form_runs(machine: Machine) -> None:
    machine.has(nncf=False)
    assert loaded() == ("m:int8", machine.int8)


def test_an_int8_form_that_is_not_there_is_made_where_it_can_be(machine: Machine) -> None:
    machine.has(int8=False)
    assert loaded() == ("m:int8", machine.int8)
    assert (machine.int8 / "made").exists()


def test_an_int8_form_that_lost_a_file_is_made_again(machine: Machine) -> None:
    machine.has(int8=False)
    loaded()
    (machine.int8 / "made").unlink()
    assert loaded() == ("m:int8", machine.int8)
    assert (machine.int8 / "made").exists()


def test_where_nothing_can_be_kept_the_full_weights_run(machine: Machine, tmp_path: Path) -> None:
    machine.has(int8=False)
    (tmp_path / "file").touch()
    machine.patch.setattr(loading, "quantised_folder", lambda model, weights: tmp_path / "file" / "int8")
    assert loaded()[0] == "m"


def test_what_can_be_neither_read_nor_made_leaves_the_full_weights(machine: Machine) -> None:
    machine.has(nncf=False, int8=False)
    assert loaded()[0] == "m"


def test_without_openvino_the_full_weights_run(machine: Machine) -> None:
    machine.has(openvino=False)
    assert loaded()[0] == "m"


def test_a_model_that_can_not_be_quantised_runs_with_full_weights(machine: Machine) -> None:
    def refuse(*_: object) -> None:
        raise QuantisingError("no tokenizer.json")

    machine.has(int8=False)
    machine.patch.setattr(sys.modules["pipeline.domain.encoder.quantising"], "quantise", refuse)
    assert loaded()[0] == "m"
    with pytest.raises(QuantisingError, match="tokenizer"):
        load_encoder("m", backend=INT8)


def test_an_int8_form_that_can_not_be_read_leaves_the_full_weights(machine: Machine) -> None:
    def damaged(name: str, folder: Path, **_: object) -> None:
        raise UnreadableModelError(folder, f"of {name}")

    machine.has()
    machine.patch.setattr(sys.modules["pipeline.domain.encoder.openvino_encoder"], "OpenVinoEncoder", damaged)
    assert loaded()[0] == "m"
    with pytest.raises(UnreadableModelError, match=str(machine.int8)):
        load_encoder("m", backend=INT8)


def test_a_backend_named_by_the_settings_is_not_second_guessed(machine: Machine) -> None:
    machine.has(gpu=True)
    assert loaded(INT8)[0] == "m:int8"
    assert loaded(TORCH)[0] == "m"


@pytest.mark.parametrize(("missing", "told"), [("openvino", "extra `clusterer`"), ("nncf", "extra `quantise`")])
def test_an_int8_form_asked_for_by_name_is_had_or_refused_with_what_to_install(
    machine: Machine, missing: str, told: str
) -> None:
    machine.has(int8=False, **{missing: False})
    with pytest.raises(QuantisingError, match=told):
        load_encoder("m", backend=INT8)


def test_pytorch_is_not_asked_for_a_gpu_where_there_is_no_device(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.domain.encoder.gpu._GPU_DEVICES", (Path("/dev/no-such-device"),))
    monkeypatch.setitem(sys.modules, "torch", cast(Any, None))
    assert not has_gpu()


def test_the_int8_form_has_a_name_of_its_own_and_the_join_model_of_the_full_weights() -> None:
    for model in (MULTILINGUAL, ENGLISH):
        name = quantised_name(model)
        assert name != model == full_weights_name(name) == full_weights_name(model)
        assert load_model(name).join_threshold == load_model(model).join_threshold


def test_the_folder_of_an_int8_form_changes_with_whatever_changes_its_vectors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights = tmp_path / "weights"
    weights.mkdir()
    (weights / "model.safetensors").write_text("1")

    def folder() -> Path:
        return quantised_folder("some/model", weights)

    first = folder()
    assert first == folder()
    assert first.name.startswith("model-int8-")
    (weights / "model.safetensors").write_text("2")
    seen = {first, folder()}
    for name, value in {"NNCF_VERSION": "9", "_RECIPE": "9", "version": lambda _: "9"}.items():
        with monkeypatch.context() as changed:
            changed.setattr(quantised, name, value)
            seen.add(folder())
    (tmp_path / "other.json").write_text("{}")
    monkeypatch.setattr(quantised, "CALIBRATION", tmp_path / "other.json")
    assert len({*seen, folder()}) == 6


def test_facts_are_read_as_they_were_written(tmp_path: Path) -> None:
    facts = Facts(dims=384, pad_id=1, longest=512)
    write_facts(tmp_path, facts)
    assert read_facts(tmp_path) == facts
