"""`python -m benchmarks.encode`: texts a second of each backend, and how near its similarities are to float32's.

The backends take turns in one run, since the load of a machine changes; a round is the same texts for each, and
the ratio is the median of the rounds' ratios. `--json` prints one object.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from pipeline.domain.encoder import Encoder, load_encoder
from pipeline.domain.encoder.locating import locate
from pipeline.domain.encoder.models import MULTILINGUAL, model_spec
from pipeline.domain.encoder.torch_encoder import TorchEncoder
from pipeline.settings import EncoderBackend
from pipeline.testing.texts import LONG, SHORT, made_texts

EXACT = "torch float32"
"""What the others are compared with."""
LENGTHS = {"short": SHORT, "long": LONG}
PACKAGES = ("torch", "sentence-transformers", "openvino", "tokenizers")


@dataclass(frozen=True)
class Row:
    """One backend on texts of one length."""

    backend: str
    texts: str
    per_s: float
    """Texts a second, median of the rounds."""
    ratio: float
    """Times as many as float32, in the same round."""
    per_cpu_s: float
    """Texts a second of processor time, which other processes disturb less."""
    cpu_ratio: float
    correlation: float
    """Of the similarities of all pairs with those of float32."""
    largest_difference: float
    """Of a similarity from that of float32."""


@dataclass(frozen=True)
class Spent:
    """Seconds for all texts, a value for each round."""

    clock: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)


def main() -> None:
    options = _options()
    encoders = _encoders(options.model, options.max_tokens, options.threads)
    rows = [
        row
        for name, sentences in LENGTHS.items()
        for row in _rows(name, encoders, made_texts(options.count, sentences), options.rounds, options.batch)
    ]
    machine = _machine(options)
    if options.as_json:
        print(json.dumps({**machine, "rows": [vars(each) for each in rows]}))
        return
    print(", ".join(f"{name} {value}" for name, value in machine.items()))
    for row in rows:
        print(
            f"{row.texts:>6} {row.backend:15} {row.per_s:6.1f} texts/s, {row.ratio:5.2f} times float32; "
            f"{row.per_cpu_s:6.1f} a processor second, {row.cpu_ratio:5.2f} times; "
            f"similarities: correlation {row.correlation:.4f}, differ by {row.largest_difference:.4f} at most"
        )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.encode", description=__doc__)
    parser.add_argument("--model", default=MULTILINGUAL)
    parser.add_argument("--count", type=int, default=200, help="texts of each length")
    parser.add_argument("--batch", type=int, default=64, help="texts that are handed over at once")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=0, help="0: as many as there are cores")
    parser.add_argument("--max-tokens", type=int, default=None)
    parser.add_argument("--json", action="store_true", dest="as_json", help="print one JSON object")
    return parser.parse_args()


def _encoders(model: str, max_tokens: int | None, threads: int) -> dict[str, Encoder]:
    spec = model_spec(model)

    def full(dtype: torch.dtype) -> Encoder:
        longest = max_tokens or spec.max_tokens
        folder = locate(model)
        return TorchEncoder(
            model, folder, prefix=spec.prefix, max_tokens=longest, threads=threads, dtype=dtype, device="cpu"
        )

    return {
        EXACT: full(torch.float32),
        "torch bfloat16": full(torch.bfloat16),
        "openvino int8": load_encoder(
            model, backend=EncoderBackend.OPENVINO_INT8, max_tokens=max_tokens, threads=threads
        ),
    }


def _rows(name: str, encoders: dict[str, Encoder], texts: Sequence[str], rounds: int, batch: int) -> list[Row]:
    spent = {each: Spent() for each in encoders}
    vectors: dict[str, NDArray[np.float32]] = {}
    for encoder in encoders.values():
        encoder.encode(texts[:batch])
    for _ in range(rounds):
        for each, encoder in encoders.items():
            clock, processor = time.perf_counter(), time.process_time()
            vectors[each] = np.vstack([encoder.encode(part) for part in _parts(texts, batch)])
            spent[each].clock.append(time.perf_counter() - clock)
            spent[each].processor.append(time.process_time() - processor)
    exact = _similarities(vectors[EXACT])
    return [
        Row(
            backend=each,
            texts=name,
            per_s=round(len(texts) / median(spent[each].clock), 1),
            ratio=_ratio(spent[EXACT].clock, spent[each].clock),
            per_cpu_s=round(len(texts) / median(spent[each].processor), 1),
            cpu_ratio=_ratio(spent[EXACT].processor, spent[each].processor),
            correlation=round(float(np.corrcoef(exact, _similarities(vectors[each]))[0, 1]), 5),
            largest_difference=round(float(np.abs(exact - _similarities(vectors[each])).max()), 5),
        )
        for each in encoders
    ]


def _ratio(exact: Sequence[float], own: Sequence[float]) -> float:
    """Median over the rounds."""
    return round(median(base / each for base, each in zip(exact, own, strict=True)), 2)


def _parts(texts: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    return (texts[at : at + size] for at in range(0, len(texts), size))


def _similarities(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Of all pairs."""
    found: NDArray[np.float32] = (vectors @ vectors.T)[np.triu_indices(len(vectors), 1)]
    return found


def _machine(options: argparse.Namespace) -> dict[str, Any]:
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "threads": options.threads or "all",
        "model": options.model,
        "at_once": options.batch,
        **{each: version(each) for each in PACKAGES},
    }


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    return next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))


if __name__ == "__main__":
    main()
