"""The text of an article to paragraphs of prose: without datelines, bylines and repeated headlines."""

from __future__ import annotations

import re

from pipeline.domain.story.language.words import plain

_AGENCY = (
    r"reuters|ap|afp|dpa|efe|tass|тасс|ansa|upi|xinhua|kyodo|apa|sda|sid|kna|epd|ria novosti|риа новости|"
    r"интерфакс|europa press|bloomberg|cnn|ap photo|associated press|agencias|agencies|afp/reuters|pa|pti|ani"
)
_DATELINE_AGENCY = re.compile(
    rf"^[^()\n]{{0,70}}\((?:[^()\n]{{0,25}}[/\s,])?(?:{_AGENCY})(?:[/,\s][^()\n]{{0,25}})?\)\s*[-–—:.]*\s*",
    re.IGNORECASE,
)
"""`BERLIN (dpa/AFP) - `, `ANCHORAGE, Alaska (AP) — `."""

_DATELINE_RUSSIAN = re.compile(
    r"^[А-ЯЁ][\w\-, ()]{2,50}[.,] ?\d{1,2} [а-яё]{3,9}\.?\s*(?:/[^/\n]{2,25}/\.?|[А-ЯЁ]{3,20}(?:\.RU)?)"
    r"\s*[–—-]?\s+",
)
"""`МОСКВА, 14 августа. /ТАСС/. `, `Москва. 15 августа. ИНТЕРФАКС - `."""

_DATELINE_PLACE = re.compile(
    r"^(?:[A-ZÀ-ÖØ-ÞА-ЯЁ][A-ZÀ-ÖØ-ÞА-ЯЁ'’\-]{2,})(?:[ ,/]+[A-ZÀ-ÖØ-ÞА-ЯЁ][\w.'’\-]*){0,4}"
    r"(?:, \d{1,2}\.?(?: \w+\.?)?)?\s*(?:\([^)]{1,30}\)\s*)?"
    r"(?:[–—]|--|-(?=\s[^–—\n]{80})(?![^\n]{0,80}\s-\s))\s+"
    r"(?:[^\W\d_][^.\n–—]{2,30}\.\s+(?=[А-ЯЁ]))?(?=[\"“„«]?[A-ZÀ-ÖØ-ÞА-ЯЁ\d])"
)
"""`WEST PALM BEACH, Fla. — `, `МОСКВА, 15 авг — РИА Новости. `; not `NATO - the alliance - said`."""

_BYLINE = re.compile(r"^(?i:by|von|por|par|di|автор:?)\s+(?:[A-ZÀ-ÞА-ЯЁ][\w.'’\-]+[\s,|]*){1,6}.{0,60}$")
_HEADLINE_CHARS = 10
_AFTER_HEADLINE = re.compile(r"\s*[.:|\n–—-]|\s+[\"“„«]?[A-ZÀ-ÖØ-ÞА-ЯЁ\d]|[\u3000-\u9fff]")

_LIST_MARK = re.compile(r"^\s*(?:[•▪●◦■►·*]|[-–—]\s)\s*")


def paragraphs(title: str, text: str) -> list[str]:
    """The paragraphs of the text in order, plain, without datelines (a caption may stand before the text)."""
    found: list[str] = []
    headline = plain(title).casefold()
    for block in _blocks(text):
        block = _LIST_MARK.sub("", plain(block))
        if not found:
            block = without_headline(block, headline)
        block = without_dateline(block)
        if block and not (len(block) < 120 and _BYLINE.match(block) and block[-1] not in ".!?"):
            found.append(block)
    return found


def without_dateline(text: str) -> str:
    """`MOSCOW (Reuters) - The ...` to `The ...`."""
    for pattern in (_DATELINE_AGENCY, _DATELINE_RUSSIAN, _DATELINE_PLACE):
        shorter = pattern.sub("", text, count=1)
        if shorter != text and shorter:
            return shorter[0].upper() + shorter[1:]
    return text


def without_headline(text: str, headline: str) -> str:
    """The text without the headline (in lower case) that some outlets repeat at its beginning."""
    if len(headline) < _HEADLINE_CHARS or not text.casefold().startswith(headline):
        return text
    rest = text[len(headline) :]
    # `Ferry sinks` before `Ferry sinks off Harrow Bay.` is the beginning of a sentence.
    return rest.lstrip(" .:-–—|") if not rest or _AFTER_HEADLINE.match(rest) else text


def _blocks(text: str) -> list[str]:
    """Lines, or where lines are wrapped, what stands between blank lines."""
    if "\n" not in text:
        return [text]
    lines = [line.strip() for line in text.splitlines()]
    full = [line for line in lines if line]
    broken = sum(line[-1] not in '.!?…:"”»。！？' and 40 <= len(line) <= 100 for line in full)
    if len(full) > 3 and broken > len(full) * 0.6:
        return re.split(r"\n\s*\n", text)
    return full
