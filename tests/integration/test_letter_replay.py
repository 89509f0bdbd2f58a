"""Dead letters are looked at and sent again, each once, whatever is killed on the way."""

from __future__ import annotations

import contextlib
import json
import random
import signal
from collections.abc import Iterable

import pytest
from kafka.admin import ConfigResource, ConfigResourceType

from pipeline.adapters.kafka.clients import make_admin, make_producer
from pipeline.adapters.kafka.cut_letters import written
from pipeline.adapters.kafka.dead_letters import DeadLetter, Stage
from pipeline.adapters.kafka.kept_letters import KeptLetter
from pipeline.quality.bench.hashing_encoder import HashingEncoder
from pipeline.settings import Settings
from tests.conftest import SettingsFor
from tests.support.brokers import BrokerUnderTest
from tests.support.command_line import groundswell, run
from tests.support.drive import run_through
from tests.support.samples import article, article_ids
from tests.support.world import World, check_promises, open_world

EAGER = {"min_sources": 1, "interval_s": 0.0, "settle_s": 0.0}
STRICT = {"max_text_chars": 20}
"""Every article of the samples is a dead letter under this setting, which is what somebody mends then."""
HOSTILE = b"\x1b]0;owned\x07\x1b[2J\xff\xfe \xe2\x80\xae {"


def _mended(settings: Settings) -> Settings:
    """The settings without the strict one; the edition has them from now on."""
    mended = settings.model_copy(
        update={"clusterer": settings.clusterer.model_copy(update={"max_text_chars": 200_000})}
    )
    applied = groundswell("edition", "apply", settings=mended)
    assert applied.returncode == 0, applied.stderr
    return mended


def _take_all(world: World, settings: Settings, records: int) -> None:
    run_through(settings, world, HashingEncoder(), records)


def _letters(world: World) -> list[KeptLetter]:
    return [each for each in map(KeptLetter.read, world.dead_letters()) if each]


def _records(world: World) -> int:
    return sum(world.ends().values())


def _replay(settings: Settings, *options: str) -> list[str]:
    done = groundswell("dead-letters", "replay", *options, settings=settings)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.splitlines()


def test_letters_are_listed_and_shown_and_hostile_ones_harmlessly(
    a_broker: BrokerUnderTest, settings_for: SettingsFor
) -> None:
    settings = settings_for(a_broker, publisher=EAGER)
    with open_world(settings) as world:
        world.send([HOSTILE, b'{"title": 7}', b'{"title": ""}'], key=HOSTILE)
        _take_all(world, settings, 3)
    listed = groundswell("dead-letters", "list", settings=settings)
    assert listed.returncode == 0, listed.stderr
    assert len(listed.stdout.splitlines()) == 3
    assert all(line.isprintable() for line in (listed.stdout + listed.stderr).splitlines())
    assert "3 letters" in listed.stderr
    (row,) = groundswell(
        "dead-letters", "list", "--json", "--reason", "not json", settings=settings
    ).stdout.splitlines()
    told = json.loads(row)
    assert (told["kind"], told["bytes"], told["replayed"]) == ("not JSON", len(HOSTILE), False)
    shown = groundswell("dead-letters", "show", told["letter"], settings=settings)
    assert all(line.isprintable() for line in shown.stdout.splitlines())
    assert r"\x1b]0;owned\x07" in shown.stdout
    assert "ce_source: /producers/test" in shown.stdout
    assert "line 1 column 1" in shown.stdout
    raw = groundswell("dead-letters", "show", told["letter"], "--raw", settings=settings)
    assert raw.stdout.encode("utf-8", "surrogateescape") == HOSTILE
    for given, found in (("1h", 3), ("0s", 0)):
        since = groundswell("dead-letters", "list", "--since", given, settings=settings)
        assert len(since.stdout.splitlines()) == found
    newest = groundswell("dead-letters", "list", "--limit", "1", settings=settings).stdout
    assert newest == listed.stdout.splitlines(keepends=True)[-1]


