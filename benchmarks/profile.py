"""Where the processor time of a role goes, by function: `python -m benchmarks.profile clusterer` or `publisher`.

Of a clusterer the decisions with vectors given, on made-up live stories as `groundswell bench index` has them; of
a publisher the revisions of a made-up story. Python's own profiler counts on processor time. It makes each call
dearer, so read shares, and take milliseconds from the benches.
"""

from __future__ import annotations

import argparse
import cProfile
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import CodeType
from typing import Any

from pipeline.domain.clustering import Clustering, load_model
from pipeline.domain.encoder.models import MULTILINGUAL
from pipeline.domain.story.build import build_record
from pipeline.domain.story.shortening import fitted
from pipeline.json_codec import to_json
from pipeline.quality.bench.filling import fill, filled
from pipeline.quality.bench.machine import Machine, this_machine
from pipeline.quality.bench.made_vectors import MadeStream
from pipeline.runtime.cli.bench_tables import show
from pipeline.settings import PublisherSettings, TopicSettings
from pipeline.testing.snapshots import MadeOutlets, story

FUNCTIONS = 15
BATCH = 64
LATER = 1_000
"""Numbers of the articles that are decided, in their events: the live stories have lower ones."""
NEW = 10**9
"""Numbers of events that no live story is about begin here."""
ROOT = Path(__file__).parents[1]

Tell = Callable[[str], None]


@dataclass(frozen=True)
class ProfileOptions:
    """What is profiled."""

    role: str
    stories: int
    """Live ones of a clusterer."""
    members: int
    """Of the story of a publisher."""
    rounds: int
    """Batches of 64 articles that are decided, or revisions that are built."""


@dataclass(frozen=True)
class ProfileRow:
    """One function."""

    function: str
    """And the file where it begins; what is part of Python or compiled has no line."""
    calls: int
    """In all rounds."""
    own: float
    """Share of the time that was spent in the function itself."""
    whole: float
    """Share with all that it called."""


@dataclass(frozen=True)
class ProfileReport:
    """The functions that take most themselves."""

    machine: Machine
    options: ProfileOptions
    seconds: float
    """Of the processor, while profiled."""
    rows: list[ProfileRow]


def profile(options: ProfileOptions, tell: Tell) -> ProfileReport:
    """Run once to warm up, then count."""
    machine = this_machine()
    tell("making what it works on")
    work = WORKS[options.role](options)
    work(0)
    counted = cProfile.Profile(time.process_time)
    tell("counting")
    for number in range(1, options.rounds + 1):
        counted.runcall(work, number)
    entries = counted.getstats()
    seconds = sum(each.inlinetime for each in entries)
    return ProfileReport(machine, options, round(seconds, 3), profile_rows(entries))


def profile_rows(entries: Sequence[Any], most: int = FUNCTIONS) -> list[ProfileRow]:
    """Those with the most time of their own, the first of them first."""
    total = sum(each.inlinetime for each in entries)
    return [
        ProfileRow(
            _told(each.code), each.callcount, round(each.inlinetime / total, 3), round(each.totaltime / total, 3)
        )
        for each in sorted(entries, key=lambda each: -each.inlinetime)[:most]
    ]


def _told(code: CodeType | str) -> str:
    """Compiled functions have a name only."""
    if isinstance(code, str):
        return code.strip("<>")
    file = Path(code.co_filename)
    ours = file.is_relative_to(ROOT) and "site-packages" not in file.parts
    place = file.relative_to(ROOT) if ours else Path(*file.parts[-2:])
    return f"{code.co_qualname} ({place}:{code.co_firstlineno})"


def decisions(options: ProfileOptions) -> Callable[[int], None]:
    """One batch of articles, half of them about live stories, with its commit."""
    model = load_model(MULTILINGUAL)
    with tempfile.TemporaryDirectory(prefix="groundswell-profile-") as folder:
        snapshot = filled(fill(Path(folder), options.stories, jobs=1), options.stories).snapshot()
    clustering, stream = Clustering(model), MadeStream(model.means, options.stories)
    clustering.load(snapshot)
    numbers = range((options.rounds + 1) * BATCH)
    made = [
        stream.article(NEW + at if at % 2 else at % options.stories, LATER + at, 2 * options.stories + at).encoded
        for at in numbers
    ]

    def decide(number: int) -> None:
        clustering.assign(made[number * BATCH : (number + 1) * BATCH])
        clustering.commit()

    return decide


def revisions(options: ProfileOptions) -> Callable[[int], None]:
    """A revision of a story that has one member more each time."""
    limits, topic = PublisherSettings(), TopicSettings()
    snapshots = [story(options.members + number) for number in range(options.rounds + 1)]

    def build(number: int) -> None:
        record = build_record(snapshots[number], MadeOutlets(), max_articles=limits.max_articles)
        to_json(fitted(record, topic.max_message_bytes).model_dump(mode="json"))

    return build


WORKS = {"clusterer": decisions, "publisher": revisions}


def main() -> None:
    """Print the report; progress goes to stderr."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.profile", description=__doc__)
    parser.add_argument("role", choices=WORKS)
    parser.add_argument("--stories", type=int, default=1_000, help="live ones of a clusterer (%(default)s)")
    parser.add_argument("--members", type=int, default=20, help="of a publisher's story (%(default)s)")
    parser.add_argument("--rounds", type=int, default=8, help="batches of 64 articles, or revisions (%(default)s)")
    parser.add_argument("--json", action="store_true", help="one object on one line")
    given = parser.parse_args()
    options = ProfileOptions(given.role, given.stories, given.members, given.rounds)
    show("profile", profile(options, lambda said: print(said, file=sys.stderr)), as_json=given.json)


if __name__ == "__main__":
    main()
