"""`python -m tests.support.killed_replay unnoted|noted N`: `dead-letters replay` in portions of two letters, which
ends as by SIGKILL in its Nth portion, before or after that is noted."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence

from pipeline.adapters.kafka import letter_replay
from pipeline.adapters.kafka.kept_letters import Place
from pipeline.adapters.kafka.letter_replay import ReplayProducer
from pipeline.runtime.cli.main import main


def killed_in(portion: int, *, noted: bool) -> None:
    note = ReplayProducer._note
    left = [portion]

    def killed(producer: ReplayProducer, places: Sequence[Place]) -> None:
        left[0] -= 1
        if noted or left[0]:
            note(producer, places)
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)

    letter_replay.PORTION_LETTERS = 2
    ReplayProducer._note = killed  # type: ignore[method-assign, assignment]


if __name__ == "__main__":
    killed_in(int(sys.argv[2]), noted=sys.argv[1] == "noted")
    sys.argv[1:] = ["dead-letters", "replay"]
    main()
