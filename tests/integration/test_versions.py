"""Corrected and withdrawn articles: on a real broker and Redis, and in any order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from redis import Redis

from consumers.clusterer.decision import BatchDecision
from consumers.clusterer.intake import Intake, Received
from consumers.clusterer.newest_versions import newest
from groundswell.record import Reason, Status
from pipeline.adapters.store.articles import ArticleReader
from pipeline.adapters.store.commit import Batch, Committed, Committer
from pipeline.adapters.store.outbox import Outbox
from pipeline.adapters.store.stories import StoryReader
from pipeline.domain.clustering.story_codec import decode_story
from pipeline.domain.encoder.protocol import Encoder
from pipeline.domain.records.article import Article
from pipeline.domain.records.parse import article_from, parse_article
from pipeline.settings import RedisSettings
from tests.conftest import SettingsFor
from tests.support.drive import cluster_all, clusterer, publish_all, publisher
from tests.support.editions import a_clusterer
from tests.support.samples import article
from tests.support.world import check_promises, open_world
from tests.unit.clusterer.fakes import FakeRecord
from tests.unit.clustering import helpers

EAGER = {"min_sources": 1, "interval_s": 0.0, "settle_s": 0.0}
NEW_TITLE = "Oststadt bridge to stay closed until autumn, engineers say"


def correction(number: int, minute: int, **fields: Any) -> bytes:
    """A version of the invented article that was changed at this minute."""
    return article(number, f"outlet{number}.example", updated_at=f"2025-03-04T10:{minute:02}:00Z", **fields)


def id_of(line: bytes) -> str:
    return parse_article(line).article_id


def test_the_newest_version_of_an_article_counts_and_a_withdrawn_one_leaves_for_good(
    settings_for: SettingsFor, encoder: Encoder
) -> None:
    options = settings_for(publisher=EAGER)
    lines = [article(number, f"outlet{number}.example") for number in range(3)]
    ids = [id_of(line) for line in lines]
    sent = 0
    with open_world(options) as world, clusterer(options, encoder) as one, publisher(options) as out:

        def after(*values: bytes) -> dict[str, Any]:
            """The story's record when these were sent."""
            nonlocal sent
            sent += len(values)
            world.send(values)
            cluster_all(world, [one], sent)
            publish_all(world, out)
            (record,) = world.last_records().values()
            return record

        first = after(*lines)
        assert [each["article_id"] for each in first["articles"]] == ids

        newer = correction(1, 30, title=NEW_TITLE, outlet="The Second Outlet", text="It will take until autumn.")
        corrected = after(newer)
        assert (corrected["status"], corrected["revision_reasons"]) == ("active", ["corrected"])
        assert corrected["article_count"] == 3
        member = corrected["articles"][1]
        assert (member["title"], member["outlet"]["name"]) == (NEW_TITLE, "The Second Outlet")
        assert member["snippet"].startswith("It will take until autumn")

        assert after(lines[1], newer, correction(1, 29, title="Between the two")) == corrected
        check_promises(world, set(ids))

        gone = after(b'{"url": "https://outlet1.example/oststadt-bridge/1", "withdrawn": true}')
        assert gone["revision_reasons"] == ["withdrawn"]
        assert [each["article_id"] for each in gone["articles"]] == [ids[0], ids[2]]
        assert after(lines[1], newer) == gone

        last = after(*(correction(number, 1, withdrawn=True) for number in (0, 2)))
        assert (last["status"], last["article_count"]) == ("closed", 0)
        assert last["revision_reasons"] == ["withdrawn", "closed"]
        assert after(*lines) == last
        check_promises(world, set())
        counters = world.positions.counters()
        assert (counters["opened"], counters["joined"], counters["in"]) == (1, 2, sent)


EDITION = RedisSettings(edition="versions")
START = datetime(2025, 3, 4, tzinfo=UTC)
RECORD = FakeRecord(0, 0, 0)

versions = st.lists(
    st.tuples(st.integers(0, 5), st.integers(1, 5), st.booleans()),
    min_size=1,
    max_size=14,
    unique_by=lambda each: each[:2],
)
"""Article, minute of the change, withdrawn."""


