"""Which language a reader gets: the one asked for, else the one asked for before, else the browser's."""

from __future__ import annotations

import gettext
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from io import BytesIO

from babel import Locale, negotiate_locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LANGUAGES = ("en", "es", "de", "fr")
"""The first one is that of the code, and of readers whose languages are not here."""
LOCALES = {"en": "en_GB"}
"""Where the numbers and dates of a language are those of one country."""


def choose_language(asked: str | None, before: str | None, accepted: str) -> str:
    """`asked` stands in the address, `before` in the cookie, `accepted` in the header `Accept-Language`."""
    for each in (asked, before):
        if each in LANGUAGES:
            return str(each)
    return negotiate_locale(list(_by_preference(accepted)), LANGUAGES, sep="-") or LANGUAGES[0]


@cache
def locale_of(language: str) -> Locale:
    """Whose numbers and dates are written."""
    return Locale.parse(LOCALES.get(language, language))


@cache
def translations(language: str) -> gettext.NullTranslations:
    """The words of a language; those of the code where it has no catalogue."""
    file = files("consumers.board.interface") / "catalogs" / f"{language}.po"
    if not file.is_file():
        return gettext.NullTranslations()
    packed = BytesIO()
    with file.open("rb") as source:
        write_mo(packed, read_po(source, locale=language, abort_invalid=True))
    packed.seek(0)
    return gettext.GNUTranslations(packed)


def _by_preference(accepted: str) -> Iterator[str]:
    """`fr;q=0.5, de-AT` is de-AT, fr."""
    weighed = []
    for place, part in enumerate(accepted.split(",")[:20]):
        tag, _, quality = part.partition(";q=")
        try:
            weighed.append((-float(quality or 1), place, tag.strip()))
        except ValueError:
            continue
    yield from (tag for quality, _, tag in sorted(weighed) if quality < 0)
