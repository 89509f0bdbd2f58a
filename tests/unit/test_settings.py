"""The settings: one documented file, environment over file over defaults, errors that name the place."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.settings import CONFIG_VARIABLE, Settings, SettingsError, load_settings

SHIPPED = Path(__file__).parents[2] / "configs" / "groundswell.yaml"


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CONFIG_VARIABLE, "")
    for name in ("GROUNDSWELL_LOG_LEVEL", "GROUNDSWELL_KAFKA__BOOTSTRAP_SERVERS", "GROUNDSWELL_REDIS__URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "groundswell.yaml"


def _leaves(values: dict[str, Any], prefix: str = "") -> Iterator[str]:
    for name, value in values.items():
        if isinstance(value, dict) and value:
            yield from _leaves(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}"


def test_the_shipped_file_loads_and_equals_the_defaults() -> None:
    assert load_settings(SHIPPED) == Settings.model_construct()


def test_the_shipped_file_holds_every_setting_with_a_comment() -> None:
    text = SHIPPED.read_text()
    assert set(_leaves(yaml.safe_load(text))) == set(_leaves(Settings().model_dump()))
    uncommented = [
        line
        for line in text.splitlines()
        if line.strip() and not line.startswith("#") and not line.rstrip().endswith(":") and "# " not in line
    ]
    assert not uncommented


def test_the_environment_wins_over_the_file_and_the_file_over_the_defaults(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text("redis: {edition: from-file}\npublisher: {min_sources: 3, shards: 4}\n")
    monkeypatch.setenv("GROUNDSWELL_PUBLISHER__MIN_SOURCES", "1")
    settings = load_settings(file)
    assert settings.publisher.min_sources == 1
    assert settings.publisher.shards == 4
    assert settings.redis.edition == "from-file"
    assert settings.publisher.interval_s == Settings.model_construct().publisher.interval_s


def test_a_file_counts_for_the_call_that_names_it_only(file: Path) -> None:
    file.write_text("log_level: debug\n")
    before = dict(os.environ)
    assert load_settings(file).log_level == "debug"
    assert load_settings().log_level == "info"
    assert dict(os.environ) == before


def test_the_environment_can_name_the_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text("log_level: debug\n")
    monkeypatch.setenv(CONFIG_VARIABLE, str(file))
    assert load_settings().log_level == "debug"


def test_kafka_options_pass_through_untouched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROUNDSWELL_KAFKA__CLIENT", '{"security_protocol": "SSL", "ssl_cafile": "ca.pem"}')
    assert load_settings().kafka.client == {"security_protocol": "SSL", "ssl_cafile": "ca.pem"}


@pytest.mark.parametrize(
    ("content", "place", "seen"),
    [
        ("publisher: {min_source: 2}", "publisher.min_source", "2"),
        ("publishers: {}", "publishers", "{}"),
        ("publisher: {min_sources: 0}", "publisher.min_sources", "0"),
        ("publisher: {min_sources: two}", "publisher.min_sources", "'two'"),
        ("kafka: {topics: {articles_partitions: -1}}", "kafka.topics.articles_partitions", "-1"),
        ("redis: {edition: 'Deutsch und Englisch'}", "redis.edition", "'Deutsch und Englisch'"),
        ("board: {port: 70000}", "board.port", "70000"),
        ("log_level: loud", "log_level", "'loud'"),
    ],
)
def test_a_bad_value_or_unknown_name_is_an_error_that_names_its_place(
    file: Path, content: str, place: str, seen: str
) -> None:
    file.write_text(content)
    with pytest.raises(SettingsError) as caught:
        load_settings(file)
    [line] = str(caught.value).splitlines()[1:]
    assert line.startswith(f"  {place}: ")
    assert line.endswith(f"(got {seen})")


def test_all_bad_values_are_named_at_once(file: Path) -> None:
    file.write_text("board: {port: -1, page_size: 0}\nlog_level: loud\n")
    with pytest.raises(SettingsError) as caught:
        load_settings(file)
    assert len(str(caught.value).splitlines()) == 4


def test_a_bad_value_in_the_environment_is_an_error_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROUNDSWELL_BOARD__PORT", "http")
    with pytest.raises(SettingsError, match=r"board\.port"):
        load_settings()


def test_a_file_that_does_not_exist_or_is_no_yaml_is_an_error(file: Path) -> None:
    with pytest.raises(SettingsError, match="does not exist"):
        load_settings(file)
    file.write_text("kafka: [unclosed")
    with pytest.raises(SettingsError, match="not valid YAML"):
        load_settings(file)


@pytest.mark.parametrize("content", ["- a list", "just text", "42"])
def test_a_file_that_is_no_table_is_an_error(file: Path, content: str) -> None:
    file.write_text(content)
    with pytest.raises(SettingsError):
        load_settings(file)


def test_an_empty_file_means_the_defaults(file: Path) -> None:
    file.write_text("# nothing changed\n")
    assert load_settings(file) == Settings.model_construct()


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("GROUNDSWELL_PUBLISHER__MIN_SOURCE", "2"),
        ("GROUNDSWELL_PUBLISHERS__MIN_SOURCES", "2"),
        ("GROUNDSWELL_KAFKA__CLIENT", "{not json"),
    ],
)
def test_a_misspelt_variable_is_an_error(monkeypatch: pytest.MonkeyPatch, variable: str, value: str) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError):
        load_settings()


def test_secrets_do_not_stand_in_an_error(file: Path) -> None:
    file.write_text("http: {token: [hunter2]}\nsummariser: {api_key: [hunter2]}\n")
    with pytest.raises(SettingsError) as caught:
        load_settings(file)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(("content", "told"), [
    ("? \n", "a section called None; names are text"),
    ("1: {}\n", "a section called 1; names are text"),
    ("kafka: 2001-99-99\n", "is not valid YAML: month must be in 1..12"),
    ("[" * 10_000, "is not valid YAML"),
])  # fmt: skip
def test_a_file_that_holds_no_settings_is_told_from_one_that_does(file: Path, content: str, told: str) -> None:
    file.write_text(content)
    with pytest.raises(SettingsError, match=told):
        load_settings(file)
