"""Encodes in a thread of its own, while the loop commits the batch before: encoders let go of the interpreter."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from consumers.clusterer.clusterer_metrics import BatchStage, ClustererMetrics
from consumers.clusterer.intake import Received
from pipeline.domain.encoder.lead import text_to_encode
from pipeline.domain.encoder.protocol import Encoder
from pipeline.domain.encoder.usable import encoded

PORTION = 128
"""Articles encoded at once: enough that texts of one length run together, and soon done on a slow machine too."""


@dataclass(frozen=True)
class Portion:
    """Some articles of a batch, and their vectors to be."""

    articles: Sequence[Received]
    vectors: Future[NDArray[np.float32]]

    def done_within(self, seconds: float) -> bool:
        """Wait so long, or until the vectors are there."""
        return not wait([self.vectors], seconds).not_done


class EncodingThread:
    """What is asked first is encoded first."""

    def __init__(self, encoder: Encoder, metrics: ClustererMetrics) -> None:
        self._encoder = encoder
        self._metrics = metrics
        self._thread = ThreadPoolExecutor(1, "encoder")

    def begin(self, articles: Sequence[Received]) -> list[Portion]:
        """Ask for vectors, and don't wait for them. See `encoded` for those that can't be used."""
        cuts = [articles[start : start + PORTION] for start in range(0, len(articles), PORTION)]
        return [Portion(each, self._thread.submit(self._encode, each)) for each in cuts]

    def encode(self, articles: Sequence[Received]) -> NDArray[np.float32]:
        """Ask for vectors and wait, also for all that was asked before."""
        return np.concatenate([each.vectors.result() for each in self.begin(articles)])

    def close(self) -> None:
        """The portion under way is finished, no other is begun."""
        self._thread.shutdown(cancel_futures=True)

    def _encode(self, articles: Sequence[Received]) -> NDArray[np.float32]:
        with self._metrics.stage(BatchStage.ENCODE):
            texts = [text_to_encode(each.article.title, each.article.text) for each in articles]
            return encoded(self._encoder, texts)
