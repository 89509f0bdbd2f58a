"""The commands of operators, run as they type them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.domain.encoder.protocol import Encoder
from tests.conftest import SettingsFor
from tests.support.brokers import BrokerUnderTest
from tests.support.command_line import groundswell
from tests.support.drive import run_through
from tests.support.samples import article, sample_lines
from tests.support.world import open_world

EAGER = {"min_sources": 1, "interval_s": 0.0, "settle_s": 0.0}


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


def test_a_story_that_is_not_there_is_told_in_plain_words(
    embedded_broker: BrokerUnderTest, settings_for: SettingsFor
) -> None:
    answer = groundswell("stories", "show", "nobody", settings=settings_for(embedded_broker))
    assert answer.returncode == 2
    assert "no story 'nobody'" in answer.stderr
    assert "Traceback" not in answer.stderr


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
    "command", ["dead-letters", "demo", "evaluate", "produce", "consume", "topics", "stories", "schema"]
)
def test_every_command_explains_itself(command: str) -> None:
    answer = groundswell(command, "--help")
    assert answer.returncode == 0
    assert "Usage" in answer.stdout
