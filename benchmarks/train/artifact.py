"""The model artifact: plain numbers in one JSON file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from pipeline.domain.clustering import JoinModel
from pipeline.domain.clustering.model import ARTIFACT_VERSION
from pipeline.domain.clustering.scorers import Scorer


@dataclass(frozen=True)
class Thresholds:
    """Where decisions are cut; the same for every set."""

    join: float = 0.45
    merge_logit: float = 0.2
    split_logit: float = -2.5
    gray: tuple[float, float] = (0.25, 0.55)


def join_model(
    encoder: str,
    join: Scorer,
    means: Mapping[str, NDArray[np.float32]],
    term_shares: NDArray[np.float32],
    thresholds: Thresholds,
) -> JoinModel:
    """The model in memory, as `load_model` would read it."""
    return JoinModel(
        encoder=encoder,
        join=join,
        join_threshold=thresholds.join,
        merge_logit=thresholds.merge_logit,
        split_logit=thresholds.split_logit,
        gray_low=thresholds.gray[0],
        gray_high=thresholds.gray[1],
        means=dict(means),
        term_shares=term_shares,
    )


def write_artifact(
    path: Path,
    encoder: str,
    join: Mapping[str, Any],
    means: Mapping[str, NDArray[np.float32]],
    thresholds: Thresholds,
    sets: Sequence[str],
    scores: Mapping[str, Any],
) -> None:
    """Put this encoder's part into the file, beside those of other encoders."""
    document = orjson.loads(path.read_bytes())
    document["version"] = ARTIFACT_VERSION
    document["encoders"][encoder] = {
        "training_sets": list(sets),
        "scores": dict(scores),
        "join": dict(join),
        "join_threshold": thresholds.join,
        "merge_logit": thresholds.merge_logit,
        "split_logit": thresholds.split_logit,
        "gray": list(thresholds.gray),
        "means": {each: [round(float(value), 5) for value in mean] for each, mean in sorted(means.items())},
    }
    path.write_bytes(orjson.dumps(document, option=orjson.OPT_APPEND_NEWLINE))