def received(number: int, minute: int, withdrawn: bool, topic: int | None = None) -> Received:
    """One version; by default of two topics, whose articles keep to them."""
    subject = helpers.TOPICS[number % 2 if topic is None else topic]
    made: Article = article_from(
        {
            "id": str(number),
            "title": f"{subject}, minute {minute}",
            "withdrawn": withdrawn,
            "source": f"outlet{number}.example",
            "published_at": START.isoformat(),
            "updated_at": (START + timedelta(minutes=minute)).isoformat(),
        }
    )
    return Received(made, made.article_id, "en", made.source, START + timedelta(days=1), RECORD)


def encode(articles: Sequence[Received]) -> NDArray[np.float32]:
    """Vectors as of an encoder that tells topics apart and sees a change of the title."""
    topics = [helpers.TOPICS.index(each.article.title.split(", ")[0]) for each in articles]
    minutes = [int(each.article.title.split()[-1]) for each in articles]
    return np.stack([helpers.article(*each).vector for each in zip(topics, minutes, strict=True)])


class Edition:
    """Redis and a clustering, without a broker."""

    def __init__(self, redis: Redis) -> None:
        redis.flushall()
        self.outbox = Outbox(redis, EDITION)
        self.stories = StoryReader(redis, EDITION)
        self.articles = ArticleReader(redis, EDITION)
        self.clustering = helpers.clustering()
        self.committer = Committer(redis, EDITION, a_clusterer())
        self._seen = 0

    def take(self, batch: list[Received]) -> None:
        decision = BatchDecision(Intake([], batch, []), self.articles, self.stories, encode, 500)
        self.commit(decision.pack(self._seen, decision.decide(self.clustering)))

    def sweep(self) -> None:
        self.commit(Batch(self._seen, self.clustering.sweep(), swept=True))

    def commit(self, batch: Batch) -> None:
        outcome = self.committer.commit(batch)
        assert isinstance(outcome, Committed)
        self.clustering.commit()
        self._seen = outcome.sequence or self._seen

    def state(self, article_ids: list[str]) -> dict[str, tuple[Any, ...]]:
        """Each article's version and, where it stands in a story, all that the store holds of it."""
        held = {
            each.article_id: each
            for story_id in self.stories.all_ids()
            if (snapshot := self.stories.snapshot(story_id))
            for each in snapshot.articles
        }
        standings = self.articles.standings(article_ids)
        return {
            each: (standings[each].version, standings[each].story_id is None, held.get(each))
            for each in article_ids
        }

    def groups(self) -> set[frozenset[str]]:
        """Ids of the articles that share a story."""
        snapshots = (self.stories.snapshot(story_id) for story_id in self.stories.all_ids())
        found = {frozenset(a.article_id for a in each.articles) for each in snapshots if each}
        return found - {frozenset()}

    def check_sums(self) -> None:
        """The clustering keeps what the store holds, and its sums are those of the versions that count."""
        states = [decode_story(state) for state in self.clustering.snapshot().states.values()]
        assert {frozenset(m.article_id for m in each.members) for each in states} == self.groups()
        for each in states:
            np.testing.assert_allclose(each.total, np.sum([m.vector for m in each.members], axis=0), atol=1e-4)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sent=versions, data=st.data())
def test_versions_in_any_order_cut_anyhow_and_read_again_end_in_the_same_state(
    redis: Redis, sent: list[tuple[int, int, bool]], data: st.DataObject
) -> None:
    ids = list({each.article_id for each in (received(*version) for version in sent)})
    expected = Edition(redis)
    for version in sorted(sent, key=lambda each: each[1]):
        expected.take([received(*version)])
    state, groups = expected.state(ids), expected.groups()
    expected.check_sums()
    any_order = Edition(redis)
    repeated = [*sent, *data.draw(st.lists(st.sampled_from(sent), max_size=6))]
    rest = [received(*version) for version in data.draw(st.permutations(repeated))]
    while rest:
        cut = data.draw(st.integers(1, len(rest)))
        any_order.take(rest[:cut])
        rest = rest[cut:]
    assert any_order.state(ids) == state
    assert any_order.groups() == groups
    any_order.check_sums()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sent=versions, data=st.data())
