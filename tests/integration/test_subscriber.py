"""The subscriber on real brokers, reading what a transactional producer wrote as the publisher does."""

from __future__ import annotations

import contextlib
import random
import re
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from kafka import KafkaProducer

from groundswell import ConnectError, Subscriber
from groundswell.record import StoryRecord
from pipeline.adapters.kafka.clients import make_admin, make_producer
from pipeline.adapters.kafka.envelope import EventType, cloud_event
from pipeline.adapters.kafka.topics import apply_topics
from pipeline.quality.contract import story_schema
from pipeline.settings import KafkaSettings
from tests.conftest import SettingsFor
from tests.support.brokers import BrokerUnderTest
from tests.support.waiting import eventually
from tests.unit.client.helpers import merged, seen, story, value_of

DOCS = Path(__file__).parents[2] / "docs" / "contract.md"


@dataclass(frozen=True)
class Desk:
    """A topic of stories, and the publisher's end of it."""

    kafka: KafkaSettings
    producer: KafkaProducer

    @property
    def topic(self) -> str:
        return self.kafka.topics.stories

    def publish(self, records: Iterable[StoryRecord]) -> None:
        """All in one transaction."""
        self.producer.begin_transaction()
        for record in records:
            self._send(record.story_id, value_of(record), record)
        self.producer.commit_transaction()

    def publish_bytes(self, *values: bytes | None) -> None:
        self.producer.begin_transaction()
        for value in values:
            self.producer.send(self.topic, key=b"gone", value=value)
        self.producer.commit_transaction()

    def abort(self, record: StoryRecord) -> None:
        """A transaction that a publisher did not live to commit."""
        self.producer.begin_transaction()
        self._send(record.story_id, value_of(record), record)
        self.producer.flush()
        self.producer.abort_transaction()

    def _send(self, story_id: str, value: bytes, record: StoryRecord) -> None:
        headers = cloud_event(f"{story_id}:{record.revision}", EventType.STORY, "/test", record.updated_at)
        self.producer.send(self.topic, key=story_id.encode(), value=value, headers=headers)


def open_desk(kafka: KafkaSettings, **topic_configs: str) -> Desk:
    with contextlib.closing(make_admin(kafka)) as admin:
        if topic_configs:
            shape = {"num_partitions": kafka.topics.stories_partitions, "replication_factor": 1}
            admin.create_topics(
                {kafka.topics.stories: {**shape, "configs": topic_configs}}, wait_for_metadata=True
            )
        else:
            apply_topics(admin, kafka)
    producer = make_producer(kafka, transactional_id=f"tx-{kafka.topics.stories}", retry_backoff_ms=10)
    producer.init_transactions()
    return Desk(kafka, producer)


@pytest.fixture
def desk(broker: BrokerUnderTest, settings_for: SettingsFor) -> Iterator[Desk]:
    desk = open_desk(settings_for(broker).kafka)
    yield desk
    desk.producer.close(timeout=2)


@pytest.fixture
def kafka_settings(kafka_broker: BrokerUnderTest, settings_for: SettingsFor) -> KafkaSettings:
    return settings_for(kafka_broker).kafka


def growth(stories: int, revisions: int, seed: int = 1) -> list[StoryRecord]:
    """Stories that grow side by side, their revisions with gaps."""
    rng, clock, records = random.Random(seed), 1_755_000_000_000, []
    for _ in range(revisions):
        for number in rng.sample(range(stories), stories):
            clock += rng.randrange(1, 5_000)
            records.append(story(f"story-{number:03}", clock))
    return records


def last_of(records: Iterable[StoryRecord]) -> dict[str, StoryRecord]:
    return {record.story_id: record for record in records}


def test_the_whole_topic_is_read_in_order_and_ends_when_caught_up(desk: Desk) -> None:
    published = growth(stories=20, revisions=15)
    for start in range(0, len(published), 60):
        desk.publish(published[start : start + 60])
    for _ in range(2):  # each start reads it all
        with Subscriber(desk.kafka.connection, desk.topic, follow=False) as stories:
            read = list(stories)
            assert stories.caught_up
            assert stories.lag == 0
        assert sorted(seen(read)) == sorted(seen(published))
        assert last_of(read) == last_of(published)
        revisions: dict[str, int] = {}
        for record in read:
            assert record.revision > revisions.get(record.story_id, 0), "non-monotonic read"
            revisions[record.story_id] = record.revision


