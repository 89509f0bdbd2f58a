"""The commands of operators, run as they type them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from groundswell.record import StoryRecord
from pipeline.domain.encoder.protocol import Encoder
from pipeline.runtime.version import installed_version
from pipeline.settings import RedisSettings, Settings
from tests.conftest import SettingsFor
from tests.support.brokers import BrokerUnderTest
from tests.support.command_line import groundswell
from tests.support.drive import run_through
from tests.support.roles import ROOT
from tests.support.samples import article, sample_lines
from tests.support.settings import settings_env, unique_settings
from tests.support.world import open_world

EAGER = {"min_sources": 1, "interval_s": 0.0, "settle_s": 0.0}
ONLY_ONES = {"coast.example": "ferry", "vote.example": "election"}
"""Outlets with one article, and what that is about."""


def test_stories_are_listed_and_shown_with_how_they_grew(
    embedded_broker: BrokerUnderTest, settings_for: SettingsFor, encoder: Encoder
) -> None:
    settings = settings_for(embedded_broker, publisher=EAGER)
    with open_world(settings) as world:
        for number in range(3):
            world.send([article(number, f"outlet{number}.example")])
            run_through(settings, world, encoder, number + 1)
        (story_id,) = world.stories.live_ids()
        listed = groundswell("stories", "list", settings=settings)
        assert story_id in listed.stdout
        assert "3 articles" in listed.stdout
        shown = json.loads(groundswell("stories", "show", story_id, settings=settings).stdout)
        assert (shown["story_id"], shown["article_count"], shown["source_count"]) == (story_id, 3, 3)
        history = groundswell("stories", "show", story_id, "--history", settings=settings)
        grown = [json.loads(line) for line in history.stdout.splitlines()]
        assert [each["article_count"] for each in grown] == [1, 2, 3]
        assert grown[0]["reasons"] == ["opened"]
        assert grown[2]["reasons"] == ["coverage"]


@pytest.fixture(scope="module")
def three_stories(
    embedded_broker: BrokerUnderTest, redis_url: str, encoder: Encoder
) -> Iterator[tuple[Settings, dict[str, str]]]:
    """A large old story, a small new one and one in another language; their ids by name."""
    bridge = [article(number, f"outlet{number}.example") for number in range(3)]
    ferry = article(
        1, "coast.example", url="https://coast.example/ferry",
        title="Überfahrt nach Borkum: Fähre läuft auf Grund",
        text="Die Fähre lief am Freitag im Hafen auf Grund. Niemand wurde verletzt.", language="de",
        published_at="2025-03-05T10:00:00Z",
    )  # fmt: skip
    election = article(
        1, "vote.example", url="https://vote.example/ballots",
        title="Ballots recounted after mayor wins by two votes",
        text="Officials in Weststadt count all ballots again.", published_at="2025-03-04T10:00:00Z",
    )  # fmt: skip
    settings = unique_settings(embedded_broker, redis_url, publisher=EAGER)
    with open_world(settings) as world:
        world.send([*bridge, ferry, election])
        run_through(settings, world, encoder, 5)
        names = {}
        for story_id in world.stories.live_ids():
            snapshot = world.stories.snapshot(story_id)
            assert snapshot is not None
            source = next(iter(snapshot.articles)).source
            names[story_id] = ONLY_ONES.get(str(source), "bridge")
        assert sorted(names.values()) == ["bridge", "election", "ferry"]
        yield settings, names


@pytest.mark.parametrize(("options", "expected"), [
    ((), ["ferry", "election", "bridge"]),
    (("--order", "time"), ["ferry", "election", "bridge"]),
    (("--order", "size"), ["bridge", "ferry", "election"]),
    (("--order", "size", "--limit", "1"), ["bridge"]),
    (("--limit", "2"), ["ferry", "election"]),
    (("--query", "uberf FAHRE"), ["ferry"]),
    (("--query", "weststadt"), ["election"]),
    (("--query", "outlet2.example"), ["bridge"]),
    (("--query", "ridge"), []),
    (("--query", "ferry weststadt"), []),
])  # fmt: skip
def test_stories_are_listed_in_order_and_by_words(
    three_stories: tuple[Settings, dict[str, str]], options: tuple[str, ...], expected: list[str]
) -> None:
    settings, names = three_stories
    listed = groundswell("stories", "list", *options, settings=settings)
    assert listed.returncode == 0, listed.stderr
    assert [names[line.split()[0]] for line in listed.stdout.splitlines()] == expected
    assert listed.stderr == ""
    as_json = groundswell("stories", "list", "--json", *options, settings=settings)
    records = [StoryRecord.model_validate_json(line) for line in as_json.stdout.splitlines()]
    assert [names[record.story_id] for record in records] == expected
    assert as_json.stderr == ""


@pytest.mark.parametrize("option", [("--limit", "0"), ("--order", "title")])
def test_a_list_that_can_not_be_made_is_refused(option: tuple[str, str]) -> None:
    assert groundswell("stories", "list", *option).returncode == 2


def test_the_version_is_printed() -> None:
    answer = groundswell("--version")
    assert (answer.returncode, answer.stdout) == (0, f"groundswell {installed_version()}\n")


def test_a_variable_with_one_underscore_is_refused_with_the_right_name() -> None:
    environment = {**settings_env(Settings()), "GROUNDSWELL_REDIS_URL": "redis://:hunter2@redis:6379/0"}
    answer = subprocess.run(
        [sys.executable, "-m", "pipeline.runtime.cli.main", "stories", "list"],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=200,
    )  # fmt: skip
    assert answer.returncode == 2
    assert answer.stderr.splitlines() == [
        "groundswell: settings can't be used:",
        "  GROUNDSWELL_REDIS_URL: there is no such setting; did you mean GROUNDSWELL_REDIS__URL?",
    ]


def test_an_address_of_redis_without_a_scheme_is_told_in_plain_words() -> None:
    redis = RedisSettings.model_construct(url="127.0.0.1:6379")
    answer = groundswell("stories", "list", settings=Settings().model_copy(update={"redis": redis}))
    assert answer.returncode == 2
    assert "Traceback" not in answer.stderr
    assert "redis.url" in answer.stderr
    assert "must be redis://HOST:PORT/0" in answer.stderr


@pytest.mark.parametrize(("content", "code", "told"), [
    (b'{"title":"One"}\n{"title":"Two",,}\n', 0, "articles.json:2:16: not JSON: unexpected character"),
    (b'[\n{"title":"One"},\n{"text":"short"}]', 0, "articles.json:3: title: missing"),
    (b'[{"title":"One"}', 2, "articles.json:1:17: the array ends too early"),
    (b"headline;text\nOne;Two\n", 2, "articles.json:1:1: not JSON: unexpected character"),
])  # fmt: skip
def test_a_replay_says_what_is_no_article_and_where(
    embedded_broker: BrokerUnderTest,
    settings_for: SettingsFor,
    tmp_path: Path,
    content: bytes,
    code: int,
    told: str,
) -> None:
    file = tmp_path / "articles.json"
    file.write_bytes(content)
    settings = settings_for(embedded_broker)
    with open_world(settings):
        answer = groundswell("produce", "replay", str(file), settings=settings)
    assert answer.returncode == code
    plain = [line for line in answer.stderr.splitlines() if not line.startswith("{")]  # without the log
    assert any(told in line for line in plain), answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_story_that_is_not_there_is_told_in_plain_words(
    embedded_broker: BrokerUnderTest, settings_for: SettingsFor
) -> None:
    settings = settings_for(embedded_broker)
    with open_world(settings) as world:
        world.positions.start("articles", {0: 0})
    answer = groundswell("stories", "show", "nobody", settings=settings)
    assert answer.returncode == 2
    assert "no story 'nobody'" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_an_edition_that_is_not_there_is_told_instead_of_an_empty_list(
    embedded_broker: BrokerUnderTest, settings_for: SettingsFor
) -> None:
    settings = settings_for(embedded_broker)
    answer = groundswell("stories", "list", settings=settings)
    assert answer.returncode == 2
    assert answer.stderr.startswith(f"groundswell: there is no edition {settings.redis.edition} in this database")
    assert answer.stderr.count("\n") == 1


def test_what_an_edition_is_can_be_shown_and_changed(broker: BrokerUnderTest, settings_for: SettingsFor) -> None:
    settings = settings_for(broker)
    with open_world(settings):
        first = groundswell("edition", "apply", settings=settings)
        assert "shards: nothing -> 2\n" in first.stdout, first.stderr
        assert groundswell("edition", "apply", settings=settings).stdout == "nothing to change\n"
        more = settings.model_copy(update={"publisher": settings.publisher.model_copy(update={"shards": 3})})
        assert groundswell("edition", "apply", settings=more).stdout == "shards: 2 -> 3\nchanged\n"
        shown = json.loads(groundswell("edition", "show", settings=settings).stdout)
        assert (shown["shards"], shown["group"]) == ("3", settings.kafka.group)
        refused = groundswell("consume", "publisher", settings=settings)
        assert refused.returncode == 2
        assert "has 3 for publisher.shards, this process has 2: " in refused.stderr.splitlines()[-1]


def test_topics_are_created_and_a_second_time_left_in_place(
    broker: BrokerUnderTest, settings_for: SettingsFor
) -> None:
    settings = settings_for(broker)
    first = groundswell("topics", "apply", settings=settings)
    second = groundswell("topics", "apply", settings=settings)
    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    assert first.stdout.count("created") == 3
    assert "created" not in second.stdout


def test_a_topic_with_another_number_of_partitions_is_an_error_that_says_so(
    broker: BrokerUnderTest, settings_for: SettingsFor
) -> None:
    settings = settings_for(broker)
    groundswell("topics", "apply", settings=settings)
    topics = settings.kafka.topics.model_copy(update={"articles_partitions": 7})
    changed = settings.model_copy(update={"kafka": settings.kafka.model_copy(update={"topics": topics})})
    answer = groundswell("topics", "apply", settings=changed)
    assert answer.returncode == 2
    assert "has 4 partitions, the settings say 7" in answer.stderr


def test_evaluate_prints_the_figures_and_writes_the_story_of_every_article(tmp_path: Path) -> None:
    file, out = tmp_path / "labelled.jsonl", tmp_path / "assignments.jsonl"
    lines = sample_lines()[:60]
    file.write_bytes(b"\n".join(lines))
    answer = groundswell("evaluate", str(file), "--json", "--errors", "--assignments", str(out))
    assert answer.returncode == 0, answer.stderr
    report = json.loads(answer.stdout)  # one document, with everything that was asked for
    figures = report["files"][str(file)]
    assert figures["articles"] == 60
    assert {"events", "stories", "b3", "ami", "ari", "singleton_ratio", "largest_share",
            "stories_per_event", "id_churn_per_1000", "late_merges_per_1000", "late_splits_per_1000",
            "ms_per_article"} <= set(figures)  # fmt: skip
    assert 0.5 < report["macro_mean"]["f1"] <= 1
    kinds = {"large_event", "language", "look_alike", "column", "boilerplate", "other"}
    assert set(figures["errors"]) == set(report["errors"]) == kinds
    assigned = [json.loads(line) for line in out.read_text().splitlines()]
    assert [each["id"] for each in assigned] == [json.loads(line)["url"] for line in lines]


def test_a_file_without_labels_can_not_be_evaluated(tmp_path: Path) -> None:
    file = tmp_path / "unlabelled.jsonl"
    file.write_bytes(article(1))
    answer = groundswell("evaluate", str(file))
    assert answer.returncode == 2
    assert "no labels" in answer.stderr


@pytest.mark.parametrize(
    "command",
    [
        "dead-letters",
        "demo",
        "doctor",
        "evaluate",
        "produce",
        "consume",
        "topics",
        "stories",
        "edition",
        "rebuild",
        "schema",
    ],
)
def test_every_command_explains_itself(command: str) -> None:
    answer = groundswell(command, "--help")
    assert answer.returncode == 0
    assert "Usage" in answer.stdout
