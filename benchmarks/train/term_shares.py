"""How common words are in general: shares of articles that have a term, for the first articles of a stream.

Made from the word frequencies of `wordfreq` (about 40 languages), which only this step needs:
`python -m benchmarks.train.term_shares` rewrites that part of the artifact.
"""

from __future__ import annotations

import re
from collections import defaultdict

import orjson

from pipeline.domain.clustering.model import ARTIFACT
from pipeline.domain.clustering.terms import STEM_CHARS, bucket

ARTICLE_WORDS = 100
"""Words of a typical article, as far as it is read."""

SMALLEST_SHARE = 0.02
COMMONEST = 3_000
_WORD = re.compile(r"\d+(?:[.,:]\d+)*|[^\W\d_]+")
_UNSPACED = ("zh", "ja")


def term_shares(frequencies: dict[str, dict[str, float]]) -> dict[int, float]:
    """Bucket -> share of articles. `frequencies`: language -> word -> share of all words."""
    shares: dict[int, float] = {}
    for language, words in frequencies.items():
        stems: dict[str, float] = defaultdict(float)
        for word, frequency in sorted(words.items(), key=lambda each: -each[1])[:COMMONEST]:
            for stem in _stems(word, language):
                stems[stem] += frequency
        for stem, frequency in stems.items():
            share = 1.0 - (1.0 - min(frequency, 0.5)) ** ARTICLE_WORDS
            if share >= SMALLEST_SHARE:
                shares[bucket(stem)] = max(shares.get(bucket(stem), 0.0), round(share, 2))
    return shares


def _stems(word: str, language: str) -> list[str]:
    if language in _UNSPACED:
        return [word[at : at + 2] for at in range(max(1, len(word) - 1))]
    return [each.casefold()[:STEM_CHARS] for each in _WORD.findall(word)]


def main() -> None:
    import wordfreq

    frequencies = {each: wordfreq.get_frequency_dict(each) for each in sorted(wordfreq.available_languages())}
    document = orjson.loads(ARTIFACT.read_bytes())
    document["term_shares"] = {str(each): share for each, share in sorted(term_shares(frequencies).items())}
    ARTIFACT.write_bytes(orjson.dumps(document, option=orjson.OPT_APPEND_NEWLINE))


if __name__ == "__main__":
    main()
