"""The board in one language: what templates and pages say."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any

from markupsafe import Markup, escape

from consumers.board.articles import Tab
from consumers.board.interface import wording
from consumers.board.interface.formats import Formats
from consumers.board.interface.languages import LANGUAGES, locale_of, translations
from consumers.board.moments import iso
from consumers.board.names import country_name, language_name
from consumers.board.query import BlindspotOf, Stance
from groundswell.media_topics import SCHEME, topic_name
from groundswell.record import Blindspot, Reason, Side, Statement

_FIGURE = re.compile(r"(?P<hedge>[a-z ]+?)?\s*(?P<number>\d[\d,]{0,14}(?:\.\d{1,9})?)\s*(?P<unit>[a-z]+|%)?")
"""A claim as records have it: `nearly 3 hours`, `60%`."""


class Interface:
    """Words, numbers and dates of one language."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.translations = translations(language)
        self.format = Formats(locale_of(language))

    @property
    def choices(self) -> list[tuple[str, str]]:
        """Languages to switch to, each by its own name."""
        return [(each, str(locale_of(each).languages[each]).capitalize()) for each in LANGUAGES]

    def text(self, message: str, **values: Any) -> str:
        """A message of the code in this language."""
        said = self.translations.gettext(message)
        return said % values if values else said

    def counted(self, number: int, what: str) -> str:
        """`1 article`, `1,234 articles`: `what` is a key of `wording.COUNTED`."""
        one, many = wording.COUNTED[what]
        return self.translations.ngettext(one, many, number) % {"n": self.format.number(number)}

    def when(self, moment: datetime | None) -> Markup:
        """A `<time>` to the minute."""
        return self._time(moment, self.format.time)

    def day(self, moment: datetime | None) -> Markup:
        """A `<time>` without the hour."""
        return self._time(moment, self.format.day)

    def country(self, code: str) -> str:
        """The name of a country."""
        return country_name(code, self.language)

    def language_name(self, code: str) -> str:
        """The name of a language."""
        return language_name(code, self.language)

    def side(self, key: str) -> str:
        """Left, center or right."""
        return self._of(wording.SIDES, key)

    def bias(self, key: str) -> str:
        """The rating of an outlet."""
        return self._of(wording.BIASES, key)

    def topic(self, topic_id: str, name: str) -> str:
        """What a Media Topic is called; one that a later version tells by its name in the record."""
        return self.text(wording.TOPICS[topic_id]) if topic_id in wording.TOPICS else name

    @property
    def topics(self) -> list[tuple[str, str]]:
        """Topics to choose from, as (id, name), in alphabetical order."""
        return sorted(((each, self.text(name)) for each, name in wording.TOPICS.items()), key=lambda each: each[1])

    @staticmethod
    def other_topic(asked: str | None) -> str | None:
        """The name of a topic that is asked for and not among those to choose from."""
        if not asked or asked in wording.TOPICS:
            return None
        return topic_name(asked.removeprefix(SCHEME)) or asked

    def tab(self, tab: Tab) -> str:
        """What a tab over the articles shows."""
        return self.text(wording.TABS[tab])

    def blindspots(self, of: BlindspotOf) -> str:
        """What a tab over the blindspots shows."""
        return self.text(wording.BLINDSPOTS[of])

    def blindspot_for(self, side: Side) -> str:
        """The label of a blindspot."""
        return self.text(wording.BLINDSPOT_FOR[side])

    def blindspot_share(self, spot: Blindspot) -> str:
        """How little the side covers the story."""
        share, expected = self.format.percent(spot.share), self.format.percent(spot.expected_share)
        return self.text(wording.BLINDSPOT_SHARE[spot.side], share=share, expected=expected)

    def statement(self, statement: Statement) -> str:
        """What the coverage leans to."""
        return self.text(wording.STATEMENTS[statement.side], share=self.format.percent(statement.share))

    def only(self, side: str) -> str:
        """That no other side says so."""
        return self.text(wording.ONLY_HERE[side])

    def stance(self, stance: Stance) -> str:
        """A choice of the filter by coverage."""
        return self.text(wording.STANCES[stance])

    def factuality(self, key: str) -> str:
        """A level of factual reporting; one of strangers stands for itself."""
        return self._of(wording.FACTUALITY, key)

    def reason(self, reason: Reason) -> str:
        """Why there was a revision."""
        return self.text(wording.REASONS[reason])

    def about(self, key: str) -> str:
        """What figures count."""
        return self._of(wording.ABOUT, key)

    def figure(self, claim: str) -> str:
        """`nearly 3 hours` in this language; what is not written like that stands for itself."""
        match = _FIGURE.fullmatch(claim)
        if match is None:
            return claim
        value = float(match["number"].replace(",", ""))
        hedge, unit = match["hedge"] or "", match["unit"] or ""
        said = self.format.percent(value / 100) if unit == "%" else self.format.number(value)
        if unit and unit != "%":
            said = self.text(wording.UNITS.get(unit, "%(figure)s " + unit), figure=said)
        return self.text(wording.HEDGES.get(hedge, hedge + " %(figure)s" if hedge else "%(figure)s"), figure=said)

    def error(self, status: int) -> tuple[str, str]:
        """Title and detail of an error page."""
        title, detail = wording.ERRORS.get(status, wording.ERRORS[500])
        return self.text(title), self.text(detail)

    def _of(self, table: Mapping[str, str], key: str) -> str:
        return self.text(table[key]) if key in table else key.replace("-", " ").capitalize()

    def _time(self, moment: datetime | None, written: Any) -> Markup:
        if moment is None:
            return escape(self.text(wording.DATE_UNKNOWN))
        return Markup('<time datetime="{}">{}</time>').format(iso(moment), written(moment))


@cache
def interface(language: str) -> Interface:
    """The interface in a language of `LANGUAGES`."""
    return Interface(language)
