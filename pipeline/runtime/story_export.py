"""The stories of a day from the topic, as a table for analysts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

from groundswell.record import Member, Status, StoryRecord
from pipeline.mendable import MendableError

ROWS = 1_000
"""Written at once."""


class NoParquetError(MendableError):
    """No Parquet file can be written: the library is not installed, or the place is of no use."""


def stories_of(day: date, records: Iterable[StoryRecord]) -> list[StoryRecord]:
    """The last revision of each story that was covered on this day (UTC), in order of its first coverage.

    `records` come in the order of the topic. Only stories of the day are held.
    """
    start = datetime.combine(day, time(), UTC)
    found: dict[str, StoryRecord] = {}
    for record in records:
        found.pop(record.story_id, None)
        for absorbed in record.absorbed:
            if absorbed in found and found[absorbed].revision <= record.revision:  # else it lives again
                del found[absorbed]
        if record.status is not Status.MERGED and _is_covered(record, start):
            found[record.story_id] = record
    return sorted(found.values(), key=lambda record: (record.first_published_at, record.story_id))


def _is_covered(record: StoryRecord, start: datetime) -> bool:
    first, last = record.first_published_at, record.last_published_at
    # The end of the last day that there is can't be named.
    return first is not None and last is not None and first - start < timedelta(days=1) and last >= start


def write_parquet(records: list[StoryRecord], path: Path) -> None:
    """One row a story. A file that stood there before is replaced once all is written, a device never.

    Raises NoParquetError.
    """
    try:
        pa, pq = import_module("pyarrow"), import_module("pyarrow.parquet")
    except ImportError:
        raise NoParquetError("Parquet needs pyarrow: pip install 'groundswell-pipeline[export]'") from None
    schema = _schema(pa)
    beside = path.with_name(f"{path.name}.part")
    is_device = path.exists() and not path.is_file()
    try:
        with pq.ParquetWriter(path if is_device else beside, schema, compression="zstd") as writer:
            for start in range(0, len(records), ROWS):
                rows = [_row(record) for record in records[start : start + ROWS]]
                writer.write_table(pa.Table.from_pylist(rows, schema))
        if not is_device:
            beside.replace(path)
    except OSError as error:
        raise NoParquetError(f"{path} can't be written: {error.strerror or error}") from None
    finally:
        beside.unlink(missing_ok=True)


def _schema(pa: Any) -> Any:
    moment, counts = pa.timestamp("ms", "UTC"), pa.map_(pa.string(), pa.int32())
    names = ("article_id", "url", "title", "domain", "bias", "country", "language")
    member = pa.struct(
        [*((name, pa.string()) for name in names), ("published_at", moment), ("is_reprint", pa.bool_())]
    )
    return pa.schema(
        [
            *((name, pa.string()) for name in ("story_id", "status", "title", "language", "summary")),
            ("revision", pa.int64()),  # milliseconds since 1970
            *((name, pa.int32()) for name in _COUNTS),
            *((name, pa.int32()) for name in ("left", "center", "right", "rated_source_count")),
            ("blindspot", pa.string()),
            ("languages", counts),
            ("countries", counts),
            ("entities", counts),
            ("keywords", pa.list_(pa.string())),
            ("topics", pa.list_(pa.string())),
            *((name, moment) for name in _TIMES),
            ("articles", pa.list_(member)),
        ]
    )


_COUNTS = ("article_count", "original_count", "reprint_count", "source_count", "publisher_count")
_TIMES = ("first_published_at", "last_published_at", "updated_at")


def _row(record: StoryRecord) -> dict[str, Any]:
    cover = record.coverage
    return {
        "story_id": record.story_id,
        "status": record.status.value,
        "title": record.title,
        "language": record.language,
        "summary": record.summary.text if record.summary else None,
        **{name: getattr(record, name) for name in ("revision", *_COUNTS, *_TIMES)},
        **{side: getattr(cover.bias, side).count for side in ("left", "center", "right")},
        "rated_source_count": cover.rated_source_count,
        "blindspot": cover.blindspot.side.value if cover.blindspot else None,
        "languages": list(cover.languages.items()),
        "countries": list(cover.countries.items()),
        "entities": [(each.name, each.articles) for each in record.entities],
        "keywords": record.keywords,
        "topics": [each.id for each in record.topics],
        "articles": [_article(each) for each in record.articles],
    }


def _article(member: Member) -> dict[str, Any]:
    plain = ("article_id", "url", "title", "language", "published_at", "is_reprint")
    outlet = ("domain", "bias", "country")
    return {name: getattr(member, name) for name in plain} | {
        name: getattr(member.outlet, name) for name in outlet
    }
