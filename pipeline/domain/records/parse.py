"""From bytes to a valid article, or to the reason why there is none.

The one place where input is validated: the clusterer, the HTTP producer and `evaluate` use it alike, so that
what one accepts the others accept.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from json import JSONDecodeError
from typing import Any

from pydantic import ValidationError

from pipeline.domain.records.article import RAW_CHARS, TEXT_CHARS, TITLE_CHARS, Article
from pipeline.domain.records.dates import read_date, written_date
from pipeline.domain.records.image_url import image_url
from pipeline.domain.records.made_title import made_title
from pipeline.domain.text import clean_line, clean_text
from pipeline.json_codec import from_json

_BOM = b"\xef\xbb\xbf"
_HTTP = re.compile(r"https?://[^\s/?#]+", re.IGNORECASE)


class InvalidArticle(Exception):  # noqa: N818  # it says what the input is, not what failed
    """The input is no article. `reason` says what was seen, what was expected, and where if that is known."""

    def __init__(self, what: str, at: tuple[int, int] | None = None) -> None:
        self.what = what
        """The reason without the place."""
        self.at = at
        """Line and column in the input, from 1, in characters; None where it is about the whole."""
        self.reason = what if at is None else f"{what}: line {at[0]} column {at[1]}"
        super().__init__(self.reason)


def parse_article(data: bytes, max_text_chars: int = TEXT_CHARS, received_at: datetime | None = None) -> Article:
    """Read one article from JSON bytes. Raises InvalidArticle."""
    return article_from(parse_object(data), max_text_chars, received_at)


def parse_object(data: bytes) -> dict[str, Any]:
    """Read one JSON object; a byte order mark before it is tolerated. Raises InvalidArticle."""
    try:
        value = from_json(data.removeprefix(_BOM))
    except JSONDecodeError as error:
        raise _not_json(data.removeprefix(_BOM), error) from None
    return require_object(value)


def _not_json(data: bytes, error: JSONDecodeError) -> InvalidArticle:
    try:
        data.decode()
    except UnicodeDecodeError as wrong:  # of which the decoder does not say where it stands
        before = data[: wrong.start].decode()
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        return InvalidArticle(f"not JSON: byte {data[wrong.start]:#04x} is not valid UTF-8", (line, column))
    return InvalidArticle(f"not JSON: {error.msg}", (error.lineno, error.colno))


def require_object(value: object) -> dict[str, Any]:
    """The value where it is a JSON object. Raises InvalidArticle."""
    if not isinstance(value, dict):
        raise InvalidArticle(f"an article is a JSON object, not {_json_type(value)}")
    return value


def article_from(
    fields: dict[str, Any], max_text_chars: int = TEXT_CHARS, received_at: datetime | None = None
) -> Article:
    """Validate the fields of one article; unknown ones are ignored. Raises InvalidArticle.

    A date that is not certain is no error: it is unknown, and `published_raw` keeps it. What lies ahead of
    `received_at` (of now, where that is not known) is not certain. Nor is a picture whose address can't be used.
    """
    given = {name: value for name, value in fields.items() if value is not None}
    values: dict[str, Any] = {name: read(name, given[name]) for name, read in _READERS.items() if name in given}
    values |= _dates(given, received_at)
    if not values.get("title"):
        values["title"] = made_title(str(values.get("text", ""))) or _named_by_withdrawal(values)
        values["title_made"] = True
    if not values["title"]:
        seen = "empty, or nothing printable in it" if "title" in given else "missing"
        raise InvalidArticle(f"title: {seen}")
    if len(str(values.get("text", ""))) > max_text_chars:
        raise InvalidArticle(f"text: longer than the {max_text_chars} characters that are accepted")
    try:
        return Article.model_validate({name: value for name, value in values.items() if value != ""})
    except ValidationError as error:
        raise InvalidArticle("; ".join(_explain(each) for each in error.errors())) from None


def _named_by_withdrawal(values: dict[str, Any]) -> str:
    """A withdrawal need only name its article; nobody sees its title."""
    return str(values.get("url") or values.get("id") or "")[:TITLE_CHARS] if values.get("withdrawn") else ""


def _dates(given: Mapping[str, Any], received_at: datetime | None) -> dict[str, Any]:
    """The dates that are certain, and what was given for `published_at` where its date does not say that."""
    dates: dict[str, Any] = {
        name: read_date(_text_or_number(name, given[name]), received_at) for name in _DATES if name in given
    }
    raw = _raw("published_raw", str(given.get("published_at", "")))
    published = dates.get("published_at")
    if raw and "published_raw" not in given and (published is None or raw != written_date(published)):
        dates["published_raw"] = raw
    return dates


def _text_or_number(name: str, value: object) -> str | float:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise InvalidArticle(f"{name}: must be a string or a number, not {_json_type(value)}")
    return value


def _raw(name: str, value: object) -> str:
    return _line(name, value)[:RAW_CHARS].strip()


def _line(name: str, value: object) -> str:
    return clean_line(_string(name, value))


def _text(name: str, value: object) -> str:
    return clean_text(_string(name, value))


def _identifier(name: str, value: object) -> str:
    """Producers' ids are often numbers."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return _line(name, value)


def _url(name: str, value: object) -> str:
    """Only http(s): subscribers make links of it, and `javascript:` must never become one."""
    url = _line(name, value)
    if url and not _HTTP.match(url):
        raise InvalidArticle(f"{name}: {_shown(url)} does not start with http:// or https:// and a host")
    return url


def _image(_name: str, value: object) -> str:
    """A picture is a trimming: what is none is left out, whatever stands there."""
    return image_url(value) or ""


def _flag(name: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise InvalidArticle(f"{name}: must be true or false, not {_json_type(value)}")
    return value


def _string(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise InvalidArticle(f"{name}: must be a string, not {_json_type(value)}")
    return value


_DATES = ("published_at", "updated_at")
_READERS: dict[str, Callable[[str, object], str | bool]] = {
    "title": _line,
    "title_made": _flag,
    "id": _identifier,
    "url": _url,
    "text": _text,
    "published_raw": _raw,
    "withdrawn": _flag,
    "source": _line,
    "outlet": _line,
    "language": _line,
    "image_url": _image,
}


def _explain(error: Any) -> str:
    """One pydantic error as `field: what is wrong`."""
    field = ".".join(str(part) for part in error["loc"])
    seen = error.get("input")
    length = f" (it has {len(seen)})" if isinstance(seen, str) else ""
    return f"{field}: {error['msg']}{length}"


def _json_type(value: object) -> str:
    """What JSON calls the type."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    names = {str: "a string", int: "a number", float: "a number", list: "an array", dict: "an object"}
    return names.get(type(value), type(value).__name__)


def _shown(value: object, chars: int = 80) -> str:
    text = repr(value)
    return text if len(text) <= chars else text[:chars] + "…"
