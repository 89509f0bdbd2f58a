"""Reads the pages of a WARC file, local or by HTTP, from any record on.

Limit: of gzip files only those that pack each record by itself, as the format demands and Common Crawl does.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import IO, cast

import httpx
from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.recordloader import ArcWarcRecord

from pipeline.mendable import MendableError
from producers.html_page import html_of, is_html

MAX_PAGE_BYTES = 3_000_000
"""A larger page is left out."""
TIMEOUT_S = 60.0
_CHUNK = 1 << 16


class ArchiveError(MendableError):
    """An archive can't be read, or not to its end; the message names it and says where."""


@dataclass(frozen=True)
class Page:
    """One HTML page that was fetched with success."""

    url: str
    html: str


@dataclass(frozen=True)
class Record:
    """One record of an archive."""

    offset: int
    """Where it begins: all before is read."""
    page: Page | None
    """None where it is none, or too large."""


@dataclass(frozen=True)
class Opened:
    """An archive that is read from an offset on."""

    records: Iterator[Record]
    size: int | None
    """Bytes in all; None where the server does not say."""


@contextmanager
def opened(archive: str, offset: int = 0) -> Iterator[Opened]:
    """Open a file or an http(s) address. Raises ArchiveError, also while its records are read."""
    try:
        with _stream(archive, offset) as (stream, size):
            yield Opened(_records(archive, stream, size), size)
    except (OSError, httpx.HTTPError) as error:
        raise ArchiveError(f"{archive}: can't be read: {error or type(error).__name__}") from error


def _records(archive: str, stream: IO[bytes], size: int | None) -> Iterator[Record]:
    records = ArchiveIterator(stream)
    record: ArcWarcRecord | None = None
    try:
        for record in records:
            yield Record(records.offset, _page(record))
    except (ArchiveLoadFailed, EOFError, ValueError) as error:
        raise ArchiveError(f"{archive}: broken behind byte {records.offset}: {error}") from error
    if record is not None and getattr(record.raw_stream, "limit", 0) > 0:
        raise ArchiveError(f"{archive}: cut off in its last record, at byte {stream.tell()}")
    if size is not None and stream.tell() < size:
        raise ArchiveError(f"{archive}: ends at byte {stream.tell()} of {size}")


def _page(record: ArcWarcRecord) -> Page | None:
    headers = record.http_headers
    url = record.rec_headers.get_header("WARC-Target-URI")
    if record.rec_type != "response" or not url or headers is None or headers.get_statuscode() != "200":
        return None
    content_type = headers.get_header("Content-Type", "")
    if not is_html(content_type):
        return None
    body = record.content_stream().read(MAX_PAGE_BYTES + 1)
    return Page(url, html_of(body, content_type)) if len(body) <= MAX_PAGE_BYTES else None


@contextmanager
def _stream(archive: str, offset: int) -> Iterator[tuple[IO[bytes], int | None]]:
    if not archive.startswith(("http://", "https://")):
        path = Path(archive)
        with path.open("rb") as file:
            file.seek(offset)
            yield file, path.stat().st_size
        return
    headers = {"Range": f"bytes={offset}-"} if offset else {}
    with httpx.stream("GET", archive, headers=headers, follow_redirects=True, timeout=TIMEOUT_S) as response:
        if response.status_code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            yield cast(IO[bytes], _Download(iter(()), offset)), offset  # all of it is read
            return
        response.raise_for_status()
        begins = offset if response.status_code == HTTPStatus.PARTIAL_CONTENT else 0
        length = response.headers.get("Content-Length")
        download = _Download(response.iter_raw(), begins)
        download.skip_to(offset)
        yield cast(IO[bytes], download), begins + int(length) if length else None


class _Download(io.RawIOBase):
    """The body of a response as a file that can only be read on, and knows where it is in the whole."""

    def __init__(self, chunks: Iterator[bytes], begins: int) -> None:
        self._chunks = chunks
        self._left = b""
        self._at = begins

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # all that is ever given
        while not self._left:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._left = chunk
        taken = self._left[: len(buffer)]
        buffer[: len(taken)] = taken
        self._left = self._left[len(taken) :]
        self._at += len(taken)
        return len(taken)

    def tell(self) -> int:
        return self._at

    def skip_to(self, offset: int) -> None:
        """For servers that send all although a part was asked for."""
        while self._at < offset and self.read(min(_CHUNK, offset - self._at)):
            pass
