"""`groundswell edition`: what all processes of an edition have in common."""

from __future__ import annotations

import json

import typer

from pipeline.runtime.cli.context import start

app = typer.Typer(help="Show or change what all processes of an edition have in common.", no_args_is_help=True)


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


@app.command()
def apply(context: typer.Context) -> None:
    """Give the edition these settings; processes that have others end. Not the encoder. Safe to repeat."""
    from pipeline.adapters.store.client import make_redis
    from pipeline.adapters.store.edition import EditionSettings
    from pipeline.runtime.clusterer_identity import clusterer_identity
    from pipeline.runtime.identity import publisher_identity, topic_ids

    settings = start(context, "edition")
    topics = settings.kafka.topics
    ids = topic_ids(settings.kafka, topics.dead_letters, topics.stories)
    clusterer = clusterer_identity(settings, ids, encoder=settings.encoder.model, encoder_digest=None)
    with make_redis(settings.redis) as redis:
        changes = EditionSettings(redis, settings.redis).apply(clusterer, publisher_identity(settings, ids))
    for name, (before, after) in changes.items():
        typer.echo(f"{name}: {before} -> {after}")
    typer.echo("changed" if changes else "nothing to change")
