"""Figures of a sentence: a number, what it counts, and how firmly it is said.

Numbers are read as digits or words, with the separators of the language. What is counted is found by
patterns per language that tie a number to a phrase such as `people were killed`; a number that no pattern
ties to anything is no figure. Precision comes before recall.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from typing import Any

from pipeline.domain.story.language.spelled import digits_of, runs_of
from pipeline.json_codec import from_json

LABELS = {
    "dead": "dead",
    "injured": "injured",
    "missing": "missing",
    "arrested": "arrested",
    "evacuated": "evacuated",
    "magnitude": "magnitude",
    "area": "burned area",
    "contained": "percent contained",
    "talks": "length of the talks",
    "outage": "length of the outage",
}
"""What is counted, as the record names it."""

CACHED_WORDS = 65_536
"""News repeats its words."""

_PART_OF_THEM = re.compile(r"\s[A-Z][a-z]{2,}(?:an|sh|se|ch|eli|ani)s?\b")
"""`10 American tourists` were killed, but others may have been too."""

_WORDS = re.compile(r"[^\W\d_]+|\d+")
_DIGITS = r"\d{1,3}(?:[.,\u00a0\u202f ]\d{3})+(?![\d])(?:[.,]\d{1,2})?|\d+(?:[.,]\d+)?"
_GROUPED = re.compile(r"\d{1,3}(?:[.,\u00a0\u202f ]\d{3})+")
_HECTARES_PER_ACRE = 0.40468564
_POINT_LANGUAGES = frozenset({"en", "zh", "ja", "ko", "ar"})
"""Languages that write 1,234.5; the others write 1.234,5."""


@dataclass(frozen=True)
class Figure:
    """A number and what it counts."""

    kind: str
    """A key of `LABELS`."""
    value: float
    """Hours, hectares, percent, or a plain count."""
    hedge: str
    """`at least`, `more than`, `nearly`, `about`, `up to`, or nothing."""
    shown: str
    """As a claim is listed: in English words and digits, whatever the language of the sentence."""


@dataclass(frozen=True)
class Numerals:
    """How a language writes figures."""

    language: str
    words: dict[str, float]
    first_words: frozenset[str]
    """Every word that stands in a number word."""
    scales: dict[str, float]
    hedges: dict[str, str]
    runs: re.Pattern[str]
    """Number words that belong together."""
    halves: tuple[str, ...]
    stems: dict[str, tuple[str, ...]]
    """Without one of them in the sentence, the pattern of the kind needn't be tried."""
    kinds: dict[str, re.Pattern[str]]
    talks: re.Pattern[str]
    outage: re.Pattern[str]
    skip: re.Pattern[str]
    """Other years, plans and fears: such a sentence states no figure of this event."""


def figures(sentence: str, language: str, context: str = "") -> tuple[Figure, ...]:
    """The figures of a sentence, at most one of each kind (the first).

    `context` is the sentence before, where this one points back to it: `The talks ... They took three hours.`
    """
    numerals = numerals_of(language)
    if numerals is None or not _counts_anything(sentence, numerals) or numerals.skip.search(sentence):
        return ()
    sentence = in_digits(sentence, numerals)
    if not _has_number(sentence, numerals):
        return ()
    found: dict[str, Figure] = {}
    for figure in _found(sentence, context, numerals):
        found.setdefault(figure.kind, figure)
    return tuple(found.values())


@lru_cache(maxsize=CACHED_WORDS)
def number_of(word: str, language: str) -> float:
    """The number that a word in lower case spells, 0 for any other word and in a language without numerals."""
    numerals = numerals_of(language)
    if numerals is None:
        return 0.0
    digits = in_digits(word, numerals)
    return numerals.words.get(word, 0.0) if digits == word or not digits.isdigit() else float(digits)


def in_digits(text: str, numerals: Numerals) -> str:
    """The text with digits for numbers of several words (`two hundred and fifty`)."""
    return numerals.runs.sub(lambda run: digits_of(run[0].casefold(), numerals.language), text)


def _counts_anything(sentence: str, numerals: Numerals) -> bool:
    lower = sentence.casefold()
    return any(stem in lower for stems in numerals.stems.values() for stem in stems)


def _has_number(sentence: str, numerals: Numerals) -> bool:
    return any(word in numerals.first_words or word.isdigit() for word in _WORDS.findall(sentence.casefold()))


def _found(sentence: str, context: str, numerals: Numerals) -> Iterator[Figure]:
    lower = sentence.casefold()
    for name, pattern in numerals.kinds.items():
        if not any(stem in lower for stem in numerals.stems[name]):
            continue
        match = pattern.search(sentence)
        if match is None:
            continue
        number = next(text for key, text in match.groupdict().items() if text and key.startswith("n"))
        value = parse(number, numerals)
        if value is None or _PART_OF_THEM.search(sentence, match.end() - len(match.group()), match.end()):
            continue
        # The hedge stands inside or right before the match, never elsewhere in the sentence.
        before = sentence[max(0, match.start() - 24) : match.end()]
        hedge = _hedge(before[: before.rfind(number)], numerals)
        if name in ("hours", "minutes"):
            yield from _duration(name, value, match, hedge, f"{sentence} {context}", numerals)
        else:
            yield _figure(name, value, hedge)


