"""The sender of webhooks as a process, on a real Kafka: receivers and sender are killed and brought back."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from pipeline.adapters.kafka.clients import close_producer, make_admin, make_producer
from pipeline.adapters.kafka.topics import apply_topics
from pipeline.runtime.embedded import ManagedProcess
from pipeline.settings import Settings
from pipeline.testing.records import some_story
from tests.conftest import SettingsFor
from tests.support.brokers import BrokerUnderTest
from tests.support.command_line import groundswell
from tests.support.hook import Hook, running
from tests.support.settings import settings_env
from tests.support.waiting import eventually
from tests.unit.webhooks.desk import SECRET

STORIES = 25
COMMAND = (sys.executable, "-m", "pipeline.runtime.cli.main", "consume", "webhooks")


def publish(settings: Settings, revisions: Sequence[int]) -> list[tuple[str, int]]:
    """These revisions of each story. Returns what stands on the topic now."""
    producer, told = make_producer(settings.kafka), []
    for revision in revisions:
        for number in range(STORIES):
            record = some_story(number, members=3, revision=revision)
            key, value = record.story_id.encode(), record.model_dump_json().encode()
            producer.send(settings.kafka.topics.stories, key=key, value=value)
            told.append((record.story_id, revision))
    producer.flush()
    close_producer(producer, 5)
    return told


def got(*hooks: Hook) -> list[tuple[str, int]]:
    records = [json.loads(body)["data"] for hook in hooks for _, body in hook.got]
    return [(each["story_id"], each["revision"]) for each in records]


def firsts_are_in_order(events: Sequence[tuple[str, int]]) -> bool:
    """Of each story, leaving out repetitions."""
    seen: dict[str, list[int]] = {}
    for story_id, revision in dict.fromkeys(events):
        seen.setdefault(story_id, []).append(revision)
    return all(revisions == sorted(revisions) for revisions in seen.values())


def test_a_receiver_that_is_killed_misses_nothing_and_repeats_nothing_that_it_can_not_recognise(
    kafka_broker: BrokerUnderTest, settings_for: SettingsFor, tmp_path: Path
) -> None:
    desk, other = Hook(), Hook()
    urls = {"desk": desk.url, "other": other.url, "dead": "http://127.0.0.1:9/"}
    hooks = {
        "subscriptions": [{"name": name, "url": url, "secret": SECRET} for name, url in urls.items()],
        "group": tmp_path.name,
        "max_retry_s": 0.5,
        "retry_s": 0.1,
        "max_waiting": 10,
        "dead_letters": str(tmp_path / "dead.jsonl"),
        "allow_addresses": ["127.0.0.0/8"],
    }
    settings = settings_for(kafka_broker, webhooks=hooks)
    with contextlib.closing(make_admin(settings.kafka)) as admin:
        apply_topics(admin, settings.kafka)
    root = Path(__file__).parents[2]

    def sender() -> ManagedProcess:
        return ManagedProcess("webhooks", COMMAND, log=tmp_path / "log", env=settings_env(settings), cwd=root)

    told = publish(settings, (1, 2))
    desk.mute_from = STORIES  # it dies in the middle: some events it has taken in and not answered for
    with running(other):
        with running(desk), sender() as first:
            eventually(lambda: len(desk.got) > STORIES + 3, what="events at the desk")
            first.kill()
        with sender():
            told += publish(settings, (3,))
            eventually(lambda: set(got(other)) == set(told), what="the other receiver")
            assert set(got(desk)) < set(told)
            with running(Hook(desk.server_port)) as back:
                eventually(lambda: set(got(desk, back)) == set(told), what="the desk that is back")
                told += publish(settings, (4,))
                eventually(lambda: set(got(desk, back)) == set(told) == set(got(other)), what="all of it")
    assert firsts_are_in_order(got(desk, back))
    assert firsts_are_in_order(got(other))
    bodies = {(headers["webhook-id"], body) for headers, body in (*desk.got, *back.got)}
    assert len(bodies) == len(told)  # what came twice came with its own id, to the letter
    assert not (tmp_path / "dead.jsonl").exists()


def test_events_that_were_given_up_are_sent_again_by_a_command_that_may_be_repeated(
    kafka_broker: BrokerUnderTest, settings_for: SettingsFor, tmp_path: Path
) -> None:
    desk, dead = Hook(), tmp_path / "dead.jsonl"
    desk.status = 410
    hooks = {
        "subscriptions": [{"name": "desk", "url": desk.url, "secret": SECRET}],
        "group": tmp_path.name,
        "retry_s": 0.1,
        "dead_after_s": 0.1,
        "dead_letters": str(dead),
        "allow_addresses": ["127.0.0.0/8"],
    }
    settings = settings_for(kafka_broker, webhooks=hooks)
    with contextlib.closing(make_admin(settings.kafka)) as admin:
        apply_topics(admin, settings.kafka)
    told = publish(settings, (1,))
    with running(desk):
        env, root = settings_env(settings), Path(__file__).parents[2]
        with ManagedProcess("webhooks", COMMAND, log=tmp_path / "log", env=env, cwd=root):
            eventually(lambda: dead.exists() and dead.read_bytes().count(b"\n") == STORIES, what="letters")
        desk.got.clear()
        refused = groundswell("webhooks", "dead-letters", "replay", settings=settings)
        assert (refused.returncode, refused.stdout) == (1, f"replayed 0\nlacking {STORIES}: refused again\n")
        assert "HTTP 410" in refused.stderr
        desk.status = 200
        desk.got.clear()
        for option, said in (("--dry-run", f"would replay {STORIES}"), ("--since=1h", f"replayed {STORIES}")):
            done = groundswell("webhooks", "dead-letters", "replay", option, settings=settings)
            assert (done.returncode, done.stdout) == (0, f"{said}\n"), done.stderr
        again = groundswell("webhooks", "dead-letters", "replay", settings=settings)
        assert again.stdout == f"replayed 0\nskipped {STORIES}: replayed before\n"
    assert sorted(got(desk)) == sorted(told), "each once"
    assert waiting(settings) == []


def waiting(settings: Settings) -> list[str]:
    """Names of events that were given up and not sent again since."""
    listed = groundswell("webhooks", "dead-letters", "list", "--json", settings=settings)
    assert listed.returncode == 0, listed.stderr
    rows = [json.loads(line) for line in listed.stdout.splitlines()]
    return [each["webhook_id"] for each in rows if each["replayed_at"] is None]
