"""Reads article files, streamed: JSON Lines or one JSON array, plain or gzip."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, cast

from pipeline.adapters.json_array import BrokenArray, array_elements
from pipeline.domain.records.article import TEXT_CHARS, Article
from pipeline.domain.records.parse import InvalidArticle, article_from, parse_object
from pipeline.mendable import MendableError

MAX_LINE_BYTES = 64 * 1024 * 1024
"""A longer line is no JSON Lines file; reading on would only fill the memory."""

MAX_LISTED = 10
"""Lines that an error message names."""

EXPECTED = "JSON Lines, one article a line, or one JSON array of articles"

_GZIP_MAGIC = b"\x1f\x8b"
_UTF8_BOM = b"\xef\xbb\xbf"
_UTF16_BOMS = (b"\xff\xfe", b"\xfe\xff")
_BLANK = b" \t\r\n"


class ArticlesFileError(MendableError):
    """A file of articles can't be read; the message names the file and the line."""


@dataclass(frozen=True, slots=True)
class RawLine:
    """One line of a file, or one element of its array: its bytes as they stand there, without the line end."""

    number: int
    """Of the line on which it begins: from 1, blank lines included, as an editor shows it."""
    data: bytes
    position: int = 0
    """Bytes of the file read so far (of the compressed file, for gzip); for progress bars."""
    column: int = 1
    """Where on its line it begins, in characters."""

    @property
    def place(self) -> str:
        """`LINE`, or `LINE:COLUMN` where it does not begin its line."""
        return str(self.number) if self.column == 1 else f"{self.number}:{self.column}"

    def place_of(self, error: InvalidArticle) -> str:
        """`LINE:COLUMN` of what is wrong; the place of the whole where that is not known."""
        if error.at is None:
            return self.place
        line, column = error.at
        return f"{self.number + line - 1}:{column + (self.column - 1 if line == 1 else 0)}"


@dataclass(frozen=True, slots=True)
class AnnotatedArticle:
    """An article with the event that an annotator gave it."""

    id: str
    """The file's own id, else the URL, else its place: the number of the line."""
    article: Article
    event: str | None
    """None where the line has no label."""


def read_lines(path: Path) -> Iterator[RawLine]:
    """Every line that is not blank; where the file is one JSON array, every element of that.

    Raises ArticlesFileError, also in the middle of a damaged file.
    """
    with _opened(path) as (raw, content):
        lines = _elements(path, content) if _begins_array(content) else _lines(path, content)
        for line in lines:
            yield replace(line, position=raw.tell())


def _lines(path: Path, content: IO[bytes]) -> Iterator[RawLine]:
    number = 0
    while data := content.readline(MAX_LINE_BYTES + 1):
        number += 1
        if len(data) > MAX_LINE_BYTES:
            raise ArticlesFileError(
                f"{path}:{number}: the line is longer than {MAX_LINE_BYTES} bytes; expected {EXPECTED}"
            )
        if number == 1:
            data = _without_bom(path, data)
        if stripped := data.strip(_BLANK):
            yield RawLine(number, stripped, column=1 + len(data) - len(data.lstrip(_BLANK)))


def _begins_array(content: IO[bytes]) -> bool:
    """Looks at what comes next, behind a byte order mark and blanks."""
    beginning: bytes = content.peek(len(_UTF8_BOM) + 1)  # type: ignore[attr-defined]  # of buffered and gzip files
    return beginning.removeprefix(_UTF8_BOM).lstrip(_BLANK).startswith(b"[")


def _elements(path: Path, content: IO[bytes]) -> Iterator[RawLine]:
    if content.peek(len(_UTF8_BOM)).startswith(_UTF8_BOM):  # type: ignore[attr-defined]  # as above
        content.read(len(_UTF8_BOM))
    try:
        for element in array_elements(content, MAX_LINE_BYTES):
            yield RawLine(element.line, element.data, column=element.column)
    except BrokenArray as error:
        raise ArticlesFileError(
            f"{path}:{error.line}:{error.column}: {error.reason}; what stands before is read, what follows is not"
        ) from None


def require_an_article(path: Path) -> None:
    """Raises ArticlesFileError where no line of the file is an article; says what is wrong with the first ones."""
    refused: list[str] = []

    def note(line: RawLine, error: InvalidArticle) -> None:
        refused.append(f"  {path}:{line.place_of(error)}: {error.what}")

    if next(read_annotated(path, on_invalid=note), None) is not None:
        return
    if not refused:
        raise ArticlesFileError(f"{path} is empty; expected {EXPECTED}")
    told = "\n".join(refused[:MAX_LISTED])
    raise ArticlesFileError(f"{path} holds no article; expected {EXPECTED}\n{told}")


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
                raise ArticlesFileError(f"{path}:{line.place_of(error)}: {error.what}") from error
            on_invalid(line, error)


def _labelled(line: RawLine, max_text_chars: int) -> AnnotatedArticle:
    fields = parse_object(line.data)
    article = article_from(fields, max_text_chars)
    event = fields.get("event")
    if isinstance(event, bool) or not isinstance(event, str | int | None):
        raise InvalidArticle(f"event: must be a string, not {type(event).__name__}")
    return AnnotatedArticle(
        id=article.id or article.url or line.place,
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
        raise ArticlesFileError(f"{path}: is UTF-16; JSON is UTF-8, convert it first")
    return data.removeprefix(_UTF8_BOM)
