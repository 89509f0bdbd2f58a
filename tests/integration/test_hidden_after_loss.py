"""What a desk hid stays hidden on `stories` after Redis lost that, unless a desk unhid it later."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest

from consumers.publisher.worker import Publisher
from pipeline.adapters.store.correction_log import CorrectionLog
from pipeline.adapters.store.keys import Keys
from pipeline.domain.clustering.desk import Action, NothingToDoError
from pipeline.quality.bench.hashing_encoder import HashingEncoder
from pipeline.settings import Settings
from tests.conftest import SettingsFor
from tests.integration.test_convergence import EAGER, FLOOD, coverage, keys, lose
from tests.support.brokers import BrokerUnderTest
from tests.support.corrections import Promises, live
from tests.support.drive import cluster_all, clusterer, converge, publish_all, publisher
from tests.support.waiting import eventually
from tests.support.world import World, open_world

Backup = dict[bytes, bytes]
NOT_KEPT = (b":server", b":settled", b":lease:0")


class Newsroom:
    """A story that is published, and a desk that has its eye on it."""

    def __init__(self, world: World, out: Publisher) -> None:
        self.world, self.out = world, out
        world.send(coverage(1, **FLOOD))
        self.cluster(1)
        publish_all(world, out)
        (self.story,) = world.stories.live_ids()

    def cluster(self, records: int) -> None:
        """Until so many are applied."""
        with clusterer(self.world.settings, HashingEncoder()) as one:
            cluster_all(self.world, [one], records)

    def correct(self, action: Action) -> None:
        """As the command does."""
        Promises(self.world.redis, self.world.settings.redis).correct(action, self.story)

    def say(self, action: Action) -> None:
        """What the desk decides is published."""
        self.correct(action)
        publish_all(self.world, self.out)

    def backup(self) -> Backup:
        found = {key: self.world.redis.dump(key) for key in keys(self.world)}
        return {key: kept for key, kept in found.items() if kept is not None and not key.endswith(NOT_KEPT)}

    def lose_all_but(self, backup: Backup) -> None:
        lose(self.world)
        for key, kept in backup.items():
            self.world.redis.restore(key, 0, kept)

    @property
    def shown(self) -> list[bool]:
        """Of each record of the story, whether it has a text."""
        records = self.world.published()
        assert all(each["hidden"] == (each["title"] == "") for each in records)
        return [not each["hidden"] for each in records if each["story_id"] == self.story]

    def wait_until_noted(self) -> None:
        """By a clusterer."""

        def noted() -> bool:
            one.step()
            return self.is_noted and one.assigned

        with clusterer(self.world.settings, HashingEncoder()) as one:
            eventually(noted, what="the clustering knows that the story is hidden")
        publish_all(self.world, self.out)

    @property
    def is_noted(self) -> bool:
        """Whether clusterers and the desk take the story for hidden."""
        alive = live(self.world.redis, self.world.settings.redis)
        return self.story in alive and alive[self.story].notes.hidden


@pytest.fixture
def newsroom(
    embedded_broker: BrokerUnderTest, settings_for: SettingsFor, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Newsroom]:
    monkeypatch.setattr("consumers.publisher.convergence.LOOK_S", 0.05)
    monkeypatch.setattr("pipeline.adapters.kafka.reading.POLL_MS", 50)
    settings: Settings = settings_for(
        embedded_broker, publisher={**EAGER, "shards": 1}, kafka={"topics": {"articles_partitions": 1}}
    )
    with contextlib.ExitStack() as stack:
        world = stack.enter_context(open_world(settings))
        yield Newsroom(world, stack.enter_context(publisher(settings)))


def test_what_was_hidden_in_the_last_second_is_hidden_before_anything_is_published(newsroom: Newsroom) -> None:
    kept = newsroom.backup()
    newsroom.say(Action.HIDE)
    newsroom.lose_all_but(kept)
    converge(newsroom.world, newsroom.out)
    assert newsroom.shown == [True, False, False]
    newsroom.wait_until_noted()
    assert newsroom.shown == [True, False, False, False]
    (made,) = CorrectionLog(newsroom.world.redis, newsroom.world.settings.redis).all()
    assert (made.entry.action, made.entry.by, made.entry.story_ids) == ("hide", "publisher", [newsroom.story])
    newsroom.say(Action.UNHIDE)
    assert newsroom.shown == [True, False, False, False, True]
    assert not newsroom.is_noted


def test_a_story_that_got_articles_since_the_loss_stands_above_the_topic_and_is_hidden_all_the_same(
    newsroom: Newsroom,
) -> None:
    kept = newsroom.backup()
    newsroom.say(Action.HIDE)
    newsroom.lose_all_but(kept)
    newsroom.world.send(coverage(2, **FLOOD))
    newsroom.cluster(2)
    assert newsroom.world.stories.live_ids() == [newsroom.story]
    converge(newsroom.world, newsroom.out)
    assert not any(newsroom.shown[1:])
    newsroom.wait_until_noted()


@pytest.mark.parametrize("again", ["before it is compared", "after it is compared"])
def test_a_hidden_story_that_is_made_again_after_the_loss_of_everything_is_hidden(
    newsroom: Newsroom, again: str
) -> None:
    newsroom.say(Action.HIDE)
    lose(newsroom.world)
    if again == "after it is compared":
        settled = Keys(newsroom.world.settings.redis.edition).settled

        def compared() -> bool:
            newsroom.out.step()
            return bool(newsroom.world.redis.exists(settled))

        eventually(compared, what="the shard compared")
    newsroom.cluster(1)
    converge(newsroom.world, newsroom.out)
    assert newsroom.world.stories.live_ids() == [newsroom.story]
    newsroom.wait_until_noted()
    newsroom.world.send(coverage(2, **FLOOD))
    newsroom.cluster(2)
    publish_all(newsroom.world, newsroom.out)
    assert not any(newsroom.shown[1:])
    newsroom.say(Action.UNHIDE)
    assert newsroom.shown[-1]


def test_a_hidden_story_that_ended_is_hidden_where_it_is_made_again(newsroom: Newsroom) -> None:
    newsroom.say(Action.HIDE)
    lose(newsroom.world)
    # Its article has expired meanwhile.
    newsroom.world.positions.start(newsroom.world.settings.kafka.topics.articles, {0: 1})
    converge(newsroom.world, newsroom.out)
    last = newsroom.world.last_records()[newsroom.story]
    assert (last["status"], last["hidden"]) == ("closed", True)
    lose(newsroom.world)
    newsroom.cluster(1)
    converge(newsroom.world, newsroom.out)
    assert newsroom.world.stories.live_ids() == [newsroom.story]
    assert not any(newsroom.shown[1:])


def test_a_desk_that_unhid_the_story_after_its_last_record_is_heeded(newsroom: Newsroom) -> None:
    newsroom.say(Action.HIDE)
    newsroom.correct(Action.UNHIDE)
    newsroom.lose_all_but(newsroom.backup())
    converge(newsroom.world, newsroom.out)
    assert newsroom.shown == [True, False, True]
    with pytest.raises(NothingToDoError):
        newsroom.correct(Action.UNHIDE)


def test_a_story_hidden_once_more_after_it_was_shown_is_hidden(newsroom: Newsroom) -> None:
    newsroom.say(Action.HIDE)
    newsroom.say(Action.UNHIDE)
    kept = newsroom.backup()
    newsroom.say(Action.HIDE)
    newsroom.lose_all_but(kept)
    converge(newsroom.world, newsroom.out)
    assert newsroom.shown == [True, False, True, False, False]
