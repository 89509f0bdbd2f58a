"""`groundswell webhooks`: looks at events that a receiver did not take, and sends them again."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack, closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer
from kafka import KafkaConsumer, TopicPartition

from pipeline.adapters.kafka.clients import make_consumer
from pipeline.adapters.kafka.reading import record_at
from pipeline.domain.records.dates import written_date
from pipeline.runtime.cli.command_errors import CommandError
from pipeline.runtime.cli.context import start
from pipeline.runtime.cli.escaping import escaped
from pipeline.runtime.cli.moments import moment
from pipeline.settings import Settings

if TYPE_CHECKING:
    # What a role needs is loaded by the commands of this role alone.
    from consumers.webhooks.dead_letters import DeadLetters, Letter, LetterName, LettersFile
    from consumers.webhooks.letter_replay import Outcome

app = typer.Typer(help="Look after webhooks.", no_args_is_help=True)
letters_app = typer.Typer(help="Events that a receiver did not take; send them again.", no_args_is_help=True)
app.add_typer(letters_app, name="dead-letters")

LACKING = 1
"""Exit code of a replay after which a receiver still lacks events."""
MAX_NAMED = 20
"""Letters that are named in the end; the counts have all of them."""

Subscription = Annotated[str | None, typer.Option(help="Only those of this subscription.", show_default=False)]
Since = Annotated[
    str | None, typer.Option(help="Only those given up since then: a date, or 90min, 2h, 3d.", show_default=False)
]


@letters_app.command("list")
def list_letters(
    context: typer.Context,
    subscription: Subscription = None,
    since: Since = None,
    as_json: Annotated[bool, typer.Option("--json", help="A JSON object for each.")] = False,
) -> None:
    """One line per event, the newest last: when it was given up, whose, its name, what, tries, reason."""
    file = _read(_letters_of(start(context, "webhooks")))
    chosen = _chosen(file, subscription, since)
    for each in chosen:
        typer.echo(json.dumps(_row(each, file)) if as_json else _line(each, file))
    lacking = sum(each.name not in file.replayed for each in chosen)
    strangers = f"; {file.strangers:,} lines of the file are none" if file.strangers else ""
    typer.echo(f"{len(chosen):,} letters, {lacking:,} of them not replayed{strangers}", err=True)


@letters_app.command()
def replay(
    context: typer.Context,
    subscription: Subscription = None,
    since: Since = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be sent.")] = False,
) -> None:
    """Send events to their receivers again, each until it was taken once. Safe to repeat.

    Ends with exit code 1 where a receiver still lacks some.
    """
    settings = start(context, "webhooks")
    letters = _letters_of(settings)
    file = _read(letters)
    done = asyncio.run(_replayed(settings, letters, file, _chosen(file, subscription, since), dry_run))
    if _tell(done, dry_run):
        raise typer.Exit(LACKING)


def _letters_of(settings: Settings) -> DeadLetters:
    from consumers.webhooks.dead_letters import DeadLetters

    return DeadLetters(settings.webhooks.dead_letters)


def _read(letters: DeadLetters) -> LettersFile:
    try:
        return letters.read()
    except OSError as error:
        raise CommandError(f"the dead letters can't be read: {error}; see webhooks.dead_letters") from None


def _chosen(file: LettersFile, subscription: str | None, since: str | None) -> Sequence[Letter]:
    """Those that match, as they were given up."""
    first = moment(since, datetime.now(UTC)) if since else None
    return [
        each
        for each in file.letters
        if (subscription is None or each.subscription == subscription) and (first is None or each.at >= first)
    ]


async def _replayed(
    settings: Settings, letters: DeadLetters, file: LettersFile, chosen: Sequence[Letter], dry_run: bool
) -> Mapping[LetterName, tuple[Outcome, str]]:
    from consumers.webhooks.letter_replay import LetterReplay
    from consumers.webhooks.receiver import Answer, Fate, Receiver

    async def send_nothing(_event: object) -> Answer:
        return Answer(Fate.DELIVERED)

    hooks, topic = settings.webhooks, settings.kafka.topics.stories
    async with AsyncExitStack() as open_receivers:
        receivers = {
            each.name: Receiver(each, hooks.timeout_s, hooks.allow_addresses) for each in hooks.subscriptions
        }
        for receiver in receivers.values():
            open_receivers.push_async_callback(receiver.close)
        sends = {name: send_nothing if dry_run else receiver.send for name, receiver in receivers.items()}
        with closing(_consumer(settings)) as consumer:
            return await LetterReplay(
                lambda letter: record_at(consumer, TopicPartition(topic, letter.partition), letter.offset),
                sends,
                (lambda _letter: None) if dry_run else letters.note_replayed,
            ).run(chosen, file.replayed)


def _consumer(settings: Settings) -> KafkaConsumer:
    """In no group, so it needs no rights on one. Raises CommandError where there is no topic of stories."""
    consumer = make_consumer(settings.kafka)
    topic = settings.kafka.topics.stories
    if not consumer.partitions_for_topic(topic):
        consumer.close()
        raise CommandError(f"there is no topic {topic}, or this user may not see it: see kafka.topics.stories")
    return consumer


def _line(letter: Letter, file: LettersFile) -> str:
    state = "replayed" if letter.name in file.replayed else "waits"
    return (
        f"{written_date(letter.at)}  {escaped(letter.subscription)}  {escaped(letter.webhook_id)}  "
        f"{letter.type.value}  {letter.tries} tries  {state}  {escaped(letter.reason)}"
    )


def _row(letter: Letter, file: LettersFile) -> dict[str, Any]:
    """The same as values, to be written with everything but ASCII escaped."""
    replayed_at = file.replayed.get(letter.name)
    return {
        **letter.model_dump(mode="json"),
        "replayed_at": written_date(replayed_at) if replayed_at else None,
    }


def _tell(done: Mapping[LetterName, tuple[Outcome, str]], dry_run: bool) -> bool:
    """Counts on stdout, what a receiver still lacks on stderr; whether there is any."""
    from consumers.webhooks.letter_replay import LACKING as STILL_LACKING
    from consumers.webhooks.letter_replay import Outcome

    counts = Counter(outcome for outcome, _ in done.values())
    typer.echo(f"{'would replay' if dry_run else 'replayed'} {counts.pop(Outcome.REPLAYED, 0)}")
    for outcome in Outcome:
        if outcome in counts:
            typer.echo(
                f"{'lacking' if outcome in STILL_LACKING else 'skipped'} {counts[outcome]}: {outcome.value}"
            )
    lacking = [(name, *fate) for name, fate in done.items() if fate[0] in STILL_LACKING]
    for name, outcome, reason in lacking[:MAX_NAMED]:
        told = f" ({escaped(reason)})" if reason else ""
        typer.echo(f"{escaped(name.subscription)} {escaped(name.webhook_id)}: {outcome.value}{told}", err=True)
    if len(lacking) > MAX_NAMED:
        typer.echo(f"and {len(lacking) - MAX_NAMED} more", err=True)
    return bool(lacking)
