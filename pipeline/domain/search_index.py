"""Finds what people mean by words that they type: other forms of a word, other scripts, slips of the keys.

A document is found where each word of the query is met by one of its words:
- it begins with it; in scripts without spaces it holds it anywhere;
- it has the same stem, in the language of its text (`elections` meets `election`, not `electricity`);
- it sounds alike in another script (`Putin` meets `Путиным`): compared in Latin letters, one letter aside, two in
  a long word, for transcriptions differ (`Трамп` is `tramp`);
- a slip apart, where no word of any document is met otherwise: one letter, two in a long word.
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

from anyascii import anyascii
from rapidfuzz import process
from rapidfuzz.distance import OSA

from pipeline.domain.search import searchable
from pipeline.domain.stemming import stem
from pipeline.domain.writing import UNSPACED

LEAST_LETTERS = 4
"""Of a word that is compared by stem, sound or slip: shorter ones are all alike."""
LONG_LETTERS = 8
SMALL_POSTINGS = 64
_AFTER_ALL = "\U0010ffff"
SMALL_VOCABULARY = 50_000


@dataclass(frozen=True)
class Steps:
    """What is tried beside the beginnings of words; all but for measuring."""

    stems: bool = True
    scripts: bool = True
    slips: bool = True


ALL_STEPS = Steps()
K = TypeVar("K")


class SearchIndex:
    """Words to the numbers of the documents that hold them. Safe between threads.

    A document that is dropped leaves its number behind until a list of numbers doubles, or the vocabulary does.
    """

    def __init__(self, steps: Steps = ALL_STEPS) -> None:
        self._steps = steps
        self._lock = threading.Lock()
        self._live: set[int] = set()
        self._documents: dict[str, list[int]] = {}
        self._stems: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
        self._sounds: defaultdict[str, set[str]] = defaultdict(set)
        """Words of other scripts, by what they are in Latin letters."""
        self._formed: set[tuple[str, str]] = set()
        """Words whose stem and sound are known: finding them costs more than all the rest."""
        self._languages: set[str] = set()
        self._sorted: list[str] = []
        self._fresh: list[str] = []
        self._sorted_sounds: list[str] = []
        self._unspaced: list[str] = []
        self._kept = SMALL_VOCABULARY

    def add(self, number: int, texts: Mapping[str, str]) -> None:
        """A document: `searchable` texts by language."""
        with self._lock:
            self._live.add(number)
            for language, text in texts.items():
                for word in set(text.split()):
                    self._add_word(number, word, language)
            if len(self._documents) > 2 * self._kept:
                self._sweep()

    def drop(self, number: int) -> None:
        """The document is gone."""
        with self._lock:
            self._live.discard(number)

    def find(self, query: str) -> Collection[int] | None:
        """Numbers of documents, dead ones among them; None where the query has no word."""
        # Each once: a letter that stands there a hundred times would cost a hundred times as much.
        terms = dict.fromkeys(searchable(query).split())
        if not terms:
            return None
        with self._lock:
            self._sort()
            found: set[int] | None = None
            for term in terms:
                holding = {number for word in self._words(term) for number in self._documents.get(word, ())}
                found = holding if found is None else found & holding
                if not found:
                    break
        return found or frozenset()

    def _words(self, term: str) -> set[str]:
        """Words of the documents that meet a word of the query."""
        found = self._beginning(term)
        if len(term) < LEAST_LETTERS and term.isascii():
            return found
        if self._steps.stems:
            found |= self._same_stem(term)
        if self._steps.scripts:
            found |= self._same_sound(term)
        if self._steps.slips and not found:
            found = set(_near(term, self._sorted))
        return found

    def _beginning(self, term: str) -> set[str]:
        if UNSPACED.search(term):
            return {word for word in self._unspaced if term in word}
        return set(_with_prefix(self._sorted, term))

    def _same_stem(self, term: str) -> set[str]:
        keys = ((language, stem(term, language)) for language in self._languages)
        return {word for key in keys for word in self._stems.get(key, ())}

    def _same_sound(self, term: str) -> set[str]:
        sound = latin(term)
        if len(sound) < LEAST_LETTERS:
            return set()
        near = {*_with_prefix(self._sorted_sounds, sound), *_near(sound, self._sorted_sounds)}
        found = {word for each in near for word in self._sounds.get(each, ())}
        if sound != term:  # the query is of another script: what is written in Latin letters is meant too
            found |= self._beginning(sound) | set(_near(sound, self._sorted)) | self._same_stem(sound)
        return found

    def _add_word(self, number: int, word: str, language: str) -> None:
        documents = self._documents.get(word)
        if documents is None:
            documents = self._documents[word] = []
            self._fresh.append(word)
            if UNSPACED.search(word):
                self._unspaced.append(word)
        documents.append(number)
        size = len(documents)
        if size > SMALL_POSTINGS and not size & (size - 1):
            documents[:] = [each for each in documents if each in self._live]
        if len(word) >= LEAST_LETTERS and (language, word) not in self._formed:
            self._formed.add((language, word))
            self._add_forms(word, language)

    def _add_forms(self, word: str, language: str) -> None:
        base = stem(word, language)
        self._languages.add(language)
        self._stems[language, base].add(word)
        if not word.isascii() and (sound := latin(word)) != word:
            self._sounds[sound].add(word)
            self._sounds[latin(base)].add(word)

    def _sort(self) -> None:
        if self._fresh:
            self._sorted += self._fresh
            self._sorted.sort()
            self._fresh.clear()
        if len(self._sorted_sounds) != len(self._sounds):
            self._sorted_sounds = sorted(self._sounds)

    def _sweep(self) -> None:
        """Forget words that only dropped documents had."""
        live = self._live
        self._documents = {
            word: kept for word, old in self._documents.items() if (kept := [each for each in old if each in live])
        }
        self._sorted, self._fresh, self._sorted_sounds = sorted(self._documents), [], []
        self._unspaced = [word for word in self._unspaced if word in self._documents]
        self._stems = _swept(self._stems, self._documents)
        self._sounds = _swept(self._sounds, self._documents)
        self._formed = {each for each in self._formed if each[1] in self._documents}
        self._kept = max(len(self._documents), SMALL_VOCABULARY)


def _swept(forms: Mapping[K, set[str]], known: Mapping[str, list[int]]) -> defaultdict[K, set[str]]:
    kept = {form: words & known.keys() for form, words in forms.items()}
    return defaultdict(set, {form: words for form, words in kept.items() if words})


@lru_cache(maxsize=100_000)
def latin(word: str) -> str:
    """The word in Latin letters, as it sounds: `Краснолесье` is `krasnolese`."""
    return "".join(letter for letter in anyascii(word).lower() if letter.isalnum())


def _with_prefix(words: list[str], prefix: str) -> list[str]:
    """Of sorted words."""
    return words[bisect_left(words, prefix) : bisect_left(words, prefix + _AFTER_ALL)]


def _near(term: str, words: list[str]) -> list[str]:
    """Of sorted words those that differ in one letter, two where they are long; the first is seldom missed."""
    if len(term) < LEAST_LETTERS:
        return []
    allowed = 2 if len(term) >= LONG_LETTERS else 1
    found = process.extract(
        term, _with_prefix(words, term[0]), scorer=OSA.distance, score_cutoff=allowed, limit=None
    )
    return [word for word, _, _ in found if len(word) >= LEAST_LETTERS]
