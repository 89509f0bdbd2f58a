"""Dead letters as text: what senders wrote is escaped, for a terminal obeys what it is sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from pipeline.adapters.kafka.kept_letters import Cut, KeptLetter, Place
from pipeline.domain.records.dates import written_date
from pipeline.runtime.cli.escaping import escaped

REASON_CHARS = 120
"""In a line of the list."""
SHOWN_BYTES = 4_000
"""Of a payload, key or header, so that nothing floods a terminal; `show --raw` has all of a payload."""
MAX_KINDS = 20
"""In a summary."""


def line(letter: KeptLetter, replayed: AbstractSet[Place]) -> str:
    """One line, for the list."""
    size = "null" if letter.size is None else f"{letter.size:,} bytes"
    state = ", ".join([_wholeness(letter), *_replay_states(letter, replayed)])
    return (
        f"{letter.name:<8}  {written_date(letter.kept_at)}  {letter.source}  {size:>14}  {state}  "
        f"{escaped(letter.reason[:REASON_CHARS])}"
    )


def row(letter: KeptLetter, replayed: AbstractSet[Place]) -> dict[str, Any]:
    """The same as values, to be written with everything but ASCII escaped."""
    return {
        "letter": letter.name,
        "kept_at": written_date(letter.kept_at),
        "kind": letter.kind,
        "reason": letter.reason,
        "topic": letter.source.topic,
        "partition": letter.source.partition,
        "offset": letter.source.offset,
        "bytes": letter.size,
        "cut": bool(letter.cuts),
        "replayed": letter.place in replayed,
        "replay_of": letter.replay_of,
        "replays": letter.replays,
    }


def summary(letters: Sequence[KeptLetter], strangers: int) -> str:
    """How many, by reason."""
    kinds = Counter(each.kind for each in letters)
    lines = [f"{len(letters):,} letters"]
    lines += [f"{count:>8,}  {escaped(kind[:REASON_CHARS])}" for kind, count in kinds.most_common(MAX_KINDS)]
    if len(kinds) > MAX_KINDS:
        lines.append(
            f"{kinds.total() - sum(count for _, count in kinds.most_common(MAX_KINDS)):>8,}  other reasons"
        )
    if strangers:
        lines.append(f"{strangers:,} other records on the topic are no letters")
    return "\n".join(lines)


def description(letter: KeptLetter, key: bytes | None, value: bytes | None, replayed: AbstractSet[Place]) -> str:
    """Everything, line by line."""
    return "\n".join(_lines(letter, key, value, replayed))


def _lines(
    letter: KeptLetter, key: bytes | None, value: bytes | None, replayed: AbstractSet[Place]
) -> Iterator[str]:
    yield f"letter   {letter.name} on {letter.place.topic}"
    yield f"kept     {written_date(letter.kept_at)}"
    yield f"from     {letter.source.topic}, partition {letter.source.partition}, offset {letter.source.offset}"
    yield f"stage    {escaped(letter.stage)}"
    yield f"error    {escaped(letter.exception_class)}"
    yield f"reason   {escaped(letter.reason)}"
    yield f"replay   {', '.join(_replay_states(letter, replayed)) or 'not yet'}"
    yield f"key      {'null' if key is None else _bounded(key)}"
    for name, content in letter.headers:
        yield f"header   {escaped(name[:SHOWN_BYTES])}: {_bounded(content)}"
    for part, cut in letter.cuts.items():
        yield f"cut      {_was(part, cut)}"
    if letter.size is None or value is None:
        yield "payload  null"
        return
    yield f"payload  {len(value):,} bytes, {_wholeness(letter)}"
    shown = value[:SHOWN_BYTES].decode("utf-8", "backslashreplace")
    yield from (f"  {escaped(each)}" for each in shown.split("\n"))
    if len(value) > SHOWN_BYTES:
        yield f"  ... {len(value) - SHOWN_BYTES:,} bytes more; `--raw` writes all of them"


def _was(part: str, cut: Cut) -> str:
    return f"the {part} had {cut.length:,} bytes with the SHA-256 {escaped(cut.sha256)}"


def _bounded(content: bytes) -> str:
    rest = len(content) - SHOWN_BYTES
    return escaped(content[:SHOWN_BYTES]) + (f" ... {rest:,} bytes more" if rest > 0 else "")


def _wholeness(letter: KeptLetter) -> str:
    return "cut" if letter.cuts else "whole"


def _replay_states(letter: KeptLetter, replayed: AbstractSet[Place]) -> Iterator[str]:
    if letter.replay_of:
        yield f"came back from replay {letter.replays} of {escaped(letter.replay_of[:REASON_CHARS])}"
    if letter.place in replayed:
        yield "replayed"
