"""Article files: JSON Lines, plain or gzip, damaged or not."""

from __future__ import annotations

import gzip
import io
import json
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.adapters import articles_file, json_array
from pipeline.adapters.articles_file import (
    ArticlesFileError,
    RawLine,
    count_lines,
    read_annotated,
    read_lines,
    require_an_article,
)
from pipeline.domain.records.parse import InvalidArticle

LINES = [b'{"title":"One"}', b'{"title":"Two"}', b"not json", b'{"title":"\xff"}']


def numbered(path: Path) -> list[tuple[int, bytes]]:
    return [(line.number, line.data) for line in read_lines(path)]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "articles.jsonl"


def test_lines_come_as_the_bytes_they_are(file: Path) -> None:
    file.write_bytes(b"\n".join(LINES))
    assert numbered(file) == list(enumerate(LINES, 1))


def test_blank_lines_are_skipped_and_still_counted(file: Path) -> None:
    file.write_bytes(b"\n  \r\n" + LINES[0] + b"\r\n\n" + LINES[1] + b"\n\n")
    assert numbered(file) == [(3, LINES[0]), (5, LINES[1])]


def test_a_byte_order_mark_is_no_part_of_the_first_line(file: Path) -> None:
    file.write_bytes(b"\xef\xbb\xbf" + LINES[0])
    assert numbered(file) == [(1, LINES[0])]


