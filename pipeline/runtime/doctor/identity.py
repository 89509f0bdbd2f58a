"""What the edition has stated, against these settings. Clusterers compare their encoder's weights too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pipeline.adapters.store.edition import EditionSettings, SucceededError
from pipeline.adapters.store.fitness import UnfitRedisError, check_databases
from pipeline.domain.edition import PREDECESSOR, SUCCESSOR, EditionIdentity
from pipeline.domain.encoder_names import quantised_name
from pipeline.runtime.doctor.finding import Finding, ok, warning, wrong
from pipeline.runtime.doctor.reach import Reach

_SUBJECT = "identity"


def check_identity(reach: Reach) -> Iterator[Finding]:
    """Every field in which processes with these settings would be refused."""
    # Here, since it reads the join model: the doctor also runs where no clusterer is installed.
    from pipeline.runtime.clusterer_identity import clusterer_identity
    from pipeline.runtime.identity import publisher_identity, topic_ids

    settings = reach.settings
    stored = EditionSettings(reach.redis, settings.redis).read()
    if not stored:
        yield _without(reach)
        return
    if SUCCESSOR in stored:
        said, _, todo = str(SucceededError(settings.redis.edition, stored[SUCCESSOR])).partition(": ")
        yield wrong(_SUBJECT, said, todo)
        return
    topics = settings.kafka.topics
    ids = topic_ids(settings.kafka, topics.dead_letters, topics.stories)
    stated: tuple[EditionIdentity, ...] = (
        clusterer_identity(settings, ids, encoder=same_form(settings.encoder.model, stored), encoder_digest=None),
        publisher_identity(settings, ids),
    )
    told = {each.sentence(settings.redis.edition) for mine in stated if (each := mine.difference(stored))}
    for sentence in sorted(told):
        said, _, todo = sentence.partition(": ")
        yield wrong(_SUBJECT, said, todo)
    if not told:
        encoder = stored.get("encoder", "not stated yet")
        said = f"edition {settings.redis.edition} is what these settings say, encoder {encoder}"
        beside = stored.get(PREDECESSOR)
        yield ok(_SUBJECT, f"{said}; it is rebuilt beside {beside} and publishes nothing" if beside else said)


def _without(reach: Reach) -> Finding:
    """The edition has none here: it is new, or somewhere else."""
    settings = reach.settings.redis
    try:
        check_databases(reach.redis, settings)
    except UnfitRedisError as error:
        said, _, todo = str(error).partition(": ")
        return wrong(_SUBJECT, said, todo)
    return warning(
        _SUBJECT,
        f"edition {settings.edition} has none in this database",
        "right for a new edition; else redis.url or redis.edition is another one's",
    )


def same_form(model: str, stored: Mapping[str, str]) -> str:
    """The model's name, or that of its int8 form where the edition has that: the machine decides which runs."""
    return stored["encoder"] if stored.get("encoder") == quantised_name(model) else model
