"""Reads one large JSON array element by element, without holding it whole."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

_READ_BYTES = 1 << 20
_BLANK = " \t\r\n"

# Numbers stay texts: an element is only looked through here, and a number of 5,000 digits is no reason to stop.
_DECODER = json.JSONDecoder(parse_int=str, parse_float=str)


class BrokenArray(Exception):  # noqa: N818  # it says what the input is, not what failed
    """From here on the array can't be read; where one element ends and the next begins is not known."""

    def __init__(self, reason: str, line: int, column: int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line
        self.column = column


@dataclass(frozen=True, slots=True)
class Element:
    """One element, its bytes as they stand in the file."""

    data: bytes
    line: int
    """Where it begins; lines and columns (in characters) are counted from 1."""
    column: int


def array_elements(stream: IO[bytes], max_bytes: int) -> Iterator[Element]:
    """The elements of the array that the stream holds, in its order; none may be longer than `max_bytes`.

    Bytes that are no UTF-8 are a matter of their element. Raises BrokenArray.
    """
    text = _Text(stream, max_bytes)
    if text.next() != "[":
        raise text.broken("expected an array, which begins with [")
    text.take(1)
    if text.next() == "]":
        text.take(1)
    else:
        yield text.element()
        while (mark := text.next()) == ",":
            text.take(1)
            yield text.element()
        if mark != "]":
            raise text.broken("expected a comma or the end of the array" if mark else "the array ends too early")
        text.take(1)
    if text.next():
        raise text.broken("expected nothing after the end of the array")


class _Text:
    """What is left of the stream, read as far as it was needed."""

    def __init__(self, stream: IO[bytes], max_bytes: int) -> None:
        self._stream = stream
        self._max_bytes = max_bytes
        # Keeps bytes that are no UTF-8 through decoding and encoding.
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self._text = ""
        self._at = 0
        self._line = 1
        self._column = 1

    def next(self) -> str:
        """The next character that is not blank, not taken yet; empty at the end."""
        while True:
            while self._at < len(self._text):
                if self._text[self._at] not in _BLANK:
                    return self._text[self._at]
                self.take(1)
            if not self._more(_READ_BYTES):
                return ""

    def take(self, characters: int) -> str:
        """Go on by this many."""
        taken = self._text[self._at : self._at + characters]
        self._at += characters
        lines = taken.count("\n")
        self._line += lines
        self._column = len(taken) - taken.rfind("\n") if lines else self._column + len(taken)
        return taken

    def element(self) -> Element:
        """The next value, whole."""
        if not self.next():
            raise self.broken("the array ends too early")
        line, column = self._line, self._column
        end = self._end_of_value()
        return Element(self.take(end - self._at).encode("utf-8", "surrogateescape"), line, column)

    def broken(self, reason: str, characters: int = 0) -> BrokenArray:
        """The error, so many characters from here."""
        self.take(characters)
        return BrokenArray(reason, self._line, self._column)

    def _end_of_value(self) -> int:
        wanted = _READ_BYTES
        while True:
            # One that is cut off can't be told from one that is wrong; so more is read, each time twice as much.
            try:
                _, end = _DECODER.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                refusal = self._held_back(error.msg, error.pos)
            except RecursionError:
                raise self.broken("nested too deeply") from None
            else:
                # A number may go on where our text ends: the 1 of 12, of 1.5 and of 1e+5.
                length = end - self._at
                if len(self._text) - end > len("e+") or not self._more(_READ_BYTES):
                    return self._at + length
                continue
            if len(self._text) - self._at > self._max_bytes or not self._more(wanted):
                raise self.broken(*refusal)
            wanted *= 2

    def _held_back(self, reason: str, position: int) -> tuple[str, int]:
        """A reason in json's words and how far from here it is, to be told once nothing more can be read."""
        return (f"not JSON: {reason[:1].lower()}{reason[1:].removesuffix(' at')}", position - self._at)

    def _more(self, count: int) -> bool:
        """Read on; what was taken is let go. False where nothing came."""
        self._text, self._at = self._text[self._at :], 0
        data = self._stream.read(count)
        text = self._decoder.decode(data, final=not data)
        self._text += text
        return bool(data or text)
