"""Which edition an article belongs to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pipeline.domain.language import UNKNOWN, detect_language
from pipeline.domain.records.parse import InvalidArticle, parse_article
from pipeline.mendable import MendableError
from pipeline.router_settings import RouterSettings


class NoEditionsError(MendableError):
    """The settings don't say where articles go."""


class Choice:
    """Topics by language."""

    def __init__(self, settings: RouterSettings, intake: str, max_text_chars: int) -> None:
        """Raises NoEditionsError where the settings make no map."""
        self.topics = tuple(settings.editions)
        self._default = settings.default or ""
        self._by_language = _by_language(settings.editions)
        self._max_text_chars = max_text_chars
        if self._default not in self.topics:
            raise NoEditionsError(
                "router.default must be one of the topics of router.editions: "
                "set both, as docs/editions.md has them"
            )
        if intake in self.topics:
            raise NoEditionsError(f"router.editions names {intake}, which the router reads: kafka.topics.articles")

    def topics_of(self, value: bytes | None) -> Sequence[str]:
        """Where this record goes: to one edition, which tells what is no article; a withdrawal to all of them.

        A withdrawal need not have a text, and where the article stands only its edition knows. An edition that
        never had it counts it and changes nothing.
        """
        if value is None:
            return (self._default,)
        try:
            article = parse_article(value, self._max_text_chars)
        except InvalidArticle:
            return (self._default,)
        if article.withdrawn:
            return self.topics
        language = detect_language(f"{article.title}\n{article.text}", article.language)
        return (self._by_language.get(language, self._default),)


def _by_language(editions: Mapping[str, Sequence[str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for topic, languages in editions.items():
        for language in languages:
            code = detect_language("", language)
            if code == UNKNOWN:
                raise NoEditionsError(f"router.editions: {language!r} of {topic} is no language code")
            if found.setdefault(code, topic) != topic:
                raise NoEditionsError(f"router.editions: {code} belongs to {found[code]} and to {topic}")
    return found
