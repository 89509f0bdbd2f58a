"""`groundswell edition`: which editions there are, and what all processes of one have in common."""

from __future__ import annotations

import json
from contextlib import closing
from typing import Annotated

import typer

from pipeline.runtime.cli.context import start

app = typer.Typer(help="Which editions there are; what all processes of one share.", no_args_is_help=True)


@app.command()
def show(context: typer.Context) -> None:
    """What the edition is, as JSON."""
    from pipeline.adapters.store.client import make_redis
    from pipeline.adapters.store.edition import EditionSettings

    settings = start(context, "edition")
    with make_redis(settings.redis) as redis:
        edition = EditionSettings(redis, settings.redis)
        edition.check_exists()
        typer.echo(json.dumps(edition.read(), ensure_ascii=False, indent=2))


@app.command("list")
def list_editions(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="A JSON object for each edition.")] = False,
) -> None:
    """Which editions this Redis has, which is live, and how far each is."""
    from pipeline.adapters.kafka.clients import make_consumer
    from pipeline.adapters.store.client import make_redis
    from pipeline.runtime.rebuild.overview import overview

    settings = start(context, "edition")
    with make_redis(settings.redis) as redis, closing(make_consumer(settings.kafka)) as consumer:
        for each in overview(redis, consumer, settings):
            typer.echo(json.dumps(each.row(), ensure_ascii=False) if as_json else each.line())


@app.command()
def remove(
    context: typer.Context,
    edition: Annotated[str, typer.Argument(help="One that has ended, or that stands by.")],
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
) -> None:
    """Delete what an edition holds that does not publish. Its name stays noted as ended. Safe to repeat."""
    from pipeline.adapters.store.client import make_redis
    from pipeline.adapters.store.editions import remove as remove_edition

    settings = start(context, "edition")
    if not yes and (
        not typer.confirm(f"Delete all stories of edition {edition} from Redis? There is no way back.")
        or typer.prompt("Type its name") != edition
    ):
        raise typer.Abort
    count = 0
    with make_redis(settings.redis) as redis:
        for count in remove_edition(redis, settings.redis, edition):  # noqa: B007  # the last one is told
            pass
    typer.echo(f"{count:,} keys deleted")


@app.command()
def apply(context: typer.Context) -> None:
    """Give the edition these settings; processes that have others end. Not the encoder. Safe to repeat."""
    from pipeline.adapters.store.client import make_redis
    from pipeline.runtime.edition_settings import apply_settings

    settings = start(context, "edition")
    with make_redis(settings.redis) as redis:
        changes = apply_settings(redis, settings)
    for name, (before, after) in changes.items():
        typer.echo(f"{name}: {before} -> {after}")
    typer.echo("changed" if changes else "nothing to change")