def test_an_empty_topic_is_caught_up_with_and_then_followed(desk: Desk) -> None:
    stories = Subscriber(desk.kafka.connection, desk.topic)
    with ThreadPoolExecutor(1) as pool:
        read = pool.submit(lambda: seen(list(stories)))
        assert stories.wait_caught_up(20)
        desk.publish([story("a", 1), story("b", 2)])
        desk.publish([story("a", 1), story("a", 3)])
        eventually(lambda: stories.counts.delivered == 3)
        stories.stop()
        assert sorted(read.result(10)) == [("a", 1), ("a", 3), ("b", 2)]
    assert stories.counts.stale == 1
    stories.close()


def test_merges_are_followed_and_what_can_not_be_used_is_skipped(desk: Desk) -> None:
    desk.publish([story("small", 1), story("large", 2), story("tiny", 3)])
    desk.publish([merged("tiny", 4, "small"), story("small", 4, absorbed=["tiny"])])
    desk.publish([merged("small", 5, "large"), story("large", 5, absorbed=["small", "tiny"])])
    desk.publish_bytes(b"no json", None, value_of(story("new", 9), schema_version=2))
    desk.publish_bytes(value_of(story("added-to", 6), a_field_of_version_1_7={"x": [1]}))
    with Subscriber(desk.kafka.connection, desk.topic, follow=False) as stories:
        last = last_of(stories)
        assert {each: record.merged_into for each, record in last.items()} == {
            "small": "large", "large": None, "tiny": "small", "added-to": None
        }  # fmt: skip
        assert [stories.resolve(each) for each in ("tiny", "small", "large")] == ["large"] * 3
        counts = stories.counts
    assert (counts.malformed, counts.newer, counts.removed) == (1, 1, 1)


def test_records_on_the_topic_are_valid_by_the_published_schema(desk: Desk) -> None:
    desk.publish(growth(stories=3, revisions=2))
    check = Draft202012Validator(story_schema(), format_checker=FormatChecker())
    with Subscriber(desk.kafka.connection, desk.topic, follow=False) as stories:
        for record in stories:
            check.validate(record.model_dump(mode="json"))


CHILD = """
import sys
from pipeline.settings import KafkaSettings
from groundswell import Subscriber
kafka = KafkaSettings.model_validate_json(sys.argv[1])
for story in Subscriber(kafka.connection, kafka.topics.stories, group=sys.argv[2]):
    print(story.story_id, story.revision, flush=True)
"""


