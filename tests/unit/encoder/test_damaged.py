"""A model whose files are damaged is told by its folder, and whoever can do without it does."""

from __future__ import annotations

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from consumers.publisher.paraphrases import paraphrases
from pipeline.domain.encoder.encoder_errors import UnreadableModelError
from pipeline.domain.encoder.made import open_made
from pipeline.domain.encoder.model_cache import built_once
from pipeline.domain.encoder.models import MULTILINGUAL
from pipeline.domain.encoder.quantised import EMBEDDINGS, GRAPH, TOKENIZER, Facts, quantised_folder, write_facts
from pipeline.domain.encoder.torch_encoder import TorchEncoder
from pipeline.domain.story.meaning import by_words
from pipeline.settings import Settings


@pytest.fixture
def form(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An int8 form of which all is there, in files that no library can read."""

    def write(folder: Path) -> None:
        for name in (EMBEDDINGS, TOKENIZER, GRAPH, "encoder.bin"):
            (folder / name).write_bytes(bytes(100))
        write_facts(folder, Facts(dims=384, pad_id=1, longest=512))

    monkeypatch.setenv("GROUNDSWELL_CACHE", str(tmp_path))
    return built_once(quantised_folder(MULTILINGUAL, tmp_path / "no-weights"), write)


def assert_words_decide_and_a_warning_names(folder: Path) -> None:
    with capture_logs() as logs:
        assert paraphrases(Settings()) is by_words
    (said,) = logs
    assert said["log_level"] == "warning"
    assert str(folder) in said["reason"]


@pytest.mark.parametrize("name", ["encoder.bin", "encoder.xml", "embeddings.npy", "tokenizer.json", "facts.json"])
@pytest.mark.parametrize("size", [0, 10, None])
def test_a_publisher_tells_sentences_apart_by_words_where_the_form_is_cut_short(
    form: Path, name: str, size: int | None
) -> None:
    kept = (form / name).read_bytes()[:size]
    (form / name).unlink()
    if size is not None:
        (form / name).write_bytes(kept)
    assert_words_decide_and_a_warning_names(form)
    with pytest.raises(UnreadableModelError, match="cut short"):
        open_made(MULTILINGUAL)


def test_damage_that_leaves_the_sizes_is_told_by_the_folder_too(form: Path) -> None:
    assert_words_decide_and_a_warning_names(form)
    with pytest.raises(UnreadableModelError, match=r"can.t be loaded: .*remove that folder"):
        open_made(MULTILINGUAL)


def test_full_weights_that_can_not_be_read_are_told_by_their_folder(tmp_path: Path) -> None:
    (tmp_path / "modules.json").write_text("[")
    with pytest.raises(UnreadableModelError, match=str(tmp_path)):
        TorchEncoder("m", tmp_path, prefix="", max_tokens=64)
