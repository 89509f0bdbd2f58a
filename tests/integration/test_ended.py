"""What the record alone needs leaves Redis when a story has ended, and nothing that was published changes."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from redis import Redis

from groundswell.record import StoryRecord
from pipeline.adapters.store.articles import ArticleReader
from pipeline.adapters.store.keys import Keys
from pipeline.adapters.store.settlement import Stage
from pipeline.domain.clustering.desk import Action
from pipeline.domain.encoder.protocol import Encoder
from pipeline.domain.story.build import cited_ids
from pipeline.domain.story.members import snippet
from pipeline.domain.story.roll import moment
from pipeline.domain.story.snapshot import StoredArticle
from pipeline.quality.bench.made_words import made_words
from pipeline.runtime.desk import Desk, Request
from tests.conftest import SettingsFor
from tests.support.brokers import BrokerUnderTest
from tests.support.corrections import SIGNED, no_encoder
from tests.support.drive import cluster_all, clusterer, publish_all, publisher, run_through
from tests.support.samples import article, article_ids
from tests.support.world import World, check_promises, open_world

EAGER = {"min_sources": 2, "interval_s": 0.0, "settle_s": 0.0, "shards": 1}
CRACK = "Engineers closed the old river bridge in Oststadt on Monday after they found a crack."


def text(number: int) -> str:
    """With words of its own at the end, which no packing makes short."""
    words = iter(made_words(random.Random(number), 120))
    measured = (f"Engineer {n} of the old river bridge in Oststadt measured beam {n} on Monday." for n in range(8))
    return " ".join([CRACK, *measured, *(f"Beam {next(words)} was {next(words)}." for _ in range(30))])


def song() -> str:
    """As long, and about nothing of that: in whatever order they come, it stands alone."""
    words = iter(made_words(random.Random(50), 120))
    return " ".join(["Choirs sang.", *(f"Singer {next(words)} sang {next(words)}." for _ in range(60))])


PUBLISHED = [article(number, f"outlet{number}.example", text=text(number)) for number in range(8)]
ALONE = article(50, title="Choir of Nordheim sings at dawn", text=song())
LATER = [
    article(100 + number, f"later{number}.example", title="Comet seen over Lake Varn", text="A comet was seen.",
            published_at="2025-04-03T10:00:00Z")
    for number in range(64)
]  # fmt: skip
"""They move the event clock past the quiet time."""


@pytest.fixture
def world(embedded_broker: BrokerUnderTest, settings_for: SettingsFor) -> Iterator[World]:
    with open_world(settings_for(embedded_broker, publisher=EAGER)) as made:
        yield made


def taken(world: World, story_id: str) -> int:
    """Bytes of all that Redis holds of a story, without where its articles stand."""
    redis: Redis = world.redis
    keys = redis.scan_iter(match=f"{Keys(world.settings.redis.edition).story(story_id)}*", count=1_000)
    return sum(int(redis.memory_usage(key) or 0) for key in keys)


def end(world: World, encoder: Encoder) -> None:
    """Close all stories but that of the later articles, and publish it."""
    world.send(LATER)
    run_through(world.settings, world, encoder, world.positions.counters()["in"] + len(LATER))
    with clusterer(world.settings, encoder) as one:
        one.sweep()
    with publisher(world.settings) as out:
        publish_all(world, out)


def test_an_ended_story_takes_less_and_its_record_stays_as_it_was(world: World, encoder: Encoder) -> None:
    world.send([*PUBLISHED, ALONE])
    run_through(world.settings, world, encoder, 9)
    live = {each: taken(world, each) for each in world.stories.live_ids()}
    (told,) = (each for each, record in world.last_records().items() if record["article_count"] == 8)
    (untold,) = live.keys() - {told}
    end(world, encoder)
    records = world.published()
    ended = world.last_records()[told]
    assert ended["status"] == "closed"
    cited = cited_ids(dict(StoryRecord.model_validate(ended)))
    held = _members(world, told)
    assert {each.article_id for each in held if len(each.lead) > 320} == cited & {each.article_id for each in held}
    assert len(held) == 8
    assert taken(world, told) < live[told]
    assert taken(world, untold) < 0.35 * live[untold]
    assert [each["snippet"] for each in ended["articles"]] == [
        snippet(each.title, each.lead) for each in sorted(held, key=moment)
    ]
    _check_nothing_follows(world, encoder, records)


def _members(world: World, story_id: str) -> list[StoredArticle]:
    found = world.stories.snapshot(story_id)
    assert found is not None
    return list(found.articles)


def _check_nothing_follows(world: World, encoder: Encoder, records: list[dict[str, object]]) -> None:
    """Also where everything comes again: known articles stay known."""
    world.send([*PUBLISHED, ALONE])
    run_through(world.settings, world, encoder, world.positions.counters()["in"] + 9)
    assert world.published() == records
    assert world.positions.counters()["duplicate"] == 9
    check_promises(world, article_ids([*PUBLISHED, ALONE, *LATER]))


def test_a_correction_after_the_end_is_published_with_the_texts_that_the_record_cites(
    world: World, encoder: Encoder
) -> None:
    world.send([*PUBLISHED, ALONE])
    run_through(world.settings, world, encoder, 9)
    end(world, encoder)
    (before,) = (each for each in world.last_records().values() if each["article_count"] == 8)
    cited = {each["article_id"] for each in before["key_points"]}
    corrected = [
        article(number, f"outlet{number}.example", text="The bridge is open.", updated_at="2025-05-01T00:00:00Z")
        for number in range(8)
        if not article_ids([PUBLISHED[number]]) & cited
    ][:1]
    alone = article(50, title="Choir of Nordheim slept late", updated_at="2025-05-01T00:00:00Z")
    world.send([*corrected, alone])
    run_through(world.settings, world, encoder, world.positions.counters()["in"] + 2)
    after = world.last_records()[before["story_id"]]
    assert after["revision_reasons"] == ["corrected"]
    assert [each["text"] for each in after["key_points"]] == [each["text"] for each in before["key_points"]]
    snippets = [{one["article_id"]: one["snippet"] for one in each["articles"]} for each in (before, after)]
    assert {each for each, text in snippets[0].items() if snippets[1][each] != text} == article_ids(corrected)
    assert len(world.last_records()) == 2, "a story that was never published is not told for its correction either"


def test_a_hidden_story_that_ended_before_its_first_record_keeps_its_articles_and_stays_unseen(
    world: World, encoder: Encoder
) -> None:
    world.send([ALONE])
    run_through(world.settings, world, encoder, 1)
    (story_id,) = world.stories.live_ids()
    desk = Desk(world.redis, world.settings.redis, no_encoder)
    desk.correct(Request(Action.HIDE, story_id), SIGNED)
    end(world, encoder)
    corrected = article(50, title="Choir of Nordheim slept late", updated_at="2025-05-01T00:00:00Z")
    world.send([corrected])
    run_through(world.settings, world, encoder, world.positions.counters()["in"] + 1)
    assert [each.title for each in _members(world, story_id)] == ["Choir of Nordheim slept late"]
    assert world.stories.hidden([story_id]) == [story_id]
    assert story_id not in world.last_records()


def test_of_a_revision_that_is_not_the_last_nothing_leaves(world: World, encoder: Encoder) -> None:
    world.send(PUBLISHED)
    with clusterer(world.settings, encoder) as one, publisher(world.settings) as out:
        cluster_all(world, [one], 8)
        publish_all(world, out)
        (story_id,) = world.stories.live_ids()
        snapshot = world.stories.snapshot(story_id)
        assert snapshot is not None
        held = [article for article in snapshot.articles if article.lead]
        world.redis.hset(Keys(world.settings.redis.edition).story(story_id), "status", "closed")
        world.outbox.acknowledge(
            0, story_id, snapshot.revision - 1, title_article_id=None, summary=b"", shortened=[held[0]] * 2
        )
        assert _members(world, story_id) == list(snapshot.articles)
    reader = ArticleReader(world.redis, world.settings.redis)
    assert reader.member(story_id, held[0].article_id) == held[0]


def test_before_the_store_is_settled_with_the_topic_nothing_leaves(world: World, encoder: Encoder) -> None:
    world.send([ALONE])
    with clusterer(world.settings, encoder) as one:
        cluster_all(world, [one], 1)
    (story_id,) = world.stories.live_ids()
    keys = Keys(world.settings.redis.edition)
    world.redis.hset(keys.story(story_id), "status", "closed")
    for stage, kept in ((Stage.RAISED, 1), (Stage.SETTLED, 0)):
        world.redis.hset(keys.settled, "0", f"run:1 {stage}")
        snapshot = world.stories.snapshot(story_id)
        assert snapshot is not None
        world.outbox.hold_back(0, story_id, snapshot.revision)
        assert len(_members(world, story_id)) == kept
