"""What a story of one article takes in Redis, live and when it has ended: `python -m benchmarks.store [FILE...]`.

Each article opens a story of its own. FILE holds articles; without one they are made up, in ten languages.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from redis import Redis

from pipeline.adapters.articles_file import read_annotated
from pipeline.adapters.store.client import as_text, make_redis
from pipeline.adapters.store.commit import Batch, Committed, Committer
from pipeline.adapters.store.keys import Keys
from pipeline.adapters.store.outbox import Outbox
from pipeline.adapters.store.settlement import Stage
from pipeline.adapters.store.stories import StoryReader
from pipeline.domain.clustering import Clustering, load_model
from pipeline.domain.clustering.types import Changes, EncodedArticle
from pipeline.domain.edition import ClustererIdentity
from pipeline.domain.encoder.models import MULTILINGUAL
from pipeline.domain.records.article import Article
from pipeline.domain.story.build import build_record
from pipeline.domain.story.ended import shortened
from pipeline.domain.story.history import summarise
from pipeline.domain.story.snapshot import StoredArticle
from pipeline.json_codec import to_json
from pipeline.quality.bench.hashing_encoder import HashingEncoder
from pipeline.quality.bench.machine import Machine, this_machine
from pipeline.quality.bench.made_news import START, made_news
from pipeline.runtime.cli.bench_tables import show
from pipeline.runtime.embedded import EmbeddedRedis
from pipeline.settings import ClustererSettings, RedisSettings
from pipeline.testing.snapshots import MadeOutlets

LIVE, TOLD, ENDED, UNTOLD = FATES = ("live", "live, published", "ended, published", "ended, never published")
EDITION_KEYS = ("terms", "means", "changes", "positions", "counters", "settled", "identity", "server", "sequence")
"""Of the edition as a whole, however many stories it has."""


@dataclass(frozen=True)
class StoreRow:
    """Bytes for each story of one article."""

    text: str
    fate: str
    state: int
    """What the clustering keeps (`live`)."""
    members: int
    story: int
    """What is known of the story itself, and its history."""
    article: int
    """Where the article stands."""
    outbox: int
    all: int


@dataclass(frozen=True)
class StoreReport:
    """Stories of one article, by the length of their texts and by what became of them."""

    machine: Machine
    stories: int
    rows: list[StoreRow]


def bench_store(articles: Sequence[Article]) -> StoreReport:
    """With the texts of these articles, and without."""
    texts = {"short": [each.model_copy(update={"text": ""}) for each in articles], "long": articles}
    with EmbeddedRedis() as server:
        rows = [
            _Edition(server.url, f"{text}-{number}").measured(text, fate, some)
            for text, some in texts.items()
            for number, fate in enumerate(FATES)
        ]
    return StoreReport(this_machine(), len(articles), rows)


class _Edition:
    """An edition of its own."""

    def __init__(self, url: str, name: str) -> None:
        settings = RedisSettings(url=url, edition=name, must_persist=False)
        self._redis: Redis = make_redis(settings)
        self._keys = Keys(name)
        identity = ClustererIdentity(
            encoder="none", encoder_digest=None, state_version=0, join_model="none", shards=1,
            retention_s=settings.retention_s, group="bench", articles="articles", dead_letters="letters",
            dead_letters_id=None, quiet_time_s=1.0, quiet_articles=1, max_text_chars=0, lead_chars=0,
        )  # fmt: skip
        self._committer = Committer(self._redis, settings, identity)
        self._committer.start()
        self._stories, self._outbox = StoryReader(self._redis, settings), Outbox(self._redis, settings)
        self._redis.hset(self._keys.settled, "0", f"bench {Stage.SETTLED}")
        self._seen = 0

    def measured(self, text: str, fate: str, articles: Iterable[Article]) -> StoreRow:
        """All that these articles take, each in a story of its own, when this has become of it."""
        for number, each in enumerate(articles):
            self._open(_stored(each, number), each)
        live = self._stories.live_ids()
        if fate in (TOLD, ENDED):
            self._publish(live)
        if fate in (ENDED, UNTOLD):
            self._commit(Batch(self._seen, Changes(closed=live)))
            for story_id in live:
                if fate == ENDED:
                    self._publish([story_id])
                else:
                    self._outbox.hold_back(0, story_id, self._revision(story_id))
        return self._row(text, fate, len(live))

    def _open(self, stored: StoredArticle, article: Article) -> None:
        clustering = Clustering(load_model(MULTILINGUAL))
        (vector,) = HashingEncoder().encode([f"{article.title} {article.text}"])
        seconds = stored.received_at.timestamp()
        changes = clustering.assign([
            EncodedArticle(stored.article_id, article.title, article.text, stored.language, stored.source,
                           seconds, vector, seconds)
        ])  # fmt: skip
        self._commit(Batch(self._seen, changes, articles={stored.article_id: stored}))

    def _publish(self, story_ids: Iterable[str]) -> None:
        for story_id in story_ids:
            snapshot = self._stories.snapshot(story_id)
            assert snapshot is not None
            record = build_record(snapshot, MadeOutlets(), max_articles=500)
            self._outbox.acknowledge(
                0, story_id, snapshot.revision, title_article_id=record.title_article_id,
                summary=to_json(summarise(record).model_dump(mode="json")),
                shortened=shortened(snapshot, record),
            )  # fmt: skip

    def _revision(self, story_id: str) -> int:
        snapshot = self._stories.snapshot(story_id)
        assert snapshot is not None
        return snapshot.revision

    def _commit(self, batch: Batch) -> None:
        outcome = self._committer.commit(batch)
        assert isinstance(outcome, Committed), outcome
        self._seen = outcome.sequence

    def _row(self, text: str, fate: str, stories: int) -> StoreRow:
        taken: dict[str, int] = defaultdict(int)
        for key in self._redis.scan_iter(match=f"{self._keys.prefix}*", count=1_000):
            taken[self._kind(as_text(key))] += int(self._redis.memory_usage(key, samples=0) or 0)
        parts = {each: round(taken[each] / stories) for each in ("state", "members", "story", "article", "outbox")}
        return StoreRow(text, fate, **parts, all=sum(parts.values()))

    def _kind(self, key: str) -> str:
        name = key.removeprefix(self._keys.prefix)
        if name.startswith("story:"):
            return "members" if name.endswith(":articles") else "story"
        if name in EDITION_KEYS:
            return "edition"
        return {"live": "state"}.get(name, name.partition(":")[0])


def _stored(article: Article, number: int) -> StoredArticle:
    return StoredArticle(
        article_id=f"{number:064x}"[::-1], url=article.url, title=article.title,
        lead=article.text[: ClustererSettings().lead_chars], source=f"outlet{number % 400}.example", outlet=None,
        language=article.language or "en", published_at=article.published_at,
        received_at=article.published_at or START, reprint_of=None,
    )  # fmt: skip


def main() -> None:
    """Print the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", type=Path, nargs="*", metavar="FILE", help="articles; made-up ones without any")
    parser.add_argument("--stories", type=int, default=500)
    parser.add_argument("--json", action="store_true", help="one object on one line")
    given = parser.parse_args()
    read = (each.article for file in given.files for each in read_annotated(file, on_invalid=lambda *_: None))
    articles = list(islice(read, given.stories)) if given.files else made_news(given.stories, "store")
    show("store", bench_store(articles), as_json=given.json)


if __name__ == "__main__":
    main()
