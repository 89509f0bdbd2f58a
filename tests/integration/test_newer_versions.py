"""Newer versions and withdrawals through a whole clusterer: what is stored of them, and where they stand."""

from __future__ import annotations

from datetime import UTC, datetime

from redis import Redis

from pipeline.adapters.store.articles import ArticleReader, Standing
from pipeline.domain.clustering.corrections import later_story_id
from pipeline.domain.story.snapshot import StoredArticle
from pipeline.settings import RedisSettings
from tests.support.clusterer_bench import Bench, MakeBench, version
from tests.unit.clusterer.fakes import FakeRecord

EDITION = "worker-test"
BODY = " ".join(f"The river rose by {number} feet near village {number}." for number in range(20))


def stored(one: Bench) -> dict[str, StoredArticle]:
    """By the last part of the URL."""
    found: dict[str, StoredArticle] = {}
    for story_id in one.stories.all_ids():
        snapshot = one.stories.snapshot(story_id)
        assert snapshot is not None
        found |= {(each.url or "").rpartition("/")[2]: each for each in snapshot.articles}
    return found


def moment(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def first(offset: int, number: int, **fields: object) -> FakeRecord:
    return version(offset, number, "2025-03-03T10:00:00Z", **fields)


def test_a_corrected_article_keeps_its_arrival_and_what_it_reprints(bench: MakeBench) -> None:
    one = bench()
    one.take(first(0, 0, text=BODY), first(1, 1, text=BODY))
    before = stored(one)
    assert before["1"].reprint_of == before["0"].article_id
    one.take(version(2, 1, "2025-03-03T11:00:00Z", text=BODY, title="Bridge: corrected"))
    after = stored(one)["1"]
    assert (after.title, after.received_at) == ("Bridge: corrected", before["1"].received_at)
    assert after.reprint_of == before["0"].article_id
    assert after.url == before["1"].url


def test_two_corrections_in_one_batch_keep_what_each_of_them_had(bench: MakeBench) -> None:
    one = bench()
    one.take(*(first(number, number) for number in range(3)))
    before = stored(one)
    later = [version(3 + number, number, "2025-03-03T11:00:00Z", title=f"Bridge: {number}") for number in range(3)]
    one.take(*later)
    after = stored(one)
    assert {number: each.title for number, each in after.items()} == {str(n): f"Bridge: {n}" for n in range(3)}
    assert {n: each.received_at for n, each in after.items()} == {
        n: each.received_at for n, each in before.items()
    }


def test_the_version_that_counts_is_stored_and_an_older_one_changes_nothing(
    bench: MakeBench, redis: Redis
) -> None:
    one = bench()
    one.take(first(0, 0))
    one.take(version(1, 0, "2025-03-03T12:00:00Z", title="Bridge: newest"))
    one.take(version(2, 0, "2025-03-03T11:00:00Z", title="Bridge: older"))
    (article,) = stored(one).values()
    assert article.title == "Bridge: newest"
    reader = ArticleReader(redis, RedisSettings(edition=EDITION))
    (standing,) = reader.standings([article.article_id]).values()
    assert standing.version == moment("2025-03-03T12:00:00")


def test_a_withdrawn_article_comes_back_by_a_later_version_as_a_story_of_another_id(
    bench: MakeBench, redis: Redis
) -> None:
    one = bench()
    one.take(first(0, 0), first(1, 1, title="Volcano erupts"))
    article_id = stored(one)["0"].article_id
    reader = ArticleReader(redis, RedisSettings(edition=EDITION))
    home = reader.standings([article_id])[article_id].story_id
    one.take(version(2, 0, "2025-03-03T11:00:00Z", withdrawn=True))
    assert reader.standings([article_id]) == {article_id: Standing(None, moment("2025-03-03T11:00:00"))}
    assert set(stored(one)) == {"1"}
    one.take(first(3, 0))
    assert set(stored(one)) == {"1"}, "an older version does not bring it back"
    one.take(version(4, 0, "2025-03-03T12:00:00Z"))
    back = reader.standings([article_id])[article_id]
    assert back == Standing(later_story_id("", article_id, moment("2025-03-03T12:00:00")), back.version)
    assert back.story_id != home
    assert back.version == moment("2025-03-03T12:00:00")


def test_an_article_joins_a_live_story_when_it_comes_back(bench: MakeBench, redis: Redis) -> None:
    one = bench()
    one.take(*(first(number, number) for number in range(3)))
    article_id = stored(one)["2"].article_id
    one.take(version(3, 2, "2025-03-03T11:00:00Z", withdrawn=True))
    one.take(version(4, 2, "2025-03-03T12:00:00Z"), first(5, 7, title="Volcano erupts"))
    reader = ArticleReader(redis, RedisSettings(edition=EDITION))
    others = reader.standings([stored(one)["0"].article_id])
    assert reader.standings([article_id])[article_id].story_id in {each.story_id for each in others.values()}
    assert set(stored(one)) == {"0", "1", "2", "7"}
