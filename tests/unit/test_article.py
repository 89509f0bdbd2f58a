"""Articles: what is accepted, what is refused and why, and what identifies one."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from pipeline.domain.records.article import TITLE_CHARS, Article
from pipeline.domain.records.parse import InvalidArticle, article_from, parse_article
from pipeline.domain.text import clean_line, clean_text
from pipeline.domain.urls import canonical_url
from pipeline.json_codec import to_json

FULL: dict[str, Any] = {
    "id": "wire-1",
    "url": "https://www.example.com/news/1?utm_source=rss",
    "title": "Ferry runs aground",
    "text": "It ran aground.\n\nNobody was hurt.",
    "published_at": "2025-08-15T20:30:00Z",
    "source": "example.com",
    "outlet": "Example Times",
    "language": "en",
    "image_url": "https://cdn.example.com/Ferry.jpg?utm_source=rss&s=1",
}


def parsed(**fields: Any) -> Article:
    return parse_article(json.dumps(fields).encode())


def reason(data: bytes | dict[str, Any], **options: Any) -> str:
    with pytest.raises(InvalidArticle) as caught:
        parse_article(data if isinstance(data, bytes) else json.dumps(data).encode(), **options)
    return caught.value.reason


def test_a_full_article_keeps_every_field() -> None:
    assert parsed(**FULL).wire() == FULL


def test_only_the_title_is_required() -> None:
    assert parsed(title="Ferry runs aground").wire() == {"title": "Ferry runs aground", "text": ""}


@pytest.mark.parametrize(
    "image_url",
    [
        17,
        ["https://a.example/a.jpg"],
        {"href": "https://a.example/a.jpg"},
        "javascript:alert(1)",
        "data:image/png;base64,iVBORw0KGgo=",
        "/a.jpg",
        "//a.example/a.jpg",
        "https://",
        "https://[::1",
        "https://user:secret@a.example/a.jpg",
        "https://a.example/a b.jpg",
        "https://a.example:99999/a.jpg",
        "https://a.example/" + "a" * 2_000,
    ],
)
def test_a_picture_that_cannot_be_fetched_costs_no_article(image_url: Any) -> None:
    assert parsed(title="Ferry runs aground", image_url=image_url).image_url is None


def test_labels_and_unknown_fields_are_ignored() -> None:
    assert parsed(**FULL, event="e1", bias="left", extra={"a": [1]}) == parsed(**FULL)


@pytest.mark.parametrize("field", [name for name in FULL if name != "title"])
@pytest.mark.parametrize("empty", [None, "", " \n"])
def test_an_empty_optional_field_is_unknown(field: str, empty: str | None) -> None:
    without = {name: value for name, value in FULL.items() if name != field}
    assert parsed(**{**FULL, field: empty}) == parsed(**without)


def test_a_byte_order_mark_before_the_object_is_tolerated() -> None:
    assert parse_article(b'\xef\xbb\xbf{"title":"One"}').title == "One"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "not JSON"),
        (b"ferry", "not JSON"),
        (b'{"title":"One"', "not JSON"),
        (b'{"title":"One"} {"title":"Two"}', "not JSON"),
        (b'{"title":"\xff\xfe"}', "not valid UTF-8"),
        (b'{"title":"\\ud800"}', "not JSON"),
        (b'{"title":"One","n":NaN}', "not JSON"),
        (b'{"title":"One","n":1e999}', "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "not JSON"),
        (b'{"title":"One","a":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "not JSON"),
        (b"null", "not null"),
        (b"[]", "not an array"),
        (b"12", "not a number"),
        (b"true", "not a boolean"),
        (b'"One"', "not a string"),
    ],
)
def test_what_is_no_json_object_is_refused_with_the_reason(data: bytes, said: str) -> None:
    assert said in reason(data)


@pytest.mark.parametrize("field", [name for name in FULL if name not in ("id", "published_at", "image_url")])
@pytest.mark.parametrize("value", [12, 1.5, True, ["One"], {"a": "One"}])
def test_a_wrong_type_is_refused_and_named(field: str, value: object) -> None:
    assert reason({**FULL, field: value}).startswith(f"{field}: must be a string, not ")


def test_a_number_is_good_enough_for_an_id() -> None:
    assert parsed(title="One", id=4711).id == "4711"


@pytest.mark.parametrize("value", [True, 1.5, ["a"], {}])
def test_other_ids_must_be_strings(value: object) -> None:
    assert reason({"title": "One", "id": value}).startswith("id: must be a string")


def test_a_missing_title_is_refused() -> None:
    assert reason({"text": "It ran aground."}) == "title: missing"


LONG_TEXT = "The ferry ran aground off the northern coast. " + "Nobody of the crew was hurt in the accident. " * 3


@pytest.mark.parametrize("fields", [{}, {"title": ""}, {"title": " \t"}])
def test_a_text_of_twenty_words_gives_a_missing_title(fields: dict[str, str]) -> None:
    article = parsed(text=LONG_TEXT, **fields)
    assert (article.title, article.title_made) == ("The ferry ran aground off the northern coast.", True)


def test_a_made_title_is_still_marked_when_the_article_is_read_from_the_topic() -> None:
    article = parsed(text=LONG_TEXT)
    assert parsed(**article.wire()) == article
    assert "title_made" not in parsed(title="One").wire()


def test_a_text_without_spaces_gives_a_title_too() -> None:
    assert parsed(text="渡轮在北部海岸搁浅。" * 6).title == "渡轮在北部海岸搁浅。"


def test_a_made_title_is_cut_at_a_word() -> None:
    title = parsed(text="word " * 100).title
    assert title.endswith("word…")
    assert len(title) <= 200


@pytest.mark.parametrize("title", ["", " \t\n", "\x00\x01", "\u202e\ufeff", "\u2003\u00a0"])
def test_a_title_without_anything_printable_is_refused(title: str) -> None:
    assert reason({"title": title}).startswith("title: empty")


@pytest.mark.parametrize(
    ("title", "kept"),
    [
        ("Fer\x00ry\x07 aground", "Ferry aground"),
        ("Ferry\n  runs\taground ", "Ferry runs aground"),
        ("\u202eFerry\u202c", "Ferry"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("👩\u200d🚒 rescues", "👩\u200d🚒 rescues"),
    ],
)
def test_control_characters_leave_a_title_and_everything_else_stays(title: str, kept: str) -> None:
    assert parsed(title=title).title == kept


def test_paragraphs_of_the_text_stay_and_its_control_characters_go() -> None:
    assert parsed(title="One", text="a\r\n\r\nb\x00\x0b c\n").text == "a\n\nb\n c"


def test_a_title_that_is_no_headline_is_refused() -> None:
    said = reason({"title": "x" * (TITLE_CHARS + 1)})
    assert said == f"title: String should have at most {TITLE_CHARS} characters (it has {TITLE_CHARS + 1})"


def test_a_text_over_the_limit_is_refused() -> None:
    assert parse_article(b'{"title":"One","text":"12345"}', max_text_chars=5).text == "12345"
    assert "longer than the 4 characters" in reason(b'{"title":"One","text":"12345"}', max_text_chars=4)


def test_a_body_of_five_megabytes_is_refused() -> None:
    assert reason({"title": "One", "text": "x" * 5_000_000}).startswith("text: ")


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "example.com/a", "ftp://a.example", "http://"]
)
def test_a_url_that_is_no_web_address_is_refused(url: str) -> None:
    assert reason({"title": "One", "url": url}).startswith(f"url: '{url}' does not start with")


NOON = datetime(2025, 8, 15, 12, 0, tzinfo=UTC)


@given(st.binary(max_size=200))
def test_no_bytes_ever_raise_anything_else(data: bytes) -> None:
    with pytest.raises(InvalidArticle):
        parse_article(data)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from([*FULL, "event"]), JSON))
def test_any_object_is_an_article_that_survives_the_wire_or_is_refused(fields: dict[str, Any]) -> None:
    try:
        article = article_from(fields)
    except InvalidArticle:
        return
    assert parse_article(to_json(article.wire())) == article


@given(st.text())
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    assert clean_line(clean_line(text)) == clean_line(text)
    assert clean_text(clean_text(text)) == clean_text(text)
    clean_text(text).encode()


def test_the_id_is_the_hash_of_the_canonical_url() -> None:
    url = FULL["url"]
    assert parsed(**FULL).article_id == hashlib.sha256(canonical_url(url).encode()).hexdigest()


def test_the_id_never_changes_between_versions() -> None:
    """Stores and subscribers keep ids: this value is a promise."""
    assert parsed(title="x", url="https://www.example.com/news/1?utm_source=rss").article_id == (
        "3eaea8abd01c3643b0d4c6bc01f2cd93e782b26aa544716606492df1c05de44f"
    )


def test_all_addresses_of_an_article_have_one_id() -> None:
    ids = {
        parsed(title="x", url=url).article_id
        for url in ("http://example.com/news/1", "https://www.example.com/news/1/#top", FULL["url"])
    }
    assert len(ids) == 1


def test_the_url_identifies_an_article_before_its_own_id_and_content() -> None:
    assert parsed(**FULL).article_id == parsed(title="Other", text="Other", url=FULL["url"]).article_id


def test_without_a_url_the_own_id_counts_and_without_both_the_content() -> None:
    own, other = parsed(title="One", id="1"), parsed(title="Two", id="1")
    assert own.article_id == other.article_id
    assert parsed(title="One").article_id == parsed(title=" One").article_id != parsed(title="Two").article_id


def test_an_article_never_changes() -> None:
    with pytest.raises(ValidationError):
        parsed(**FULL).title = "Other"


@pytest.mark.parametrize("name", [{"url": "https://times.example/1"}, {"id": "urn:1"}])
def test_a_withdrawal_need_only_name_its_article(name: dict[str, str]) -> None:
    withdrawal = article_from({**name, "withdrawn": True})
    assert withdrawal.withdrawn
    assert withdrawal.article_id == article_from({**name, "title": "One"}).article_id
    assert withdrawal.wire()["withdrawn"] is True
    assert parse_article(to_json(withdrawal.wire())) == withdrawal
    assert "withdrawn" not in article_from({**name, "title": "One", "withdrawn": False}).wire()


@pytest.mark.parametrize("fields", [{"withdrawn": True}, {"withdrawn": "yes", "url": "https://times.example/1"}])
def test_a_withdrawal_of_nothing_and_one_that_is_no_yes_or_no_are_refused(fields: dict[str, object]) -> None:
    with pytest.raises(InvalidArticle, match=r"title: missing|withdrawn: must be true or false"):
        article_from(fields)