@pytest.mark.parametrize("name", ["0:99", "7:0", "nonsense"])
def test_a_letter_that_is_not_there_is_told_in_plain_words(
    name: str, a_broker: BrokerUnderTest, settings_for: SettingsFor
) -> None:
    settings = settings_for(a_broker)
    with open_world(settings):
        done = groundswell("dead-letters", "show", name, settings=settings)
    assert done.returncode == 2
    assert "list` names" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_topic_that_is_not_there_is_told_in_plain_words(
    a_broker: BrokerUnderTest, settings_for: SettingsFor
) -> None:
    done = groundswell("dead-letters", "list", settings=settings_for(a_broker))
    assert done.returncode == 2
    assert "there is no topic articles-" in done.stderr
    assert "Traceback" not in done.stderr


def test_what_was_mended_ends_in_a_story_and_what_was_not_comes_back_once(
    a_broker: BrokerUnderTest, settings_for: SettingsFor
) -> None:
    settings = settings_for(a_broker, publisher=EAGER, clusterer=STRICT)
    good = [article(number) for number in range(3)]
    with open_world(settings) as world:
        world.send([*good, b"{broken"], key=b"its own key")
        _take_all(world, settings, 4)
        assert _replay(settings, "--dry-run") == ["would replay 4"]
        assert _records(world) == 4, "a dry run sends nothing"
        assert _replay(settings, "--reason", "text") == ["replayed 3"]
        assert _replay(settings) == ["replayed 1", "skipped 3: replayed before"]
        mended = _mended(settings)
        _take_all(world, mended, 8)
        letters = _letters(world)
        assert len(letters) == 5, "one came back"
        assert (letters[-1].replay_of, letters[-1].replays) == (str(letters[3].place), 1)
        for _ in range(2):
            assert _replay(settings) == [
                "replayed 0",
                "skipped 4: replayed before",
                "skipped 1: came back from a replay",
            ]
        assert _records(world) == 8, "repeating sends nothing"
        assert _replay(settings, "--again") == ["replayed 1", "skipped 4: replayed before"]
        _take_all(world, mended, 9)
        last = _letters(world)[-1]
        assert (last.replay_of, last.replays) == (str(letters[-1].place), 2)
        check_promises(world, article_ids(good))


def test_a_replayed_record_is_the_producers_own_but_for_what_tells_of_the_replay(
    a_broker: BrokerUnderTest, settings_for: SettingsFor
) -> None:
    settings = settings_for(a_broker, publisher=EAGER)
    with open_world(settings) as world:
        world.send([HOSTILE], key=b"its own key")
        _take_all(world, settings, 1)
        _replay(settings)
        first, second = world.read(settings.kafka.topics.articles)
        assert (second.key, second.value, second.partition) == (first.key, first.value, first.partition)
        (letter,) = _letters(world)
        told = [("groundswell.replay.of", str(letter.place).encode()), ("groundswell.replay.count", b"1")]
        assert list(second.headers) == [*first.headers, *told]


@pytest.mark.parametrize("at", ["unnoted", "noted"])
def test_a_replay_that_was_killed_and_repeated_loses_and_doubles_no_article(
    at: str, a_broker: BrokerUnderTest, settings_for: SettingsFor
) -> None:
    settings = settings_for(a_broker, publisher=EAGER, clusterer=STRICT)
    good = [article(number) for number in range(7)]
    with open_world(settings) as world:
        world.send([*good, b"{broken"])
        _take_all(world, settings, 8)
        killed = run("tests.support.killed_replay", at, "2", settings=settings)
        assert killed.returncode == -signal.SIGKILL, killed.stderr
        assert _records(world) == 8 + 4
        noted = 4 if at == "noted" else 2
        assert _replay(settings) == [f"replayed {8 - noted}", f"skipped {noted}: replayed before"]
        assert _replay(settings) == ["replayed 0", "skipped 8: replayed before"]
        _take_all(world, _mended(settings), _records(world))
        check_promises(world, article_ids(good))
        came_back = [each.reason.split(":")[0] for each in _letters(world)[8:]]
        # What isn't JSON has no id by which a second copy would be known: sent twice, it comes back twice.
        assert came_back in (["not JSON"], ["not JSON"] * 2)
        assert at == "unnoted" or len(came_back) == 1