@contextlib.contextmanager
def another_process(code: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Python code in a process of its own, killed at the end if not before."""
    process = subprocess.Popen([sys.executable, "-u", "-c", code, *arguments], stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.crash
def test_after_a_kill_the_group_goes_on_where_it_was_and_loses_nothing(desk: Desk) -> None:
    published = growth(stories=10, revisions=50)
    desk.publish(published)
    group = f"group-{desk.topic}"
    with another_process(CHILD, desk.kafka.model_dump_json(), group) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline().split() for _ in range(250)]
        process.send_signal(signal.SIGKILL)
        lines += [line.split() for line in process.stdout if len(line.split()) == 2]
    before = [(story_id, int(revision)) for story_id, revision in lines]
    with Subscriber(desk.kafka.connection, desk.topic, group=group, follow=False) as stories:
        after = seen(list(stories))
    assert {*before, *after} == set(seen(published)), "lost: it was committed before it was dealt with"
    again = Counter([*before, *after]).total() - len(published)
    assert again <= 100, f"{again} came again: more than one batch was not committed"


def test_a_member_that_leaves_hands_its_share_over_without_loss_or_repetition(desk: Desk) -> None:
    first_half, second_half = growth(stories=12, revisions=20)[:120], growth(stories=12, revisions=20)[120:]
    group = f"group-{desk.topic}"
    # Who leaves says so: no member is to be taken for dead because others take the processors.
    connection = replace(desk.kafka.connection, session_timeout_ms=20_000)
    staying, leaving = (Subscriber(connection, desk.topic, group=group) for _ in range(2))

    def run(subscriber: Subscriber) -> list[tuple[str, int]]:
        with subscriber:
            return seen(list(subscriber))

    with ThreadPoolExecutor(2) as pool:
        threads = [pool.submit(run, each) for each in (staying, leaving)]
        try:
            assert all(each.wait_caught_up(60) for each in (staying, leaving))
            desk.publish(first_half)
            eventually(lambda: staying.counts.delivered + leaving.counts.delivered == len(first_half))
            leaving.stop()
            threads[1].result(20)
            desk.publish(second_half)
            eventually(lambda: staying.counts.delivered + leaving.counts.delivered == 240, timeout_s=60)
        finally:
            staying.stop()
            leaving.stop()
    assert sorted(threads[0].result() + threads[1].result()) == sorted(seen(first_half + second_half))


def test_a_group_that_commits_by_itself_gets_again_what_it_did_not_commit(desk: Desk) -> None:
    published = growth(stories=1, revisions=9)
    desk.publish(published)
    group = f"group-{desk.topic}"
    with Subscriber(desk.kafka.connection, desk.topic, group=group, auto_commit=False) as stories:
        first = [next(stories) for _ in range(4)]
        stories.commit()
        second = [next(stories) for _ in range(3)]
    assert [*first, *second] == published[:7]
    with Subscriber(desk.kafka.connection, desk.topic, group=group, auto_commit=False, follow=False) as stories:
        assert list(stories) == published[4:]


def test_a_topic_that_comes_later_is_waited_for(broker: BrokerUnderTest, settings_for: SettingsFor) -> None:
    kafka = settings_for(broker).kafka
    with pytest.raises(ConnectError, match="does not exist: create it with `groundswell topics apply`"):
        next(Subscriber(kafka.connection, kafka.topics.stories, connect_timeout_s=0.1))
    stories = Subscriber(kafka.connection, kafka.topics.stories, connect_timeout_s=None)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(next, stories)
        desk = open_desk(kafka)
        desk.publish([story("a", 1)])
        assert first.result(30).story_id == "a"
    stories.close()
    desk.producer.close(timeout=2)


def test_no_broker_is_a_named_error_after_the_time_out() -> None:
    with (
        pytest.raises(ConnectError, match=r"no stories from 127\.0\.0\.1:9"),
        Subscriber("127.0.0.1:9", connect_timeout_s=0.1) as stories,
    ):
        next(stories)


def test_a_compacted_topic_still_gives_the_last_record_of_every_story(kafka_settings: KafkaSettings) -> None:
    desk = open_desk(
        kafka_settings, **{
            "cleanup.policy": "compact", "segment.ms": "500", "min.cleanable.dirty.ratio": "0.01",
            "max.compaction.lag.ms": "500",
        }
    )  # fmt: skip
    published = growth(stories=8, revisions=25)
    published += [merged("story-007", 1_900_000_000_000, "story-001")]
    desk.publish(published)
    fillers = iter(range(1, 10_000))

    def compacted() -> list[StoryRecord]:
        # A segment is closed, and so can be compacted, only when a later record comes.
        desk.publish(story(f"filler-{each}", next(fillers)) for each in range(8))
        with Subscriber(kafka_settings.connection, desk.topic, follow=False) as stories:
            read = [record for record in stories if not record.story_id.startswith("filler")]
            assert stories.resolve("story-007") == "story-001"
        assert last_of(read) == last_of(published)
        return read if len(read) == 8 else []

    read = eventually(compacted, timeout_s=90, pause_s=1)
    assert sorted(seen(read)) == sorted(seen(list(last_of(published).values())))
    desk.producer.close(timeout=2)


def test_an_aborted_transaction_is_neither_seen_nor_in_the_way(kafka_settings: KafkaSettings) -> None:
    """On Kafka only: the embedded broker shows aborted records (tests/integration/test_brokers.py)."""
    desk = open_desk(kafka_settings)
    desk.publish([story("a", 1)])
    for revision in (2, 3):
        desk.abort(story("a", revision))
    for group in (None, f"group-{desk.topic}"):
        with Subscriber(kafka_settings.connection, desk.topic, group=group, follow=False) as stories:
            assert seen(list(stories)) == [("a", 1)]
    desk.producer.close(timeout=2)


def programs() -> list[str]:
    """Two that read stories, and one that tests what reads them."""
    return re.findall(r"```python\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)


def test_the_programs_in_the_documentation_run_as_they_stand(desk: Desk) -> None:
    desk.publish([story("a", 1, title="A bridge is closed"), merged("b", 2, "a")])
    *reading, _testing = programs()
    assert len(reading) == 2
    for program in reading:
        here = program.replace("127.0.0.1:9092", desk.kafka.bootstrap_servers)
        here = here.replace('"stories"', repr(desk.topic))
        here = here.replace('Subscriber("', f'Subscriber(topic="{desk.topic}", bootstrap_servers="')
        with another_process(here) as process:
            told = first_lines(process, 2, enough="A bridge is closed")
        assert "A bridge is closed (2 " in told, program
    assert len(reading[0].strip().splitlines()) == 10


def test_the_documented_test_of_a_subscriber_passes() -> None:
    *_reading, testing = programs()
    subprocess.run([sys.executable, "-c", testing], check=True, timeout=60)


def first_lines(process: subprocess.Popen[str], count: int, enough: str) -> str:
    """What the process printed, once it holds `enough` and so many lines."""
    told: list[str] = []

    def read() -> None:
        assert process.stdout is not None
        told.extend(iter(process.stdout.readline, ""))

    thread: Any = threading.Thread(target=read, daemon=True)
    thread.start()
    eventually(lambda: len(told) >= count and any(enough in line for line in told), what=f"{told}")
    return "".join(told)
