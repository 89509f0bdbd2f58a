"""What is stored, configured or sent reads as what it is, or is refused in the reader's own words."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.adapters.articles_file import ArticlesFileError, read_lines
from pipeline.domain.clustering.state_error import StateError
from pipeline.domain.clustering.story import LiveStory
from pipeline.domain.clustering.story_codec import decode_story, encode_story
from pipeline.domain.clustering.story_columns import read_centroids, read_columns
from pipeline.domain.records.parse import InvalidArticle, parse_article
from pipeline.json_codec import to_json
from pipeline.setting_errors import SettingsError
from pipeline.settings import CONFIG_VARIABLE, Settings, load_settings
from tests.unit.clustering.made import member, story, terms

STATE = encode_story(story(
    member("a", (1.0, 0.0), terms=terms([1, 2], names=[3])),
    member("b", (0.0, 1.0), published_at=1.5, language="en"),
))  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip
NAMES = ("url", "id", "title", "text", "published_at", "updated_at", "source", "outlet", "language", "withdrawn")


def decoded(state: bytes) -> LiveStory | None:
    with contextlib.suppress(StateError):
        read_centroids([STATE, state])
        read_columns([STATE, state])
    with contextlib.suppress(StateError):
        return decode_story(state)
    return None


@given(st.binary(max_size=400))
def test_any_bytes_are_a_state_or_are_refused(state: bytes) -> None:
    decoded(state)


@given(st.integers(0, len(STATE) - 1), st.integers(0, 255), st.integers(0, len(STATE)))
def test_a_damaged_state_is_a_state_or_is_refused(at: int, byte: int, end: int) -> None:
    decoded((STATE[:at] + bytes([byte]) + STATE[at + 1 :])[:end])


def parsed(value: bytes) -> None:
    with contextlib.suppress(InvalidArticle):
        article = parse_article(value)
        assert article.title
        assert parse_article(article.model_dump_json().encode()).article_id == article.article_id


@given(st.binary(max_size=300))
def test_any_bytes_are_an_article_or_are_refused(value: bytes) -> None:
    parsed(value)


@given(st.dictionaries(st.sampled_from(NAMES), JSON, max_size=len(NAMES)))
def test_any_values_of_an_articles_fields_are_an_article_or_are_refused(fields: dict[str, object]) -> None:
    try:
        value = to_json(fields)
    except (TypeError, ValueError):  # no JSON: integers beyond 64 bits, lone surrogates
        return
    parsed(value)


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(CONFIG_VARIABLE, "")
    return tmp_path / "file"


def loaded(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with contextlib.suppress(SettingsError):
        assert isinstance(load_settings(path), Settings)


WITHIN = st.sampled_from(["url", "topics", "port", "batch_size", "shards", "model"])
NAMED = st.sampled_from([*Settings.model_fields, "unknown"])
SECTIONS = st.dictionaries(NAMED, JSON | st.dictionaries(WITHIN, JSON, max_size=3), max_size=4)
ONE_FILE = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@ONE_FILE
@given(content=st.binary(max_size=200))
def test_any_bytes_are_settings_or_are_refused(path: Path, content: bytes) -> None:
    loaded(path, content)


@ONE_FILE
@given(content=SECTIONS)
def test_any_values_are_settings_or_are_refused(path: Path, content: dict[str, object]) -> None:
    with contextlib.suppress(yaml.YAMLError, UnicodeEncodeError):
        loaded(path, yaml.safe_dump(content, allow_unicode=True).encode())


@ONE_FILE
@given(content=st.binary(max_size=300))
def test_any_bytes_are_lines_of_a_file_of_articles(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with contextlib.suppress(ArticlesFileError):
        assert not any(b"\n" in each.data for each in read_lines(path))