def test_a_cut_letter_is_replayed_from_where_its_record_still_stands(
    a_broker: BrokerUnderTest, settings_for: SettingsFor
) -> None:
    settings = settings_for(a_broker, publisher=EAGER, clusterer=STRICT)
    large = article(1) + b" " * 9_000_000
    with open_world(settings) as world:
        with contextlib.closing(make_producer(settings.kafka, max_request_size=20_000_000)) as producer:
            producer.send(settings.kafka.topics.articles, key=b"k", value=large, headers=[("own", b"x")])
            producer.flush()
        _take_all(world, settings, 1)
        assert [set(each.cuts) for each in _letters(world)] == [{"value"}]
        assert _replay(settings) == ["replayed 1"]
        assert world.read(settings.kafka.topics.articles)[-1].value == large
        _take_all(world, _mended(settings), 2)
        check_promises(world, article_ids([article(1)]))


def _write(settings: Settings, letters: Iterable[DeadLetter]) -> None:
    with contextlib.closing(make_producer(settings.kafka)) as producer:
        for each in letters:
            key, value, headers = written(each, 40_000)
            producer.send(settings.kafka.topics.dead_letters, key=key, value=value, headers=headers)
        producer.flush()


def test_what_can_not_be_replayed_is_told_and_the_rest_is_sent(
    a_broker: BrokerUnderTest, settings_for: SettingsFor
) -> None:
    settings = settings_for(a_broker, publisher=EAGER)
    long = b"x" * 100_000
    articles = settings.kafka.topics.articles
    with open_world(settings) as world:
        world.send([b"another"])
        (standing,) = world.read(articles)
        stood = (articles, standing.partition, standing.offset)
        of_value, of_batch = Stage.VALUE_CONVERTER, Stage.KAFKA_CONSUME
        _write(
            settings,
            [
                DeadLetter("no-such-topic", 0, 0, None, long, (), of_value, "E", "gone with its topic"),
                DeadLetter(articles, 0, 999, None, long, (), of_value, "E", "gone"),
                DeadLetter(*stood, None, long, (), of_value, "E", "another stands there"),
                DeadLetter(articles, 0, 1, None, b"a batch", (), of_batch, "E", "offset 1 can't be read"),
                DeadLetter(articles, 0, 2, b"k", None, (), of_value, "E", "the record is a null"),
                DeadLetter(articles, 0, 3, b"k", b"{", (), of_value, "E", "not JSON"),
            ],
        )
        done = groundswell("dead-letters", "replay", settings=settings)
        assert done.stdout.splitlines() == [
            "replayed 1",
            "skipped 1: null",
            "left behind 1: unreadable",
            "left behind 3: cut, and the whole is gone",
        ]
        assert done.returncode == 1
        assert len(done.stderr.splitlines()) == 4, done.stderr
        assert sorted(each.value for each in world.read(articles)) == [b"another", b"{"]


def test_a_record_that_the_topic_is_too_small_for_is_told_and_holds_up_no_other(
    kafka_broker: BrokerUnderTest, settings_for: SettingsFor
) -> None:
    settings = settings_for(kafka_broker, publisher=EAGER)
    topics = settings.kafka.topics
    with open_world(settings) as world:
        noise = random.Random(11)
        values = [noise.randbytes(200_000), b"{1", noise.randbytes(40_000), b"{2", noise.randbytes(40_000)]
        world.send(values, key=b"k")
        _take_all(world, settings, 5)
        with contextlib.closing(make_admin(settings.kafka)) as admin:
            change = {"max.message.bytes": "100000"}
            admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topics.articles, change)])
        done = groundswell("dead-letters", "replay", settings=settings)
        assert done.stdout.splitlines() == ["replayed 4", "left behind 1: too large"], done.stderr
        assert done.returncode == 1
        assert sorted(each.value for each in world.read(topics.articles)[5:]) == sorted(values[1:])
        done = groundswell("dead-letters", "replay", settings=settings)
        assert done.stdout.splitlines() == ["replayed 0", "skipped 4: replayed before", "left behind 1: too large"]
