"""From the bytes of a document to its text, whatever its encoding and whatever is said of it.

Limits: a legacy encoding that nothing declares is guessed by how the text reads, so a few words may be misread;
a wrong declaration is noticed only where the text then reads as no text does. Other letters in Shift_JIS may read
as its half-width kana, and one Latin alphabet in the encoding of another reads well enough. The old encodings of
DOS and the Mac must be declared.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import chardetng_py
from charset_normalizer.constant import IANA_SUPPORTED
from charset_normalizer.md import mess_ratio
from w3lib.encoding import resolve_encoding, to_unicode

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
_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_DECLARATION_BYTES = 1_000
_OTHER_LETTERS = re.compile(rb"[^<>]*[\x80-\xff][^<>]*")
"""The texts between markup; how the rest reads depends on no encoding."""
_LABEL_AFFIX = re.compile(r"^x-|-[ei]$", re.IGNORECASE)
"""`x-gbk`, `iso-8859-8-i`: labels of the Encoding Standard that w3lib lacks."""
_LABEL_NUMBER = re.compile(r"^(?:windows|win|cp|ibm)[-_]?(?=\d)", re.IGNORECASE)
"""`windows1251`, `cp-1251`: numbers of code pages in whatever form."""
_SUPERSETS = {"euc_jp": "euc_jis_2004"}
"""Has the circled numbers of NEC's row 13 too; for Shift_JIS w3lib knows that."""
_WESTERN = "cp1252"
_ASCII = ("ascii", "us-ascii")
"""Asked only of documents that are not."""
_OTHER_LATIN = ("cp1250", "iso8859-2", "cp1254", "cp1257", "iso8859-4", "iso8859-13", "cp1258")
_TELLING_BYTES = 3
"""Fewer bytes beyond ASCII say nothing of a language."""
_LETTERS_FROM = 0xA0
"""In the encodings of Latin alphabets; below are quotation marks and dashes, which they share."""
_SEVEN_BIT = ("iso2022", "hz")
_SHIFTS = {b"\x1b$)C": "iso2022_kr", b"\x1b$": "iso2022_jp_2"}
"""How ISO 2022 begins other letters; no other document has an escape character before a dollar sign."""
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
        return to_unicode(body, _label(_DECLARATION, body.decode("cp037")) or "cp037")
    beginning = _BEGINNING.match(body)
    body = body[beginning.end() if beginning else 0 :]
    return to_unicode(body, _encoding(body, content_type))


def _wide(body: bytes) -> str | None:
    """UTF-16 or UTF-32, which the bytes show better than any declaration does."""
    mark = next((each for each in _MARKS if body.startswith(each)), b"")
    return _ZEROS.get(tuple(int(byte == 0) for byte in body[len(mark) : len(mark) + 4]))


def _encoding(body: bytes, content_type: str) -> str:
    """Of a document whose markup is ASCII."""
    declared = list(dict.fromkeys(_declared(body, content_type)))
    if body.isascii():
        shifted = (encoding for shift, encoding in _SHIFTS.items() if shift in body)
        return next((each for each in declared if each.startswith(_SEVEN_BIT)), next(shifted, "ascii"))
    if _broken_share(body.decode("utf-8", "replace")) < _BROKEN_UTF8:
        return "utf-8"
    sample = b"\n".join(_OTHER_LETTERS.findall(body))[:_SAMPLE_BYTES]
    for each in declared:
        if _mess(sample, each) < _IMPLAUSIBLE:
            return each
    guess = _guess(sample)
    # The Western guess is also that of who knows nothing.
    return min([*declared, guess], key=lambda each: _mess(sample, each)) if guess == _WESTERN else guess


def _declared(body: bytes, content_type: str) -> Iterator[str]:
    """By the header, then by the document; in the other order where the header says what servers say by default.

    UTF-8 is known without being declared.
    """
    beginning = body[:_DECLARATION_BYTES].decode("latin-1")
    labels = [_label(_CHARSET, content_type), _label(_DECLARATION, beginning)]
    for encoding in reversed(labels) if labels[0] == _WESTERN else labels:
        if encoding and encoding != "utf-8" and "<>".encode(encoding) == b"<>":
            yield encoding


def _label(pattern: re.Pattern[str], text: str) -> str | None:
    """The encoding that the text names; the vendor's superset for what a label means on the web."""
    found = pattern.search(text)
    if found is None:
        return None
    label = found[1]
    if label.lower() in _ASCII:
        return None
    plain = _LABEL_NUMBER.sub("cp", _LABEL_AFFIX.sub("", label))
    return _known(resolve_encoding(label) or resolve_encoding(plain))


def _known(encoding: str | None) -> str | None:
    """Python also calls `punycode` and `unicode_escape` encodings; no document is in them."""
    known = encoding if encoding and encoding.replace("-", "_") in IANA_SUPPORTED else None
    return _SUPERSETS.get(known or "", known)


def _mess(sample: bytes, encoding: str) -> float:
    """How little the sample in this encoding reads like a text, from 0 on."""
    text = to_unicode(sample, encoding)
    broken = _broken_share(text)
    return 1 + broken if broken >= _BROKEN else float(mess_ratio(text, 1.0))


def _guess(sample: bytes) -> str:
    """As browsers guess, of the encodings that the web is written in."""
    telling = [byte for byte in sample if byte > 0x7F]
    if len(telling) < _TELLING_BYTES:
        return _WESTERN
    guess = _known(resolve_encoding(chardetng_py.detect(sample))) or _WESTERN
    letters = {byte for byte in telling if byte >= _LETTERS_FROM}
    # By one accented letter, of whatever alphabet, the most frequent encoding is the likeliest.
    return _WESTERN if guess in _OTHER_LATIN and len(letters) < _TELLING_BYTES else guess


def _broken_share(text: str) -> float:
    """Replacement characters among all that are not ASCII."""
    return text.count("\ufffd") / max(1, sum(character > "\x7f" for character in text))
