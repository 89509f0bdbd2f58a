"""Begins to rebuild: the new edition stands by, and its group is where letters are written already."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing

from kafka import KafkaConsumer, TopicPartition
from redis import Redis

from pipeline.adapters.kafka.clients import make_admin, make_consumer
from pipeline.adapters.kafka.group import GroupMark, check_group
from pipeline.adapters.store.edition import AnotherIdentityError, EditionSettings
from pipeline.adapters.store.fitness import check_redis
from pipeline.adapters.store.positions import Positions
from pipeline.adapters.store.succession import Succession, SuccessionError
from pipeline.runtime.clusterer_identity import clusterer_identity
from pipeline.runtime.doctor.identity import same_form
from pipeline.runtime.doctor.starting import require_topic
from pipeline.runtime.identity import publisher_identity, topic_ids
from pipeline.settings import RedisSettings, Settings


def begin(redis: Redis, settings: Settings, predecessor: str, *, lost: bool = False) -> Succession:
    """Let the edition of the settings stand by for `predecessor`; `lost`: Redis does not have that one any more.

    Safe to repeat. Raises MendableError where it can't be done, before anything is changed.
    """
    if predecessor == settings.redis.edition:
        raise SuccessionError(
            f"edition {predecessor} can't be rebuilt beside itself: name the new one in redis.edition of these "
            "settings, with a kafka.group of its own"
        )
    topics = settings.kafka.topics
    with closing(make_admin(settings.kafka)) as admin:
        for topic in (topics.articles, topics.stories, topics.dead_letters):
            require_topic(admin, topic)
    check_redis(redis, settings.redis)
    older = older_settings(settings, predecessor)
    _check_older(EditionSettings(redis, older).read(), settings, predecessor, lost=lost)
    _check_own(redis, settings)
    with closing(make_consumer(settings.kafka, group_id=settings.kafka.group)) as consumer:
        mark = GroupMark(settings.kafka.group, settings.redis.edition)
        check_group(consumer, topics.articles, mark)
        succession = Succession(redis, settings.redis, predecessor, settings.publisher.shards)
        succession.stand_by()
        _skip_letters(consumer, topics.articles, mark, Positions(redis, older))
    return succession


def older_settings(settings: Settings, predecessor: str) -> RedisSettings:
    """Those of the older edition, which lies in the same Redis."""
    return settings.redis.model_copy(update={"edition": predecessor})


def _check_older(stored: Mapping[str, str], settings: Settings, predecessor: str, *, lost: bool) -> None:
    if not stored and not lost:
        raise SuccessionError(
            f"there is no edition {predecessor} in this database of Redis (`groundswell edition list` tells which "
            "there are); where Redis has lost it, say --lost"
        )
    kafka = settings.kafka
    if stored.get("group") == kafka.group:
        raise SuccessionError(
            f"consumer group {kafka.group} is that of edition {predecessor}: give the new edition a kafka.group "
            "of its own"
        )
    for name, topic in (("articles", kafka.topics.articles), ("stories", kafka.topics.stories)):
        if stored.get(name, topic) != topic:
            raise SuccessionError(
                f"edition {predecessor} has {stored[name]} for kafka.topics.{name}, these settings have {topic}: "
                "an edition is rebuilt from the same articles, for the same stories"
            )


def _check_own(redis: Redis, settings: Settings) -> None:
    """What is there of the new edition was made with these settings."""
    stored = EditionSettings(redis, settings.redis).read()
    topics = settings.kafka.topics
    ids = topic_ids(settings.kafka, topics.dead_letters, topics.stories)
    encoder = same_form(settings.encoder.model, stored)
    clusterer = clusterer_identity(settings, ids, encoder=encoder, encoder_digest=None)
    for mine in (clusterer, publisher_identity(settings, ids)):
        difference = mine.difference(stored)
        if difference is not None:
            raise AnotherIdentityError(difference.sentence(settings.redis.edition))


def _skip_letters(consumer: KafkaConsumer, topic: str, mark: GroupMark, older: Positions) -> None:
    """The older edition wrote a dead letter of each record before its positions that needs one: none is written
    again, since a group's offset says up to where letters are."""
    partitions = [TopicPartition(topic, each) for each in consumer.partitions_for_topic(topic) or ()]
    stands = older.read(topic, [each.partition for each in partitions])
    fresh = [each for each in partitions if each.partition in stands and consumer.committed(each) is None]
    if fresh:
        consumer.assign(fresh)
        consumer.commit({each: mark.offset(stands[each.partition]) for each in fresh})
