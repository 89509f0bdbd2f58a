"""Encoding beside the loop: in portions, in order, and none is begun after the end."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import cast

import numpy as np
import pytest
from numpy.typing import NDArray

from consumers.clusterer import encoding
from consumers.clusterer.clusterer_metrics import ClustererMetrics
from consumers.clusterer.encoding import EncodingThread
from consumers.clusterer.intake import Received, receive
from pipeline.domain.encoder.protocol import Encoder
from tests.support.samples import article
from tests.unit.clusterer.fakes import FakeRecord

WITHIN_S = 20.0


class NumberedEncoder:
    """The vector of a text is when it was encoded, from 1 on; the first call waits for `go`."""

    name = digest = "numbered"

    def __init__(self) -> None:
        self.calls: list[int] = []
        self.begun, self.go = threading.Event(), threading.Event()

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        first = sum(self.calls)
        self.calls.append(len(texts))
        self.begun.set()
        assert self.go.wait(WITHIN_S)
        return np.arange(first + 1, first + 1 + len(texts), dtype=np.float32)[:, None]


@pytest.fixture
def encoder(monkeypatch: pytest.MonkeyPatch) -> NumberedEncoder:
    monkeypatch.setattr(encoding, "PORTION", 2)
    return NumberedEncoder()


def received(count: int) -> list[Received]:
    return [receive(FakeRecord(0, each, 1, article(each)), 1_000) for each in range(count)]


def test_what_is_asked_first_is_encoded_first_one_portion_after_the_other(encoder: NumberedEncoder) -> None:
    thread = EncodingThread(cast(Encoder, encoder), ClustererMetrics())
    portions = thread.begin(received(5))
    assert [len(each.articles) for each in portions] == [2, 2, 1]
    assert encoder.begun.wait(WITHIN_S)
    assert not portions[0].done_within(0.05)
    assert encoder.calls == [2], "none is begun beside it"
    encoder.go.set()
    assert all(each.done_within(WITHIN_S) for each in portions)
    assert np.concatenate([each.vectors.result() for each in portions]).ravel().tolist() == [1, 2, 3, 4, 5]
    assert thread.encode(received(3)).ravel().tolist() == [6, 7, 8]
    thread.close()


def test_at_the_end_the_portion_under_way_is_finished_and_no_other_is_begun(encoder: NumberedEncoder) -> None:
    thread = EncodingThread(cast(Encoder, encoder), ClustererMetrics())
    portions = thread.begin(received(5))
    assert encoder.begun.wait(WITHIN_S)
    threading.Timer(0.05, encoder.go.set).start()
    thread.close()
    assert [each.vectors.cancelled() for each in portions] == [False, True, True]
    assert encoder.calls == [2]
