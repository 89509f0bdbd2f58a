"""From bytes to a valid article, or to the reason why there is none.

The one place where input is validated: the clusterer, the HTTP producer and `evaluate` use it alike, so that
what one accepts the others accept.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import Any

from pydantic import ValidationError

from pipeline.codec import from_json
from pipeline.records.article import TEXT_CHARS, TITLE_CHARS, Article
from pipeline.records.made_title import made_title
from pipeline.text import clean_line, clean_text

FIRST_YEAR = 1900
LAST_YEAR = 2100
"""Dates outside are mistakes: a zero date, a sentinel, seconds taken for milliseconds."""

_BOM = b"\xef\xbb\xbf"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECONDS_FROM = 1e11
"""As seconds this is the year 5138, as milliseconds 1973: from here on a number is milliseconds."""

_HTTP = re.compile(r"https?://[^\s/?#]+", re.IGNORECASE)
_EPOCH_TEXT = re.compile(r"-?(?:\d{9,10}|\d{12,13})(?:\.\d{1,9})?")
_DIGITS_14 = re.compile(r"\d{14}")
_ISO_DAY = re.compile(r"\d{4}-?\d{2}-?\d{2}(?!\d)|\d{4}-?W\d{2}-?\d")
_YEAR_BELOW_100 = re.compile(r"[A-Za-z]{3,}[ -]00\d\d\b")
_ZONE_NAME = re.compile(r"\s([A-Za-z]{2,5})$")
_ZONE_HOURS = {"WET": 0, "WEST": 1, "BST": 1, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3, "MSK": 3, "JST": 9}
"""Frequent in feeds and with one meaning only in news; those of RFC 2822 are known anyway."""
_SPACED_ZONE = re.compile(r"(?<=\d)\s+(?:(UTC|GMT|Z)|([+-]\d{2}:?\d{2}))$", re.IGNORECASE)


class InvalidArticle(Exception):  # noqa: N818  # it says what the input is, not what failed
    """The input is no article. `reason` says what was seen and what was expected."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def parse_article(data: bytes, max_text_chars: int = TEXT_CHARS) -> Article:
    """Read one article from JSON bytes. Raises InvalidArticle."""
    return article_from(parse_object(data), max_text_chars)


def parse_object(data: bytes) -> dict[str, Any]:
    """Read one JSON object; a byte order mark before it is tolerated. Raises InvalidArticle."""
    try:
        value = from_json(data.removeprefix(_BOM))
    except (ValueError, RecursionError) as error:
        raise InvalidArticle(f"not JSON: {error}") from None
    return require_object(value)


def require_object(value: object) -> dict[str, Any]:
    """The value where it is a JSON object. Raises InvalidArticle."""
    if not isinstance(value, dict):
        raise InvalidArticle(f"an article is a JSON object, not {_json_type(value)}")
    return value


def article_from(fields: dict[str, Any], max_text_chars: int = TEXT_CHARS) -> Article:
    """Validate the fields of one article; unknown ones are ignored. Raises InvalidArticle."""
    given = {name: value for name, value in fields.items() if name in _READERS and value is not None}
    values: dict[str, Any] = {name: _READERS[name](name, value) for name, value in given.items()}
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


def parse_date(value: object) -> datetime | None:
    """A point in time, in UTC; None for an empty string. Raises InvalidArticle.

    Understood: ISO 8601 with or without a zone (without one it is UTC) or only a day, RFC 2822 (as RSS has
    it), and epoch seconds or milliseconds as a number or as its digits. Nothing is guessed: a month alone,
    `01/02/2020` or `yesterday` are refused.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise InvalidArticle(f"published_at: must be a string or a number, not {_json_type(value)}")
    try:
        moment = _from_text(value.strip()) if isinstance(value, str) else _from_epoch(value)
        return None if moment is None else _in_range(moment.astimezone(UTC), value)
    except (ValueError, OverflowError):
        raise InvalidArticle(
            f"published_at: {_shown(value)} is no date; expected ISO 8601 such as 2025-08-15T20:30:00Z, "
            "an RFC 2822 date, or epoch seconds or milliseconds"
        ) from None


def _from_text(text: str) -> datetime | None:
    if not text:
        return None
    if _EPOCH_TEXT.fullmatch(text):
        return _from_epoch(float(text))
    if _DIGITS_14.fullmatch(text):
        return datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    if _ISO_DAY.match(text):
        iso = _SPACED_ZONE.sub(lambda match: match[2] or "Z", text).upper()
        moment = datetime.fromisoformat(iso)
    else:
        moment = _from_mail_date(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _from_mail_date(text: str) -> datetime:
    """RFC 2822, whose reader takes zones that it does not know for none at all."""
    if _YEAR_BELOW_100.search(text):
        raise ValueError("the year 1 is how some systems write no date")  # it would be read as 2001
    moment = parsedate_to_datetime(text)
    zone = _ZONE_NAME.search(text)
    if moment.tzinfo or zone is None:
        return moment
    if zone[1].upper() not in _ZONE_HOURS:
        raise ValueError(f"unknown time zone {zone[1]}")
    return moment.replace(tzinfo=timezone(timedelta(hours=_ZONE_HOURS[zone[1].upper()])))


def _from_epoch(number: float) -> datetime:
    return _EPOCH + timedelta(seconds=number / 1000 if abs(number) >= _MILLISECONDS_FROM else number)


def _in_range(moment: datetime, value: object) -> datetime:
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise InvalidArticle(
            f"published_at: {_shown(value)} is in the year {moment.year}, outside {FIRST_YEAR} to {LAST_YEAR}"
        )
    return moment


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


def _date(_name: str, value: object) -> datetime | None:
    return parse_date(value)


def _flag(name: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise InvalidArticle(f"{name}: must be true or false, not {_json_type(value)}")
    return value


def _string(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise InvalidArticle(f"{name}: must be a string, not {_json_type(value)}")
    return value


_READERS: dict[str, Callable[[str, object], str | bool | datetime | None]] = {
    "title": _line,
    "title_made": _flag,
    "id": _identifier,
    "url": _url,
    "text": _text,
    "published_at": _date,
    "updated_at": _date,
    "withdrawn": _flag,
    "source": _line,
    "outlet": _line,
    "language": _line,
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
