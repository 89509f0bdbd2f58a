"""The settings: one documented file, environment over file over defaults, errors that name the place."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.adapters.store.client import make_redis
from pipeline.mendable import MendableError
from pipeline.setting_errors import SettingsError
from pipeline.settings import CONFIG_VARIABLE, RedisSettings, Settings, load_settings

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


def told(file: Path | None = None) -> list[str]:
    """The lines of the error that these settings give, without the first."""
    with pytest.raises(SettingsError) as caught:
        load_settings(file)
    first, *lines = str(caught.value).splitlines()
    assert first == "settings can't be used:"
    return [line.strip() for line in lines]


@pytest.mark.parametrize(("content", "meant"), [
    ("publisher: {min_source: 2}", "publisher.min_sources"),
    ("publishers: {min_sources: 2}", "publisher"),
    ("min_sources: 2", "publisher.min_sources"),
    ("kafka: {topics: {article_partitions: 2}}", "kafka.topics.articles_partitions"),
    ("redis: {urls: x}", "redis.url"),
])  # fmt: skip
def test_an_unknown_name_is_told_with_the_nearest_known_one(file: Path, content: str, meant: str) -> None:
    file.write_text(content)
    (line,) = told(file)
    assert f": there is no such setting; did you mean {meant}? (got " in line


def test_a_variable_in_a_section_that_is_none_is_named_and_its_value_is_called_what_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GROUNDSWELL_KAFKA__TOPIC__ARTICLES", "news")
    monkeypatch.setenv("GROUNDSWELL_PUBLISHER__SHARD", "many")
    assert sorted(told()) == [
        "kafka.topic (GROUNDSWELL_KAFKA__TOPIC__ARTICLES): there is no such setting; did you mean kafka.topics? "
        "(got a table)",
        "publisher.shard (GROUNDSWELL_PUBLISHER__SHARD): there is no such setting; did you mean "
        "GROUNDSWELL_PUBLISHER__SHARDS? (got text)",
    ]


def test_a_name_that_is_like_no_other_is_told_where_all_stand(file: Path) -> None:
    file.write_text("zzz: 1\n")
    assert told(file) == ["zzz: there is no such setting; configs/groundswell.yaml has all that there are (got 1)"]


@pytest.mark.parametrize(("variable", "meant"), [
    ("GROUNDSWELL_REDIS_URL", "GROUNDSWELL_REDIS__URL"),
    ("groundswell_redis_url", "GROUNDSWELL_REDIS__URL"),
    ("GROUNDSWELL_KAFKA_BOOTSTRAP_SERVERS", "GROUNDSWELL_KAFKA__BOOTSTRAP_SERVERS"),
    ("GROUNDSWELL_KAFKA_TOPICS_STORIES", "GROUNDSWELL_KAFKA__TOPICS__STORIES"),
    ("GROUNDSWELL_KAFKA_TOPICS", "GROUNDSWELL_KAFKA__TOPICS"),
    ("GROUNDSWELL_HTTP_TOKENS", "GROUNDSWELL_HTTP__TOKEN"),
    ("GROUNDSWELL_LOGLEVEL", "GROUNDSWELL_LOG_LEVEL"),
    ("GROUNDSWELL_LOG__LEVEL", "GROUNDSWELL_LOG_LEVEL"),
    ("GROUNDSWELL_REDISS__URL", "GROUNDSWELL_REDIS__URL"),
    ("GROUNDSWELL_REDIS__URLS", "GROUNDSWELL_REDIS__URL"),
])  # fmt: skip
def test_a_variable_that_was_meant_as_a_setting_is_told_with_the_right_name(
    monkeypatch: pytest.MonkeyPatch, variable: str, meant: str
) -> None:
    monkeypatch.setenv(variable, "redis://:hunter2@redis:6379/0")
    (line,) = told()
    assert variable in line
    assert f"did you mean {meant}?" in line
    assert "hunter2" not in line


OF_OTHERS = {
    # What Kubernetes sets for services called groundswell, groundswell-http and groundswell-board.
    "GROUNDSWELL_SERVICE_HOST": "10.0.0.7",
    "GROUNDSWELL_SERVICE_PORT": "8080",
    "GROUNDSWELL_SERVICE_PORT_BOARD": "8080",
    "GROUNDSWELL_PORT": "tcp://10.0.0.7:8080",
    "GROUNDSWELL_PORT_8080_TCP": "tcp://10.0.0.7:8080",
    "GROUNDSWELL_PORT_8080_TCP_PROTO": "tcp",
    "GROUNDSWELL_PORT_8080_TCP_PORT": "8080",
    "GROUNDSWELL_PORT_8080_TCP_ADDR": "10.0.0.7",
    "GROUNDSWELL_HTTP_SERVICE_HOST": "10.0.0.8",
    "GROUNDSWELL_HTTP_SERVICE_PORT": "8090",
    "GROUNDSWELL_HTTP_PORT": "tcp://10.0.0.8:8090",
    "GROUNDSWELL_BOARD_PORT": "udp://10.0.0.9:8080",
    "GROUNDSWELL_BOARD_PORT_8080_TCP_PORT": "8080",
    # Our own that are no settings.
    "GROUNDSWELL_CACHE": "/var/cache",
    "GROUNDSWELL_DATA": "/data",
    "GROUNDSWELL_REDIS_BIN": "/usr/bin/redis-server",
    "GROUNDSWELL_BROKER_BIN": "/usr/bin/tansu",
    "GROUNDSWELL_TEST_CRASH_RECORDS": "100",
    # What an operator may build a setting from.
    "GROUNDSWELL_REDIS_PASSWORD": "hunter2",
}


def test_variables_of_others_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in OF_OTHERS.items():
        monkeypatch.setenv(name, value)
    assert load_settings() == Settings.model_construct()


@pytest.mark.parametrize("address", [
    "localhost:6379", "127.0.0.1", "//redis:6379/0", "http://redis:6379", "redis:redis", "redis://h:port/0",
    "redis://:pa/ss@redis:6379/0", "",
])  # fmt: skip
def test_an_address_of_redis_that_is_none_is_one_sentence_without_its_password(file: Path, address: str) -> None:
    file.write_text(f"redis: {{url: '{address}'}}\n")
    (line,) = told(file)
    assert line.startswith("redis.url: must be redis://HOST:PORT/0, rediss:// for TLS or unix:// for a socket")
    assert line.endswith("(got a secret)")


@pytest.mark.parametrize("address", [
    "redis://127.0.0.1:6379/0", "redis://redis", "rediss://user:p%2Fss@redis.example:6380/1?ssl_ca_certs=/etc/ca.pem",
    "unix:///run/redis.sock?db=1", "redis://[::1]:6379", "redis://:secret@redis:6379/0", "redis://",
])  # fmt: skip
def test_every_form_of_an_address_of_redis_is_taken(file: Path, address: str) -> None:
    file.write_text(f"redis: {{url: '{address}'}}\n")
    assert load_settings(file).redis.url == address


def test_an_option_in_the_address_of_redis_that_can_not_be_used_is_one_sentence() -> None:
    with pytest.raises(MendableError, match=r"^redis\.url can't be used: .*'socket_timeout'"):
        make_redis(RedisSettings(url="redis://redis:6379/0?socket_timeout=long"))


@pytest.mark.parametrize(("brokers", "usable"), [
    ("kafka-1:9092,kafka-2:9092", True), ("kafka_1:9092, kafka-2", True), ("[::1]:9092", True), ("::1", True),
    ("SASL_SSL://kafka:9092", True), ("kafka:port", False), ("", False), ("kafka:9092;other:9092", False),
])  # fmt: skip
def test_addresses_of_kafka_are_checked_before_it_is_asked(file: Path, brokers: str, usable: bool) -> None:
    file.write_text(f"kafka: {{bootstrap_servers: '{brokers}'}}\n")
    if usable:
        assert load_settings(file).kafka.bootstrap_servers == brokers
    else:
        assert told(file) == [
            f"kafka.bootstrap_servers: must be host:port, or several of them separated by commas (got {brokers!r})"
        ]


@pytest.mark.parametrize(("content", "expected"), [
    ("publisher: {min_sources: two}", "must be a whole number"),
    ("publisher: {min_sources: 1.5}", "must be a whole number"),
    ("publisher: {interval_s: soon}", "must be a number"),
    ("publisher: {min_sources: 0}", "must be more than 0"),
    ("publisher: {language: english}", "must be a code of two or three small letters, as in `en`"),
    ("board: {port: 70000}", "must be at most 65535"),
    ("redis: {cluster: perhaps}", "must be true or false"),
    ("redis: {edition: Main}", "must be 1 to 40 small letters, digits or hyphens"),
    ("log_level: loud", "must be 'debug', 'info', 'warning' or 'error'"),
    ("clusterer: {lost_input: go on}", "must be 'stop' or 'start_over'"),
    ("kafka: {client: ssl}", "must be a table"),
    ("publisher: 3", "must be a section of settings"),
    ("feeds: {allow_addresses: [here]}", "must be a network, as in 10.20.0.0/16"),
    ("feeds: {opml: 3}", "must be a path"),
    ("summariser: {url: '127.0.0.1:8000'}", "must be an address that begins with http:// or https://"),
])  # fmt: skip
def test_what_is_expected_is_said_in_plain_words(file: Path, content: str, expected: str) -> None:
    file.write_text(content)
    (line,) = told(file)
    assert f": {expected} (got " in line


@pytest.mark.parametrize("variable", ["GROUNDSWELL_KAFKA__CLIENT", "GROUNDSWELL_KAFKA", "GROUNDSWELL_REDIS"])
def test_a_variable_that_should_hold_json_is_named_without_its_value(
    monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, "{sasl_plain_password: hunter2}")
    (line,) = told()
    assert line.startswith(f"{variable}: must be JSON: ")
    assert "hunter2" not in line
