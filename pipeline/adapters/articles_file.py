"""Reads article files: JSON Lines, plain or gzip, streamed line by line."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from pipeline.domain.records.article import TEXT_CHARS, Article
from pipeline.domain.records.parse import InvalidArticle, article_from, parse_object
from pipeline.mendable import MendableError

MAX_LINE_BYTES = 64 * 1024 * 1024
"""A longer line is no JSON Lines file; reading on would only fill the memory."""

_GZIP_MAGIC = b"\x1f\x8b"
_UTF8_BOM = b"\xef\xbb\xbf"
_UTF16_BOMS = (b"\xff\xfe", b"\xfe\xff")
_BLANK = b" \t\r\n"


class ArticlesFileError(MendableError):
    """A file of articles can't be read; the message names the file and the line."""


@dataclass(frozen=True, slots=True)
class RawLine:
    """One line of a file, its bytes as they stand there, without the line end."""

    number: int
    """Counted from 1, blank lines included, as an editor shows it."""
    data: bytes
    position: int = 0
    """Bytes of the file read so far (of the compressed file, for gzip); for progress bars."""


@dataclass(frozen=True, slots=True)
class AnnotatedArticle:
    """An article with the event that an annotator gave it."""

    id: str
    """The file's own id, else the URL, else the number of the line."""
    article: Article
    event: str | None
    """None where the line has no label."""


def read_lines(path: Path) -> Iterator[RawLine]:
    """Every line that is not blank. Raises ArticlesFileError, also in the middle of a damaged file."""
    with _opened(path) as (raw, lines):
        number = 0
        while data := lines.readline(MAX_LINE_BYTES + 1):
            number += 1
            if len(data) > MAX_LINE_BYTES:
                raise ArticlesFileError(
                    f"{path}:{number}: the line is longer than {MAX_LINE_BYTES} bytes; "
                    "expected JSON Lines, one article a line"
                )
            if number == 1:
                data = _without_bom(path, data)
            if stripped := data.strip(_BLANK):
                yield RawLine(number, stripped, raw.tell())


def count_lines(path: Path) -> int:
    """How many lines `read_lines` gives. Reads the file once, parses nothing."""
    return sum(1 for _ in read_lines(path))


def read_annotated(
    path: Path,
    max_text_chars: int = TEXT_CHARS,
    on_invalid: Callable[[RawLine, InvalidArticle], None] | None = None,
) -> Iterator[AnnotatedArticle]:
    """Articles with their labels, in file order.

    A line that is no article goes to `on_invalid`; without that it raises ArticlesFileError.
    """
    for line in read_lines(path):
        try:
            yield _labelled(line, max_text_chars)
        except InvalidArticle as error:
            if on_invalid is None:
                raise ArticlesFileError(f"{path}:{line.number}: {error.reason}") from error
            on_invalid(line, error)


def _labelled(line: RawLine, max_text_chars: int) -> AnnotatedArticle:
    fields = parse_object(line.data)
    article = article_from(fields, max_text_chars)
    event = fields.get("event")
    if isinstance(event, bool) or not isinstance(event, str | int | None):
        raise InvalidArticle(f"event: must be a string, not {type(event).__name__}")
    return AnnotatedArticle(
        id=article.id or article.url or str(line.number),
        article=article,
        event=None if event in (None, "") else str(event),
    )


@contextmanager
def _opened(path: Path) -> Iterator[tuple[IO[bytes], IO[bytes]]]:
    """The raw file, for its position, and the stream of its content; their errors become ours."""
    try:
        with path.open("rb") as raw:
            zipped = raw.read(2) == _GZIP_MAGIC
            raw.seek(0)
            if zipped:
                # By its magic bytes: a download often loses or gains the .gz in its name.
                with gzip.open(raw, "rb") as unzipped:
                    yield raw, cast("IO[bytes]", unzipped)
            else:
                yield raw, raw
    except EOFError as error:
        raise ArticlesFileError(f"{path}: the gzip file ends too early; copy or download it again") from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise ArticlesFileError(f"{path}: the gzip file is damaged: {error}") from error
    except OSError as error:
        raise ArticlesFileError(f"{path}: can't be read: {error.strerror or error}") from error


def _without_bom(path: Path, data: bytes) -> bytes:
    if data.startswith(_UTF16_BOMS):
        raise ArticlesFileError(f"{path}: is UTF-16; JSON Lines are UTF-8, convert it first")
    return data.removeprefix(_UTF8_BOM)