def test_versions_about_anything_count_once_in_any_order_wherever_they_move(
    redis: Redis, sent: list[tuple[int, int, bool]], data: st.DataObject
) -> None:
    topics = data.draw(st.lists(st.integers(0, 3), min_size=len(sent), max_size=len(sent)))
    every = [received(*version, topic) for version, topic in zip(sent, topics, strict=True)]
    ids = list({each.article_id for each in every})
    edition = Edition(redis)
    edition.take(every)
    state = edition.state(ids)
    edition = Edition(redis)
    for one in data.draw(st.permutations([*every, *every])):
        edition.take([one])
        edition.check_sums()
        held = [article_id for group in edition.groups() for article_id in group]
        assert len(held) == len(set(held))
    assert edition.state(ids) == state


def test_a_closed_story_is_corrected_too_and_ends_all_the_same(redis: Redis) -> None:
    edition = Edition(redis)
    first, later = received(0, 1, False), received(1, 1, False)
    months_later = START + timedelta(days=90)
    article = later.article.model_copy(update={"published_at": months_later})
    edition.take([first, Received(article, later.article_id, "en", None, months_later, RECORD)])
    edition.sweep()
    story_id = first.article_id[:20]
    assert story_id not in edition.stories.live_ids()
    edition.take([received(0, 2, False)])
    snapshot = edition.stories.snapshot(story_id)
    assert snapshot is not None
    (held,) = (each.title for each in snapshot.articles)
    assert (snapshot.status, held) == (Status.CLOSED, received(0, 2, False).article.title)
    assert Reason.CORRECTED in snapshot.reasons
    assert story_id in {each.story_id for each in edition.outbox.pending(0, 10)}
    assert story_id not in edition.stories.live_ids()
    for key in (f"story:{story_id}", f"story:{story_id}:articles"):
        assert redis.ttl(f"gs:{{versions}}:{key}") > 0


def test_articles_of_a_merged_story_are_corrected_and_withdrawn_in_the_one_that_survived(redis: Redis) -> None:
    edition = Edition(redis)
    alone, *others = (received(number, 1, False) for number in (1, 0, 2, 4))
    edition.take([alone, *others])
    assert len(edition.groups()) == 2
    edition.take([received(1, 2, False, topic=0)])
    standing = edition.articles.standings([alone.article_id])[alone.article_id]
    assert standing.story_id == alone.article_id[:20]
    survivor = edition.stories.resolve(standing.story_id)
    assert survivor != standing.story_id
    edition.take([replace(received(1, 3, False, topic=0), received_at=START + timedelta(days=2))])
    held = edition.articles.member(survivor, alone.article_id)
    assert held is not None
    assert held.title.endswith("minute 3")
    assert held.received_at == alone.received_at
    edition.take([received(1, 4, True)])
    assert edition.groups() == {frozenset(each.article_id for each in others)}
    edition.check_sums()


def test_an_undated_withdrawal_takes_back_what_came_before_it_and_a_later_version_returns(redis: Redis) -> None:
    edition = Edition(redis)
    undated = Received(
        article_from({"id": "0", "withdrawn": True}),
        received(0, 1, False).article_id,
        "en",
        None,
        START + timedelta(hours=1),
        RECORD,
    )
    edition.take([received(0, 1, False)])
    before = edition.articles.standings([undated.article_id])[undated.article_id]
    edition.take([undated])
    edition.take([received(0, 5, False)])
    assert edition.articles.standings([undated.article_id])[undated.article_id].story_id is None
    edition.take([received(0, 90, False)])
    after = edition.articles.standings([undated.article_id])[undated.article_id]
    assert after.story_id not in (None, before.story_id)
    assert edition.groups() == {frozenset([undated.article_id])}


def test_an_article_that_moved_keeps_its_version(redis: Redis) -> None:
    edition = Edition(redis)
    edition.take([received(0, 2, False), received(2, 2, False), received(4, 2, False)])
    article_id = received(0, 1, False).article_id
    assert edition.articles.standings([article_id])[article_id].version == _number(2)
    moved = received(0, 3, False)
    other = moved.article.model_copy(update={"title": f"{helpers.TOPICS[3]}, minute 3"})
    edition.take([Received(other, article_id, "en", moved.source, moved.received_at, RECORD)])
    standing = edition.articles.standings([article_id])[article_id]
    assert standing.version == _number(3)
    assert len(edition.groups()) == 2
    edition.check_sums()
    edition.take([received(0, 2, False)])
    assert edition.articles.standings([article_id])[article_id] == standing


def _number(minute: int) -> int:
    (version,) = newest([received(0, minute, False)]).values()
    return version.number
