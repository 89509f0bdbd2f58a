"""Article files: JSON Lines, plain or gzip, damaged or not."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.adapters import articles_file
from pipeline.adapters.articles_file import (
    ArticlesFileError,
    RawLine,
    count_lines,
    read_annotated,
    read_lines,
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