@pytest.mark.parametrize("name", ["articles.jsonl.gz", "articles.jsonl", "articles"])
def test_gzip_is_known_by_its_content(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(gzip.compress(b"\xef\xbb\xbf" + b"\n".join(LINES)))
    assert numbered(path) == list(enumerate(LINES, 1))


def test_a_plain_file_named_gz_is_read_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "articles.jsonl.gz"
    path.write_bytes(LINES[0])
    assert numbered(path) == [(1, LINES[0])]


def test_gzip_files_that_were_joined_are_read_to_the_end(file: Path) -> None:
    file.write_bytes(gzip.compress(LINES[0] + b"\n") + gzip.compress(LINES[1]))
    assert numbered(file) == [(1, LINES[0]), (2, LINES[1])]


def test_an_empty_file_has_no_lines(file: Path) -> None:
    file.write_bytes(b"")
    assert numbered(file) == []


def test_a_truncated_gzip_file_gives_its_lines_and_then_says_so(file: Path) -> None:
    content = b"".join(json.dumps({"title": str(n * 7919)}).encode() + b"\n" for n in range(20_000))
    zipped = gzip.compress(content)
    file.write_bytes(zipped[: len(zipped) // 2])
    read: list[RawLine] = []
    with pytest.raises(ArticlesFileError, match="ends too early"):
        read.extend(read_lines(file))
    assert len(read) > 1_000


def test_a_damaged_gzip_file_is_named(file: Path) -> None:
    zipped = bytearray(gzip.compress(LINES[0]))
    zipped[-6] ^= 0xFF
    file.write_bytes(bytes(zipped))
    with pytest.raises(ArticlesFileError, match=r"articles\.jsonl: the gzip file is damaged"):
        numbered(file)


def test_a_missing_file_is_named(file: Path) -> None:
    with pytest.raises(ArticlesFileError, match=r"articles\.jsonl: can't be read: No such file"):
        numbered(file)


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(ArticlesFileError, match="can't be read"):
        numbered(tmp_path)


def test_utf_16_is_refused_with_advice(file: Path) -> None:
    file.write_bytes('{"title":"One"}\n'.encode("utf-16"))
    with pytest.raises(ArticlesFileError, match="UTF-16"):
        numbered(file)


def test_a_line_without_end_does_not_fill_the_memory(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(articles_file, "MAX_LINE_BYTES", 100)
    file.write_bytes(LINES[0] + b"\n" + b"x" * 101)
    with pytest.raises(ArticlesFileError, match=r"articles\.jsonl:2: the line is longer than 100 bytes"):
        numbered(file)


def test_positions_grow_to_the_size_of_the_file(file: Path) -> None:
    file.write_bytes(gzip.compress(b"\n".join(LINES * 5_000)))
    positions = [line.position for line in read_lines(file)]
    assert positions == sorted(positions)
    assert positions[-1] == file.stat().st_size


def test_counting_agrees_with_reading(file: Path) -> None:
    file.write_bytes(b"\n\n".join(LINES))
    assert count_lines(file) == len(LINES)


@given(lines=st.lists(st.binary(min_size=1).filter(lambda b: b"\n" not in b and b"\r" not in b)))
def test_whatever_bytes_are_written_line_by_line_are_read_back(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes]
) -> None:
    path = tmp_path_factory.mktemp("lines") / "f"
    path.write_bytes(b"{}\n" + b"\n".join(lines))  # the first line keeps the magic bytes away
    expected = [stripped for line in lines if (stripped := line.strip(b" \t"))]
    assert [line.data for line in read_lines(path)][1:] == expected


def labelled(file: Path, *rows: object) -> Path:
    file.write_text("\n".join(json.dumps(row) for row in rows))
    return file


def test_labels_are_read_with_the_id_of_the_file(file: Path) -> None:
    labelled(file, {"id": "a-1", "url": "https://a.example/1", "title": "One", "event": "e1", "bias": "left"})
    (only,) = read_annotated(file)
    assert (only.id, only.event, only.article.title) == ("a-1", "e1", "One")


def test_without_an_id_the_url_and_then_the_line_name_the_article(file: Path) -> None:
    labelled(file, {"url": "https://a.example/1", "title": "One"}, {"title": "Two"}, {"title": "3", "id": 7})
    assert [each.id for each in read_annotated(file)] == ["https://a.example/1", "2", "7"]


@pytest.mark.parametrize(("label", "event"), [(None, None), ("", None), ("e1", "e1"), (12, "12")])
def test_an_event_is_a_string_or_absent(file: Path, label: object, event: str | None) -> None:
    labelled(file, {"title": "One", "event": label})
    assert [each.event for each in read_annotated(file)] == [event]


def test_an_invalid_line_is_named_with_its_number(file: Path) -> None:
    labelled(file, {"title": "One"}, {"text": "no title"})
    with pytest.raises(ArticlesFileError, match=r"articles\.jsonl:2: title: missing"):
        list(read_annotated(file))


def test_invalid_lines_go_to_the_caller_who_wants_them(file: Path) -> None:
    labelled(file, {"title": ""}, {"title": "Two"}, {"title": "Three", "event": ["e"]}, [])
    invalid: list[tuple[int, str]] = []

    def keep(line: RawLine, error: InvalidArticle) -> None:
        invalid.append((line.number, error.reason.partition(":")[0]))

    assert [each.article.title for each in read_annotated(file, on_invalid=keep)] == ["Two"]
    assert invalid == [(1, "title"), (3, "event"), (4, "an article is a JSON object, not an array")]


def read_until_broken(path: Path) -> tuple[list[bytes], str]:
    """What a file gives before the error, and what the error says behind the name of the file."""
    read: list[bytes] = []
    with pytest.raises(ArticlesFileError) as caught:
        read.extend(line.data for line in read_lines(path))
    return read, str(caught.value).removeprefix(str(path))


@pytest.mark.parametrize("blanks", [b"", b" \n\n\t", b"\xef\xbb\xbf\r\n"])
@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_an_array_is_read_as_its_elements(file: Path, blanks: bytes, pack: Callable[[bytes], bytes]) -> None:
    file.write_bytes(pack(blanks + b'[{"title": "One"},\n{"title":"Zw\xc3\xb6lf"} , 17\t]\n'))
    assert [line.data for line in read_lines(file)] == [b'{"title": "One"}', b'{"title":"Zw\xc3\xb6lf"}', b"17"]


def test_an_element_keeps_its_bytes_and_knows_where_it_stands(file: Path) -> None:
    file.write_bytes(b'[\n  {"title":\n   "One"},  {"title": "\xff"}\n]')
    first, second = read_lines(file)
    assert (first.data, first.place) == (b'{"title":\n   "One"}', "2:3")
    assert (second.data, second.place) == (b'{"title": "\xff"}', "3:13")
    assert second.position == file.stat().st_size


@pytest.mark.parametrize("content", [b"[]", b" [\n] "])
def test_an_empty_array_has_no_elements(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    assert numbered(file) == []


@pytest.mark.parametrize(("content", "before", "told"), [
    (b'[{"title":"One"}, {"title":"Two"', 1, ":1:33: not JSON: expecting ',' delimiter"),
    (b'[{"title":"One"}', 1, ":1:17: the array ends too early"),
    (b'[{"title":"One"},', 1, ":1:18: the array ends too early"),
    (b"[", 0, ":1:2: the array ends too early"),
    (b'[{"title":"One"}\n {"title":"Two"}]', 1, ":2:2: expected a comma or the end of the array"),
    (b'[{"title":"One"},\n]', 1, ":2:1: not JSON: expecting value"),
    (b'[{"title":"One"},\n{"title": Two}]', 1, ":2:11: not JSON: expecting value"),
    (b'[{"title":"One"}]\n{"title":"Two"}', 1, ":2:1: expected nothing after the end of the array"),
    (b"[" * 100_000, 0, ":1:2: nested too deeply"),
])  # fmt: skip
def test_a_broken_array_is_read_up_to_the_place_that_is_told(
    file: Path, content: bytes, before: int, told: str
) -> None:
    file.write_bytes(content)
    read, error = read_until_broken(file)
    assert len(read) == before
    assert error.startswith(told)
    assert error.endswith("; what stands before is read, what follows is not")


def test_an_element_without_end_does_not_fill_the_memory(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(articles_file, "MAX_LINE_BYTES", 1_000)
    monkeypatch.setattr(json_array, "_READ_BYTES", 100)
    file.write_bytes(b'["short", "' + b"x" * 1_000_000 + b'"]')
    with file.open("rb") as content:
        with pytest.raises(json_array.BrokenArray, match="unterminated string"):
            list(json_array.array_elements(content, 1_000))
        assert content.tell() < 20_000
    assert read_until_broken(file)[0] == [b'"short"']


def test_a_large_array_is_not_held_whole(file: Path) -> None:
    with file.open("wb") as out:
        out.write(b"[")
        out.writelines(b'{"title":"%d","text":"%s"},\n' % (n, b"x" * 1_000) for n in range(30_000))
        out.write(b"{}]")
    tracemalloc.start()
    try:
        assert count_lines(file) == 30_001
        assert tracemalloc.get_traced_memory()[1] < 10_000_000  # of a file of 30 MB
    finally:
        tracemalloc.stop()


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


@given(
    values=st.lists(VALUES),
    indent=st.sampled_from([None, 0, 2]),
    chunk=st.integers(1, 7),
    ascii_only=st.booleans(),
)
def test_whatever_an_array_holds_is_read_back_wherever_a_read_ends(
    values: list[object], indent: int | None, chunk: int, ascii_only: bool
) -> None:
    text = json.dumps(values, indent=indent, ensure_ascii=ascii_only)
    content = io.BytesIO(text.encode("utf-8", "surrogatepass"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_array, "_READ_BYTES", chunk)
        elements = list(json_array.array_elements(content, 1_000_000))
    assert [json.loads(each.data.decode("utf-8", "surrogatepass")) for each in elements] == values
    lines = text.split("\n")
    for each in elements:
        begins = each.data.decode("utf-8", "surrogatepass").partition("\n")[0]
        assert lines[each.line - 1][each.column - 1 :].startswith(begins)


def test_the_place_of_what_is_no_json_is_the_line_and_column_in_the_file(file: Path) -> None:
    file.write_bytes(b'{"title":"One"}\n  {"title": "Two",, }\n{"title":"caf\xc3\xa9 \xff"}\n{}\n')
    refused: list[str] = []
    list(
        read_annotated(file, on_invalid=lambda line, error: refused.append(f"{line.place_of(error)} {error.what}"))
    )
    assert refused == [
        "2:19 not JSON: unexpected character, expected a string key",
        "3:16 not JSON: byte 0xff is not valid UTF-8",
        "4 title: missing",
    ]


def test_a_file_with_one_article_is_enough(file: Path) -> None:
    file.write_bytes(b"{broken\n" * 100 + LINES[0])
    require_an_article(file)


@pytest.mark.parametrize(("content", "told"), [
    (b"", " is empty; expected JSON Lines, one article a line, or one JSON array of articles"),
    (b"[]", " is empty; expected JSON Lines"),
    (b"headline,url\nOne,https://a.example", ":1:1: not JSON: unexpected character"),
    (b'[{"text":"short"}]', ":1:2: title: missing"),
])  # fmt: skip
def test_a_file_without_an_article_is_told_with_the_reason(file: Path, content: bytes, told: str) -> None:
    file.write_bytes(content)
    with pytest.raises(ArticlesFileError) as caught:
        require_an_article(file)
    assert f"{file}{told}" in str(caught.value)
