"""`groundswell dead-letters`: looks at records that could not be used, and sends them again."""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from typing import Annotated

import typer
from kafka import KafkaConsumer, TopicPartition

from pipeline.adapters.kafka.clients import make_consumer
from pipeline.adapters.kafka.kept_letters import KeptLetter, LettersTopic
from pipeline.adapters.kafka.letter_replay import LOST, Outcome, Replay, ReplayProducer, Send, send_nothing
from pipeline.adapters.kafka.reading import record_at
from pipeline.runtime.cli.command_errors import CommandError
from pipeline.runtime.cli.context import start
from pipeline.runtime.cli.letter_texts import description, line, row, summary
from pipeline.runtime.cli.moments import moment
from pipeline.settings import KafkaSettings

app = typer.Typer(help="Look at records that could not be used; send them again.", no_args_is_help=True)

LEFT_BEHIND = 1
"""Exit code of a replay after which articles may still be missing."""
MAX_NAMED = 20
"""Letters that are named in the end; the counts have all of them."""

Reason = Annotated[
    str | None, typer.Option(help="Only letters whose reason begins so, such as 'not JSON'.", show_default=False)
]
Since = Annotated[
    str | None, typer.Option(help="Only letters kept since then: a date, or 90min, 2h, 3d.", show_default=False)
]


@app.command("list")
def list_letters(
    context: typer.Context,
    reason: Reason = None,
    since: Since = None,
    limit: Annotated[int | None, typer.Option(help="The newest so many.", min=1, show_default=False)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="A JSON object for each letter.")] = False,
) -> None:
    """One line per letter, the newest last: its name, when, from where, its size, its reason."""
    kafka = start(context, "dead-letters").kafka
    with _consumer(kafka) as consumer:
        topic = LettersTopic.read(consumer, kafka.topics.dead_letters)
    chosen = _chosen(topic, reason, since)
    for each in chosen[-limit:] if limit else chosen:
        typer.echo(json.dumps(row(each, topic.replayed)) if as_json else line(each, topic.replayed))
    typer.echo(summary(chosen, topic.strangers), err=True)


@app.command()
def show(
    context: typer.Context,
    letter: Annotated[str, typer.Argument(metavar="PARTITION:OFFSET", help="As `list` names it.")],
    raw: Annotated[bool, typer.Option("--raw", help="Only the payload, its bytes untouched.")] = False,
) -> None:
    """Everything about one letter; what a terminal would obey is shown escaped."""
    kafka = start(context, "dead-letters").kafka
    topic, (partition, offset) = kafka.topics.dead_letters, _named(letter)
    with _consumer(kafka) as consumer:
        record = record_at(consumer, TopicPartition(topic, partition), offset)
        found = KeptLetter.read(record) if record else None
        if record is None or found is None:
            raise CommandError(
                f"no letter {letter} on {topic}; `groundswell dead-letters list` names those there are"
            )
        replayed = frozenset() if raw else LettersTopic.read(consumer, topic).replayed
    if raw:
        sys.stdout.buffer.write(record.value or b"")
        sys.stdout.buffer.flush()
    else:
        typer.echo(description(found, record.key, record.value, replayed))


@app.command()
def replay(
    context: typer.Context,
    reason: Reason = None,
    since: Since = None,
    again: Annotated[bool, typer.Option("--again", help="Also letters that came back from a replay.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be sent.")] = False,
) -> None:
    """Send the records of letters to the topic of articles again, each letter once. Safe to repeat.

    Ends with exit code 1 where articles may still be missing: what was cut and is gone, too large, or unreadable.
    """
    kafka = start(context, "dead-letters").kafka
    with _consumer(kafka) as letters, _consumer(kafka) as sources, _sender(kafka, dry_run) as send:
        topic = LettersTopic.read(letters, kafka.topics.dead_letters)
        chosen = _chosen(topic, reason, since)
        outcomes = Replay(letters, sources, send, again=again).run(topic, chosen)
    _tell(outcomes, dry_run)
    if LOST & set(outcomes.values()):
        raise typer.Exit(LEFT_BEHIND)


@contextmanager
def _consumer(kafka: KafkaSettings) -> Iterator[KafkaConsumer]:
    """In no group, so it needs no rights on one. Raises CommandError where there is no topic of dead letters."""
    topic = kafka.topics.dead_letters
    with closing(make_consumer(kafka)) as consumer:
        if not consumer.partitions_for_topic(topic):
            raise CommandError(
                f"there is no topic {topic}, or this user may not see it: see kafka.topics.dead_letters and the "
                "user's rights; `groundswell topics apply` makes it"
            )
        yield consumer


@contextmanager
def _sender(kafka: KafkaSettings, dry_run: bool) -> Iterator[Send]:
    if dry_run:
        yield send_nothing
        return
    with closing(ReplayProducer(kafka)) as producer:
        yield producer.send


def _chosen(topic: LettersTopic, reason: str | None, since: str | None) -> Sequence[KeptLetter]:
    """Those that match, by time."""
    first = moment(since, datetime.now(UTC)) if since else None
    wanted = (reason or "").casefold()
    chosen = (
        each
        for each in topic.letters
        if (first is None or each.kept_at >= first)
        and (each.reason.casefold().startswith(wanted) or each.kind.casefold() == wanted)
    )
    return sorted(chosen, key=lambda each: (each.kept_at, each.place))


def _named(letter: str) -> tuple[int, int]:
    found = re.fullmatch(r"([0-9]{1,9}):([0-9]{1,18})", letter)
    if found is None:
        raise CommandError(f"{letter!r} is no letter: give PARTITION:OFFSET, such as 0:17, as `list` names it")
    return int(found[1]), int(found[2])


def _tell(outcomes: Mapping[str, Outcome], dry_run: bool) -> None:
    """Counts on stdout; the letters that nothing can be done for on stderr."""
    counts = Counter(outcomes.values())
    sent = counts.pop(Outcome.REPLAYED, 0)
    typer.echo(f"{'would replay' if dry_run else 'replayed'} {sent}")
    for outcome in Outcome:
        if outcome in counts:
            typer.echo(f"{'left behind' if outcome in LOST else 'skipped'} {counts[outcome]}: {outcome.value}")
    lost = [f"{name}: {outcome.value}" for name, outcome in outcomes.items() if outcome in LOST]
    for each in lost[:MAX_NAMED]:
        typer.echo(each, err=True)
    if len(lost) > MAX_NAMED:
        typer.echo(f"and {len(lost) - MAX_NAMED} more", err=True)
