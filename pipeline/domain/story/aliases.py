"""Whether two names stand for one: short and long form, spellings that differ by little, initials, two scripts.

Names in Cyrillic (and other letters than ours) are compared as anyascii writes them, and then their consonants
and cases count as well: `Трамп` comes out as `Tramp`. Of the Cyrillic names in one document in six languages that
finds 497 in its English text; near spelling alone 364, no transliteration none (Unidecode: 493). In the English
text of another document it finds 0.7, most of them rightly.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from difflib import SequenceMatcher
from functools import lru_cache

from anyascii import anyascii

from pipeline.domain.writing import UNSPACED, folded

_ALIKE = 0.8
_ACRONYM = re.compile(r"[A-ZА-ЯЁ]{2,6}")
_INITIALS_ENOUGH = 3
"""An acronym of fewer letters (`LA`) is that of a long form only where a text says so."""

_SMALL_WORD = re.compile(r"[a-zа-яё]{1,4}")
"""`of` in `Department of Justice`: some acronyms leave it out."""

_CONSONANTS = re.compile(r"[aeiouy'`]+|(.)(?=\1)")
_LEAST_CONSONANTS = 3
_CASES = frozenset({"a", "u", "e", "om", "em", "oy", "y", "i", "ya", "yu"})
"""Endings of names in Slavic languages."""


def alias(name: str, head: str, texts: Collection[str] = ()) -> bool:
    """Whether `name` stands for what `head` is the name of; `texts` may say so: `head (name)`."""
    ours, theirs = plain(name).split(), plain(head).split()
    if not ours or not theirs:
        return False
    if len(ours) == 1 and len(theirs) > 1 and _is_short_for(name, head, texts):
        return True
    foreign = name.isascii() != head.isascii() or not name.isascii()
    if len(ours) == 1:
        return _near(ours[0], theirs[-1], foreign)
    return (
        _near(ours[0], theirs[0], foreign)
        and _near(ours[-1], theirs[-1], foreign)
        and len(ours) - len(theirs) in (-1, 0, 1)
    )


def named(words: str) -> Callable[[str], bool]:
    """Whether a name has all these words, in any order; both are `searchable`.

    Words in our letters must be the same; in others, or across scripts, they may differ as those of `alias` do.
    Names that are written without spaces count as one word: `习近平` is `xi jinping`.
    """
    wanted = frozenset(words.split())
    whole = _joined(words) if UNSPACED.search(words) else None
    initials = frozenset("".join("vw" if plain(each)[:1] in ("v", "w") else plain(each)[:1] for each in wanted))
    known: dict[str, frozenset[str]] = {}

    def met_by(word: str) -> frozenset[str]:
        """The words that it stands for. Names of many stories repeat theirs."""
        if word not in known:
            known[word] = frozenset(each for each in wanted if _same(each, word))
        return known[word]

    def is_named(name: str) -> bool:
        if name.isascii():
            if words.isascii():
                return wanted.issubset(name.split())
            if name.replace(" ", "") == whole:
                return True
            likely = [word for word in name.split() if word[0] in initials]
        else:
            likely = name.split()
        return bool(likely) and frozenset().union(*map(met_by, likely)).issuperset(wanted)

    return is_named


def _same(one: str, other: str) -> bool:
    if one == other or (one.isascii() and other.isascii()):
        return one == other
    sound, other_sound = plain(one), plain(other)
    return bool(sound and other_sound) and _near(sound, other_sound, True)  # a soft sign has no sound


def _joined(name: str) -> str:
    return "".join(plain(name).split())


@lru_cache(maxsize=4_096)
def plain(name: str) -> str:
    """In Latin letters, without case and accents."""
    return folded(name if name.isascii() else anyascii(name)).replace("`", "'")


def _is_short_for(name: str, head: str, texts: Collection[str]) -> bool:
    letters = name.replace(".", "")
    if not _ACRONYM.fullmatch(letters) or letters not in _initials(head):
        return False
    return len(letters) >= _INITIALS_ENOUGH or any(f"{head} ({name})" in text for text in texts)


@lru_cache(maxsize=4_096)
def _initials(name: str) -> tuple[str, str]:
    """`DOJ` and `DJ` of `Department of Justice`."""
    words = name.replace("-", " ").split()
    large = [word for word in words if not _SMALL_WORD.fullmatch(word)]
    return "".join(word[0].upper() for word in words), "".join(word[0].upper() for word in large)


@lru_cache(maxsize=4_096)
def _near(one: str, other: str, foreign: bool) -> bool:
    """Words that differ by little; of two scripts also those with the same consonants, and cases of a name."""
    if one == other:
        return True
    if one[0] != other[0] and {one[0], other[0]} != {"v", "w"}:
        return False
    if foreign and (_is_case_of(one, other) or _is_case_of(other, one)):
        return True
    if foreign and _bones(one) == _bones(other) and len(_bones(one)) >= _LEAST_CONSONANTS:
        return True
    if min(len(one), len(other)) < 5 or abs(len(one) - len(other)) > 3:
        return False
    return SequenceMatcher(None, one, other).ratio() > _ALIKE


def _is_case_of(word: str, name: str) -> bool:
    """`Olega` of `Oleg`."""
    return len(name) >= 3 and word.startswith(name) and word[len(name) :] in _CASES


def _bones(word: str) -> str:
    return _CONSONANTS.sub("", word)
