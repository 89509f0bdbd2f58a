"""RSS, Atom and RDF, by feedparser: also ill-formed ones."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pipeline.domain.records.dates import first_date
from pipeline.domain.text import html_to_line, html_to_text, plain_to_line
from producers.feeds.content import MAX_HTML_CHARS, content_text
from producers.feeds.parsed import FeedEntry, FeedFormatError, ParsedFeed
from producers.feeds.pictures import picture_of
from producers.feeds.salvage import parse_document

_PLAIN = "text/plain"
_READABLE = (_PLAIN, "text/html", "application/xhtml+xml")
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
"""Characters that may not stand in XML. One of them would make the whole feed ill-formed."""
_SURROGATE_PAIR = re.compile(
    r"&(?P<escaped>(?:amp;){0,2})#(?:x0*(d[89ab][0-9a-f]{2})|0*(5[56][0-9]{3}));"
    r"&(?P=escaped)#(?:x0*(d[c-f][0-9a-f]{2})|0*(5[67][0-9]{3}));",
    re.IGNORECASE,
)
_REFERENCE = re.compile(r"&#(?:x(?=[0-9a-f])0*([0-9a-f]*)|(?=[0-9])0*([0-9]*));?", re.IGNORECASE)
_NO_CHARACTER = "&#xFFFD;"
_AMPERSAND = re.compile(
    r"<!\[CDATA\[.*?(?:\]\]>|\Z)|&(?!#x?[0-9a-f]+;|[a-z][a-z0-9]*;)", re.IGNORECASE | re.DOTALL
)
"""One that begins no reference, or a whole CDATA section, where it may stand."""
_MEDIA_RSS = re.compile(r"""\sxmlns:([\w.-]+)\s*=\s*["']\s*http://search\.yahoo\.com/mrss/?\s*["']""")
_CAPTION = "media_caption"
_TEXTS = ("summary", "yandex_full-text", "turbo_content")
"""Yandex' names for whole texts are used by most feeds in Russian."""


def parse_xml_feed(text: str) -> ParsedFeed:
    """Read a feed. Raises FeedFormatError."""
    document = parse_document(_with_captions_apart(_mended(text)))
    if not document.get("version") and not document.entries:
        raise FeedFormatError(f"no RSS, Atom or JSON feed: {document.get('bozo_exception') or 'unknown format'}")
    feed = document.feed
    is_atom = document.version.startswith("atom")
    home = _string(feed.get("link"))
    return ParsedFeed(
        title=_title(feed, is_atom),
        home=home,
        base=None if is_atom else home,
        language=_string(feed.get("language")),
        entries=tuple(_entry(each, is_atom) for each in document.entries),
        ttl=_string(feed.get("ttl")),
    )


def _mended(text: str) -> str:
    """Without characters that may not be in XML, references to those that don't exist, and bare ampersands.

    feedparser raises at such references, and makes `AT&T;` of `AT&T`.
    """
    text = _REFERENCE.sub(_mended_reference, _SURROGATE_PAIR.sub(_joined_pair, _NO_XML.sub("", text)))
    return _AMPERSAND.sub(lambda found: "&amp;" if found[0] == "&" else found[0], text)


def _with_captions_apart(text: str) -> str:
    """Media RSS' descriptions under a name of their own: feedparser takes them for that of the item."""
    prefixes = {re.escape(each) for each in _MEDIA_RSS.findall(text)} or {"media"}
    return re.sub(rf"<(/?)({'|'.join(sorted(prefixes))}):description(?=[\s/>])", r"<\1\2:caption", text)


def _joined_pair(pair: re.Match[str]) -> str:
    """One reference to the character that two surrogates stand for."""
    high, low = _number(pair[2], pair[3]), _number(pair[4], pair[5])
    if not (0xD800 <= high < 0xDC00 <= low < 0xE000):
        return pair[0]
    return f"&{pair[1]}#x{0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00):X};"


def _mended_reference(reference: re.Match[str]) -> str:
    """The reference; where it names no character, one to the replacement character, as browsers read it."""
    number = _number(reference[1], reference[2])
    return reference[0] if 0 < number < 0xD800 or 0xDFFF < number <= 0x10FFFF else _NO_CHARACTER


def _number(hexadecimal: str | None, decimal: str | None) -> int:
    """Of a reference, whose digits come without leading zeros; 0 where they are too many for a character."""
    digits = hexadecimal or decimal or "0"
    return int(digits, 16 if hexadecimal else 10) if len(digits) <= 7 else 0


def _entry(entry: dict[str, Any], is_atom: bool) -> FeedEntry:
    return FeedEntry(
        title=_title(entry, is_atom),
        # FeedBurner and its like put the outlet's own address beside their counting one.
        link=_string(entry.get("feedburner_origlink")) or _string(entry.get("link")),
        guid=_string(entry.get("id")),
        text=_text(entry),
        published_at=first_date(_date(entry, "published"), _date(entry, "updated")),
        language=_string(entry.get("language")) or _string(_detail(entry, "title").get("language")),
        source_url=_string(_source(entry).get("href")) or _string(_source(entry).get("link")),
        source_name=html_to_line(_string(_source(entry).get("title")) or "") or None,
        updated_at=_date(entry, "updated"),
        withdrawn=_is_draft(entry),
        image=picture_of(entry),
    )


def _is_draft(entry: Mapping[str, Any]) -> bool:
    """`app:draft` of RFC 5023, under whatever prefix: an entry that was published and is a draft is taken back."""
    return any(name.endswith("_draft") and str(value).strip() == "yes" for name, value in entry.items())


def _title(element: Mapping[str, Any], is_atom: bool) -> str | None:
    """Atom says whether a title is HTML. RSS does not, and there it may always be."""
    title = (_string(element.get("title")) or "")[:MAX_HTML_CHARS]
    plain = is_atom and _detail(element, "title").get("type") == _PLAIN
    return (plain_to_line(title) if plain else html_to_line(title)) or None


def _text(entry: Mapping[str, Any]) -> str:
    """The longest readable content, else the summary."""
    contents = entry.get("content") or ()
    readable = [each for each in contents if (each.get("type") or "text/html").lower() in _READABLE]
    link = _string(entry.get("link"))
    texts = [content_text(_string(each.get("value")) or "", link) for each in readable]
    texts += [content_text(_string(entry.get(name)) or "", link) for name in _TEXTS]
    return max(texts, key=len) or _about_video(entry)


def _about_video(entry: Mapping[str, Any]) -> str:
    """What describes a picture is its caption; what describes the video that the entry is, is its text."""
    media = [f"{each.get('medium')} {each.get('type')}" for each in entry.get("media_content") or ()]
    if not any(kind in each for each in media for kind in ("video", "audio", "flash")):
        return ""
    return html_to_text((_string(entry.get(_CAPTION)) or "")[:MAX_HTML_CHARS])


def _date(entry: dict[str, Any], name: str) -> str | None:
    """As it stands there: feedparser's own reading guesses."""
    # `entry.get` would answer `updated` by `published` and warn about it.
    return _string(dict.get(entry, name))


def _source(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    """RSS has an address here, Atom the head of a feed."""
    source = entry.get("source")
    return source if isinstance(source, Mapping) else {}


def _detail(element: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    return element.get(f"{name}_detail") or {}


def _string(value: object) -> str | None:
    """Elements that are repeated or nested where none should be come as lists and dicts."""
    return value.strip() or None if isinstance(value, str) else None
