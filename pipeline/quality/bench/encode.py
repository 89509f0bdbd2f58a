"""`groundswell bench encode`: texts a second of each backend, and how near its similarities are to float32's.

The backends take turns in one run, since the load of a machine changes; a round is the same texts for each, and
the ratio is the median of the rounds' ratios.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pipeline.domain.encoder import Encoder
from pipeline.domain.encoder.loading import load_encoder
from pipeline.domain.encoder.locating import locate
from pipeline.domain.encoder.models import model_spec
from pipeline.domain.encoder.quantised import QuantisingError
from pipeline.quality.bench.machine import Machine, this_machine
from pipeline.quality.bench.statistics import Spent, correlation, median_ratio, rate
from pipeline.quality.bench.texts import LONG, SHORT, made_texts
from pipeline.settings import EncoderBackend

EXACT = "torch float32"
"""What the others are compared with: on the CPU, also where there is a GPU."""
INT8 = "openvino int8"
LENGTHS = {"short": SHORT, "long": LONG}
PACKAGES = ("groundswell-pipeline", "numpy", "torch", "sentence-transformers", "openvino", "tokenizers")


Tell = Callable[[str], None]


@dataclass(frozen=True)
class EncodeOptions:
    """What is encoded, and how."""

    model: str
    threads: int = 0
    texts: int = 200
    """Of each length."""
    batch: int = 64
    """Texts that are handed over at once."""
    rounds: int = 3
    max_tokens: int | None = None
    """Cut longer texts; None: as the model wants it."""


@dataclass(frozen=True)
class TorchForm:
    """How PyTorch runs the full weights."""

    name: str
    device: str
    dtype: str
    """By its name in `torch`, which is only loaded where it runs."""


@dataclass(frozen=True)
class Row:
    """One backend on texts of one length."""

    backend: str
    """What runs the encoder, and in what form."""
    texts: str
    """Short ones have two sentences, long ones seven."""
    per_s: float
    """Texts a second, median of the rounds."""
    ratio: float
    """Times as many as float32, in the same round."""
    per_cpu_s: float
    """Texts a second of processor time, which other processes disturb less."""
    cpu_ratio: float
    """The ratio by processor time; on a GPU that of the processor that waits for it."""
    correlation: float | None
    """Of the similarities of all pairs with those of float32; None of one pair, or of pairs that are all alike."""
    largest_difference: float
    """Of a similarity from that of float32."""


@dataclass(frozen=True)
class EncodeReport:
    """The encoder alone."""

    machine: Machine
    options: EncodeOptions
    rows: list[Row]


def bench_encode(options: EncodeOptions, tell: Tell) -> EncodeReport:
    """All backends that this machine has, on texts of each length."""
    import torch

    machine, encoders = this_machine(options.threads, PACKAGES), _backends(options, tell)
    # With 0 threads in the settings PyTorch follows OMP_NUM_THREADS, and OpenVINO does not.
    machine = replace(machine, threads=machine.threads | {"torch": torch.get_num_threads()})
    rows: list[Row] = []
    for name, sentences in LENGTHS.items():
        texts = made_texts(options.texts, sentences)
        rows += compared(name, encoders, texts, options.rounds, options.batch, tell)
    return EncodeReport(machine, options, rows)


def compared(
    name: str, encoders: Mapping[str, Encoder], texts: Sequence[str], rounds: int, batch: int, tell: Tell
) -> list[Row]:
    """A row for each encoder; one of them is called as `EXACT` says."""
    spent = {each: Spent() for each in encoders}
    vectors: dict[str, NDArray[np.float32]] = {}
    for encoder in encoders.values():
        encoder.encode(texts[:batch])
    for number in range(rounds):
        tell(f"{name} texts, round {number + 1} of {rounds}")
        for each, encoder in encoders.items():
            with spent[each].round():
                vectors[each] = np.vstack([encoder.encode(part) for part in parts(texts, batch)])
    exact = _similarities(vectors[EXACT])
    return [
        Row(
            backend=each,
            texts=name,
            per_s=rate(len(texts), spent[each].clock),
            ratio=median_ratio(spent[EXACT].clock, spent[each].clock),
            per_cpu_s=rate(len(texts), spent[each].processor),
            cpu_ratio=median_ratio(spent[EXACT].processor, spent[each].processor),
            correlation=correlation(exact, _similarities(vectors[each])),
            largest_difference=round(float(np.abs(exact - _similarities(vectors[each])).max()), 5),
        )
        for each in encoders
    ]


def parts(texts: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    """The texts, so many at once."""
    return (texts[at : at + size] for at in range(0, len(texts), size))


def _backends(options: EncodeOptions, tell: Tell) -> dict[str, Encoder]:
    """Those that this machine has; what is left out is told."""
    import torch

    from pipeline.domain.encoder.torch_encoder import TorchEncoder

    spec, folder = model_spec(options.model), locate(options.model)
    longest = options.max_tokens or spec.max_tokens
    found: dict[str, Encoder] = {}
    for form in torch_forms(torch.cuda.is_available()):
        tell(f"loading {form.name}")
        found[form.name] = TorchEncoder(
            options.model, folder, prefix=spec.prefix, max_tokens=longest, threads=options.threads,
            device=form.device, dtype=getattr(torch, form.dtype),
        )  # fmt: skip
    return found | quantised_form(options, tell)


def torch_forms(gpu: bool) -> list[TorchForm]:
    """Of the full weights: on the CPU, and where there is a GPU on that too."""
    forms = [TorchForm(EXACT, "cpu", "float32"), TorchForm("torch bfloat16", "cpu", "bfloat16")]
    if gpu:
        forms += [TorchForm(f"torch {dtype}, GPU", "cuda", dtype) for dtype in ("float32", "bfloat16", "float16")]
    return forms


def quantised_form(options: EncodeOptions, tell: Tell) -> dict[str, Encoder]:
    """None where it can't be had here, which is told."""
    tell(f"loading {INT8}")
    try:
        encoder = load_encoder(
            options.model,
            backend=EncoderBackend.OPENVINO_INT8,
            max_tokens=options.max_tokens,
            threads=options.threads,
        )
    except QuantisingError as error:
        tell(f"{INT8} is left out: {error}")
        return {}
    return {INT8: encoder}


def _similarities(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Of all pairs."""
    found: NDArray[np.float32] = (vectors @ vectors.T)[np.triu_indices(len(vectors), 1)]
    return found
