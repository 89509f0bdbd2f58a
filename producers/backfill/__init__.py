"""Backfill: the articles of web archives (WARC), such as Common Crawl's of news."""

from producers.backfill.archive import ArchiveError
from producers.backfill.run import BackfillError, Summary, backfill

__all__ = ["ArchiveError", "BackfillError", "Summary", "backfill"]