def _duration(
    name: str, value: float, match: re.Match[str], hedge: str, text: str, numerals: Numerals
) -> Iterator[Figure]:
    """A length of time counts where the sentence says what was so long."""
    kind = "talks" if numerals.talks.search(text) else "outage" if numerals.outage.search(text) else ""
    if not kind:
        return
    minutes = next((text for key, text in match.groupdict().items() if text and key.startswith("m")), None)
    if minutes is not None:
        value += (parse(minutes, numerals) or 0.0) / 60
    elif re.search(r"\b(?:media|demie)\b", match.group()):
        value += 0.5
    yield _figure(kind, value / 60 if name == "minutes" else value, hedge, unit="hours")


def _figure(name: str, value: float, hedge: str, unit: str = "") -> Figure:
    kind = "area" if name in ("acres", "hectares") else name
    plain = f"{value:,.2f}".rstrip("0").rstrip(".")
    unit = unit or {"acres": "acres", "hectares": "hectares", "contained": "%"}.get(name, "")
    if unit == "hours" and value == 1:
        unit = "hour"
    shown = " ".join(part for part in (hedge, plain, unit) if part).replace(" %", "%")
    return Figure(kind, value * _HECTARES_PER_ACRE if name == "acres" else value, hedge, shown)


def _hedge(before: str, numerals: Numerals) -> str:
    tail = before.casefold().rstrip()
    for phrase, meaning in numerals.hedges.items():
        if tail.endswith(phrase) and not tail[: -len(phrase)][-1:].isalpha():
            return meaning
    return ""


def parse(text: str, numerals: Numerals) -> float | None:
    """`1,200`, `1.200` (German), `zwölf`, `two and a half`, `4,5 тысячи` as numbers."""
    lower = text.casefold().strip()
    factor, extra = 1.0, 0.0
    for half in numerals.halves:
        if lower.endswith(half):
            lower, extra = lower[: -len(half)].strip(), 0.5
    for scale, size in numerals.scales.items():
        if lower.endswith(scale) and lower != scale:
            lower, factor = lower[: -len(scale)].strip(), size
            break
    value = numerals.words.get(lower)
    if value is None:
        value = _digits(lower, numerals.language)
    return None if value is None else (value + extra) * factor


def _digits(text: str, language: str) -> float | None:
    if _GROUPED.fullmatch(text) and not (language in _POINT_LANGUAGES and "." in text):
        return float(re.sub(r"\D", "", text))
    try:
        if language in _POINT_LANGUAGES:
            return float(text.replace(",", ""))
        return float(text.replace("\u00a0", "").replace(",", "."))
    except ValueError:
        return None


@cache
def numerals_of(language: str) -> Numerals | None:
    """None for a language whose figures are not read."""
    file = resources.files("pipeline.domain.story.language.numerals") / f"{language}.json"
    if not (language.isalpha() and file.is_file()):
        return None
    return _numerals(language, from_json(file.read_bytes()))


def _numerals(language: str, lists: dict[str, Any]) -> Numerals:
    words = {word.casefold(): number for word, number in lists["words"].items()}
    hedges = {phrase: meaning for meaning, phrases in lists["hedges"].items() for phrase in phrases}
    return Numerals(
        language=language,
        words=words,
        scales=lists["scales"],
        runs=runs_of(lists["words"], lists["scales"], language),
        hedges=dict(sorted(hedges.items(), key=lambda item: -len(item[0]))),
        halves=tuple(lists["halves"]),
        first_words=frozenset(_WORDS.findall(" ".join(words))),
        stems={kind: tuple(stems) for kind, stems in lists["stems"].items()},
        kinds={kind: _pattern(patterns, lists) for kind, patterns in lists["kinds"].items()},
        talks=re.compile(lists["talks"], re.IGNORECASE),
        outage=re.compile(lists["outage"], re.IGNORECASE),
        skip=re.compile(lists["skip"], re.IGNORECASE),
    )


def _pattern(patterns: list[str], lists: dict[str, Any]) -> re.Pattern[str]:
    """All patterns of one kind as one; every `{N}` becomes a group of its own, since names can't repeat."""
    counter = iter(range(1_000))
    hedges = _alternatives(phrase for phrases in lists["hedges"].values() for phrase in phrases)
    words, scales = _alternatives(lists["words"]), _alternatives(lists["scales"])
    halves = "".join(rf"(?: {half})?" for half in lists["halves"])
    number = rf"(?:(?:{_DIGITS}|\b(?:{words}))(?:[- \u00a0](?:{scales})\b)?{halves})"
    opening, closing = rf"(?:\b(?:{hedges}) )?(?<![\d.,$€£])(?<!\bno )", r"(?!\d|[.,]\d)"
    filled = []
    for pattern in patterns:
        while "{N}" in pattern:
            pattern = pattern.replace("{N}", rf"{opening}(?P<n{next(counter)}>{number}){closing}", 1)
        while "{M}" in pattern:
            pattern = pattern.replace("{M}", rf"(?P<m{next(counter)}>{number})", 1)
        filled.append(pattern.replace("{P}", lists["people"]))
    return re.compile("|".join(f"(?:{each})" for each in filled), re.IGNORECASE)


def _alternatives(words: Any) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=lambda word: (-len(word), word)))
