"""From the bytes of a document to its text, whatever its encoding and whatever is said of it.

Limits: a legacy encoding that nothing declares is guessed by how the text reads, so a few words may be misread;
a wrong declaration is noticed only where the text then reads as no text does. Other letters in Shift_JIS may read
as its half-width kana, and one Latin alphabet in the encoding of another reads well enough.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import chardetng_py
from charset_normalizer.constant import IANA_SUPPORTED
from charset_normalizer.md import mess_ratio
from w3lib.encoding import http_content_type_encoding, resolve_encoding, to_unicode

_SAMPLE_BYTES = 50_000
_IMPLAUSIBLE = 0.1
"""Of charset-normalizer's mess ratio: real texts stay below .05 in their own encoding, KOI8-R read as
windows-1251 is above .12, other scripts read as Latin are above .5."""
_BROKEN_UTF8 = 1 / 3
"""Many servers cut UTF-8 in the middle of a character; nearly all of another encoding is no UTF-8."""
_BROKEN = 0.1

_BEFORE = "\ufeff \t\r\n\x00"
"""Nothing may stand before an XML declaration, and something often does."""
_BEGINNING = re.compile(rb"(?:\xef\xbb\xbf|[ \t\r\n])*")
_DECLARATION = re.compile(r"<\?xml[^<>]*?\sencoding\s*=\s*[\"']\s*([\w.:-]+)")
_DECLARATION_BYTES = 1_000
_OTHER_LETTERS = re.compile(rb"[^<>]*[\x80-\xff][^<>]*")
"""The texts between markup; how the rest reads depends on no encoding."""
_LABEL_AFFIX = re.compile(r"^x-|-[ei]$", re.IGNORECASE)
"""`x-gbk`, `iso-8859-8-i`: labels of the Encoding Standard that w3lib lacks."""
_SUPERSETS = {"euc_jp": "euc_jis_2004"}
"""Has the circled numbers of NEC's row 13 too; for Shift_JIS w3lib knows that."""
_WESTERN = "cp1252"
_TELLING_BYTES = 3
"""Fewer bytes beyond ASCII say nothing of a language."""
_SEVEN_BIT = ("iso2022", "hz")
_EBCDIC = "<?xm".encode("cp037")

_MARKS = (b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff", b"\xff\xfe", b"\xfe\xff")
_ZEROS: dict[tuple[int, ...], str] = {
    (1, 1, 1, 0): "utf-32-be",
    (0, 1, 1, 1): "utf-32-le",
    (1, 0, 1, 0): "utf-16-be",
    (0, 1, 0, 1): "utf-16-le",
}
"""Where the zero bytes of the first two characters are, which are ASCII (RFC 4627, section 3)."""


def decode_document(body: bytes, content_type: str = "") -> str:
    """The text of an XML or JSON document that came with this content type, from its first character on.

    Never raises.
    """
    return _decoded(body, content_type).lstrip(_BEFORE)


def _decoded(body: bytes, content_type: str) -> str:
    if wide := _wide(body):
        return to_unicode(body, wide)
    if body.startswith(_EBCDIC):
        return to_unicode(body, _declared_within(body.decode("cp037")) or "cp037")
    beginning = _BEGINNING.match(body)
    body = body[beginning.end() if beginning else 0 :]
    return to_unicode(body, _encoding(body, content_type))


def _wide(body: bytes) -> str | None:
    """UTF-16 or UTF-32, which the bytes show better than any declaration does."""
    mark = next((each for each in _MARKS if body.startswith(each)), b"")
    return _ZEROS.get(tuple(int(byte == 0) for byte in body[len(mark) : len(mark) + 4]))


def _encoding(body: bytes, content_type: str) -> str:
    """Of a document whose markup is ASCII."""
    declared = list(_declared(body, content_type))
    if body.isascii():
        return next((each for each in declared if each.startswith(_SEVEN_BIT)), "ascii")
    if _broken_share(body.decode("utf-8", "replace")) < _BROKEN_UTF8:
        return "utf-8"
    sample = b"\n".join(_OTHER_LETTERS.findall(body))[:_SAMPLE_BYTES]
    return next((each for each in declared if _reads_well(sample, each)), None) or _guess(sample)


def _declared(body: bytes, content_type: str) -> Iterator[str]:
    """By the header, then by the document. UTF-8 is known without being declared."""
    beginning = body[:_DECLARATION_BYTES].decode("latin-1")
    for encoding in (_known(http_content_type_encoding(content_type)), _declared_within(beginning)):
        if encoding and encoding != "utf-8" and "<>".encode(encoding) == b"<>":
            yield encoding


def _declared_within(beginning: str) -> str | None:
    """By the XML declaration; the vendor's superset for what a label means on the web."""
    declaration = _DECLARATION.search(beginning)
    if declaration is None:
        return None
    return _known(resolve_encoding(declaration[1]) or resolve_encoding(_LABEL_AFFIX.sub("", declaration[1])))


def _known(encoding: str | None) -> str | None:
    """Python also calls `punycode` and `unicode_escape` encodings; no document is in them."""
    known = encoding if encoding and encoding.replace("-", "_") in IANA_SUPPORTED else None
    return _SUPERSETS.get(known or "", known)


def _reads_well(sample: bytes, encoding: str) -> bool:
    text = to_unicode(sample, encoding)
    return _broken_share(text) < _BROKEN and mess_ratio(text, _IMPLAUSIBLE) < _IMPLAUSIBLE


def _guess(sample: bytes) -> str:
    """As browsers guess, of the encodings that the web is written in."""
    if sum(byte > 0x7F for byte in sample) < _TELLING_BYTES:
        return _WESTERN
    return _known(resolve_encoding(chardetng_py.detect(sample))) or _WESTERN


def _broken_share(text: str) -> float:
    """Replacement characters among all that are not ASCII."""
    return text.count("\ufffd") / max(1, sum(character > "\x7f" for character in text))
