"""Prints how saved feeds are read: by folder or archive how many files, entries, articles, and why some are not.

    python -m benchmarks.feeds FOLDER_OR_ARCHIVE...

Each file goes through the producer's own reader. Archives (.tar.gz) are read without being unpacked. Figures only.
"""

from __future__ import annotations

import re
import sys
import tarfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from producers.feeds.articles import feed_articles, read_feed
from producers.feeds.opml import FeedSource
from producers.feeds.parsed import FeedFormatError

SUFFIXES = (".xml", ".json", ".rss", ".atom")
URL = "https://feeds.example.org/feed.xml"
"""Where all of them came from, as far as their reader is told."""
_CONTENT_TYPE = re.compile(rb"^Content-type:\s*(\S.*?)\s*$", re.MULTILINE | re.IGNORECASE)
"""The header under which feedparser's tests are served stands in a comment at their beginning."""
_POSITION = re.compile(r"<unknown>:\d+:\d+: ")


@dataclass
class Tally:
    """What became of the files of one folder."""

    counts: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)

    def read(self, body: bytes) -> None:
        """Count one file in."""
        self.counts["files"] += 1
        given = _CONTENT_TYPE.search(body[:2_000])
        try:
            feed = read_feed(body, URL, given[1].decode("latin-1") if given else "application/xml")
        except FeedFormatError as error:
            self.counts["refused"] += 1
            self.reasons[_POSITION.sub("", str(error))] += 1
            return
        found = feed_articles(feed, FeedSource(URL), URL, datetime.now(UTC))
        self.counts.update(
            {
                "read": 1,
                "without an entry": int(not found.entries),
                "entries": found.entries,
                "articles": len(found.articles),
                "dated": sum(each.published_at is not None for each in found.articles),
                "with an address": sum(each.url is not None for each in found.articles),
                "with a text": sum(bool(each.text) for each in found.articles),
            }
        )


COLUMNS = (
    "files", "read", "refused", "without an entry",
    "entries", "articles", "dated", "with an address", "with a text",
)  # fmt: skip


def documents(root: Path) -> Iterator[tuple[str, bytes]]:
    """Of every feed below the root, its folder or archive and its bytes."""
    if root.is_file() and tarfile.is_tarfile(root):
        with tarfile.open(root) as archive:
            for member in archive:
                suffix = PurePosixPath(member.name).suffix
                if member.isfile() and suffix in SUFFIXES and (file := archive.extractfile(member)):
                    yield root.name, file.read()
    elif root.is_file():
        yield root.parent.name, root.read_bytes()
    else:
        for path in sorted(root.rglob("*")):
            if path.suffix in SUFFIXES and path.is_file():
                yield path.parent.name, path.read_bytes()
            elif path.name.endswith(".tar.gz"):
                yield from documents(path)


def tallies(roots: Iterable[Path]) -> dict[str, Tally]:
    by_folder: dict[str, Tally] = defaultdict(Tally)
    for root in roots:
        for folder, body in documents(root):
            by_folder[folder].read(body)
    return dict(by_folder)


def table(by_folder: dict[str, Tally]) -> Iterator[str]:
    yield f"| folder | {' | '.join(COLUMNS)} |"
    yield "|---" * (len(COLUMNS) + 1) + "|"
    for folder, tally in sorted(by_folder.items()):
        yield f"| {folder} | {' | '.join(str(tally.counts[column]) for column in COLUMNS)} |"
    total = sum((tally.counts for tally in by_folder.values()), Counter[str]())
    yield f"| all | {' | '.join(str(total[column]) for column in COLUMNS)} |"


def reasons(by_folder: dict[str, Tally]) -> Iterator[str]:
    for reason, count in sum((tally.reasons for tally in by_folder.values()), Counter[str]()).most_common():
        yield f"{count:6}  {reason}"


def main() -> None:
    if not sys.argv[1:]:
        raise SystemExit(__doc__)
    by_folder = tallies(Path(each) for each in sys.argv[1:])
    print("\n".join(table(by_folder)), "\nRefused:", "\n".join(reasons(by_folder)), sep="\n")


if __name__ == "__main__":
    main()
