"""How good titles and points are: `python -m benchmarks.record.quality DIR`, DIR with the development sets.

Against an aggregator's own title and points for the stories of groundnews25 with 8 and more articles, as ROUGE F1;
points against those of each side, the mean taken. Then, over the labelled events of other sets too, pairs of
sentences in one list (summary and points, or one side's points) that say the same by the encoder. Each by words
and by meaning.
"""

from __future__ import annotations

import gzip
import json
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import combinations
from pathlib import Path
from statistics import mean
from typing import Any

from benchmarks.record.rouge import rouge
from groundswell.record import Reason, Status, StoryRecord
from pipeline.domain.encoder.loading import load_encoder
from pipeline.domain.outlets import OutletDirectory
from pipeline.domain.story.build import build_record
from pipeline.domain.story.meaning import PARAPHRASE_FROM, SaysAgain, SentenceMeaning, by_words
from pipeline.domain.story.snapshot import StoredArticle, StorySnapshot
from pipeline.settings import ClustererSettings, EncoderBackend

SUMMARISED = "groundnews25"
LEAST_ARTICLES = 8
SETS = (SUMMARISED, "groundnews26", "giveme5w", "newswcl50", "meantime", "basil")
_START = datetime(2025, 1, 1, tzinfo=UTC)
Row = dict[str, Any]
Build = Callable[[list[Row]], StoryRecord]


def main() -> None:
    folder = Path(sys.argv[1])
    meaning = SentenceMeaning(load_encoder(backend=EncoderBackend.OPENVINO_INT8))
    for name, says_again in (("by words", by_words), ("by meaning", meaning.says_again)):
        build = builder(says_again)
        print(name, json.dumps(against_summaries(folder, build)))
        for each in SETS:
            print(name, each, json.dumps(repetitions(events(folder, each), build, meaning)), flush=True)


def builder(says_again: SaysAgain) -> Build:
    outlets = OutletDirectory.load()
    return lambda rows: build_record(snapshot(rows), outlets, max_articles=500, says_again=says_again)


def against_summaries(folder: Path, build: Build) -> dict[str, float]:
    """Means over the stories."""
    rows = events(folder, SUMMARISED)
    scores: defaultdict[str, list[float]] = defaultdict(list)
    for summary in read(folder / "summaries.jsonl.gz"):
        articles = rows.get(summary["event"], [])
        if summary["points"] and len(articles) >= LEAST_ARTICLES:
            for name, score in _scores(summary, articles, build(articles)):
                scores[name].append(score)
    return {"stories": len(scores["title"])} | {name: round(mean(each), 3) for name, each in scores.items()}


def _scores(summary: Row, articles: list[Row], record: StoryRecord) -> Iterator[tuple[str, float]]:
    yield "title", rouge(record.title, summary["title"], 1)
    yield "mean headline", mean(rouge(each["title"], summary["title"], 1) for each in articles)
    points = " ".join(each.text for each in record.key_points)
    told = f"{record.summary.text if record.summary else ''} {points}"
    sides = [" ".join(points) for points in summary["points"].values() if points]
    for name, text in (("points", points), ("summary and points", told)):
        for words in (1, 2):
            yield f"{name} {words}", mean(rouge(text, side, words) for side in sides)


def repetitions(rows: dict[str, list[Row]], build: Build, meaning: SentenceMeaning) -> dict[str, int]:
    """Pairs of sentences in one list that say the same."""
    pairs = lists = 0
    for articles in rows.values():
        for texts in _lists(build(articles)):
            lists += len(texts) > 1
            pairs += sum(meaning.likeness(*pair) >= PARAPHRASE_FROM for pair in combinations(texts, 2))
    return {"events": len(rows), "lists": lists, "pairs that say the same": pairs}


def _lists(record: StoryRecord) -> Iterator[list[str]]:
    yield [each.text for each in ([record.summary] if record.summary else []) + record.key_points]
    for side in (record.perspectives.left, record.perspectives.center, record.perspectives.right):
        yield [each.text for each in side or []]


def events(folder: Path, name: str) -> dict[str, list[Row]]:
    """The articles of each labelled event."""
    found: defaultdict[str, list[Row]] = defaultdict(list)
    for row in read(folder / f"{name}.jsonl.gz"):
        if row["event"] and row["title"]:
            found[row["event"]].append(row)
    return found


def read(path: Path) -> list[Row]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def snapshot(rows: list[Row]) -> StorySnapshot:
    """A first revision with these articles, in the order of the file where they are undated."""
    return StorySnapshot(
        story_id="measured", revision=1, status=Status.ACTIVE, merged_into=None, absorbed=(), split_from=None,
        reasons=(Reason.OPENED,), updated_at=_START, cohesion=0.8, related=(), encoder="",
        previous_title_article_id=None, topics=(),
        articles=tuple(_stored(number, row) for number, row in enumerate(rows)),
    )  # fmt: skip


def _stored(number: int, row: Row) -> StoredArticle:
    dated = row.get("published_at")
    published = datetime.fromisoformat(dated) if dated else None
    if published is not None and published.tzinfo is None:
        published = published.replace(tzinfo=UTC)
    most, text = ClustererSettings().lead_chars, row["text"]
    return StoredArticle(
        article_id=row["id"],
        url=row.get("url"),
        title=row["title"],
        lead=text if len(text) <= most else text[:most].rsplit(None, 1)[0],
        source=row.get("source"),
        outlet=None,
        language=row["language"],
        published_at=published,
        received_at=_START + timedelta(minutes=number),
        reprint_of=None,
    )


if __name__ == "__main__":
    main()
