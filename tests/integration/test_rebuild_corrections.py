"""What a desk decided in the older edition and what becomes of it at the switch."""

from __future__ import annotations

import json

from pipeline.domain.clustering.desk import Action
from pipeline.runtime.desk import Desk, Request
from tests.support.command_line import groundswell
from tests.support.corrections import SIGNED, no_encoder, where
from tests.support.drive import cluster_all
from tests.support.rebuilding import Both, filled
from tests.support.samples import article, article_ids


def ferry(number: int) -> bytes:
    return article(
        number, f"coast{number}.example", title=f"Ferry to Borkum runs aground, passengers wait {number}",
        text="The ferry ran aground off the harbour; nobody on board was hurt.",
    )  # fmt: skip


def story_of(it: Both, line: bytes) -> str:
    """The story of the older edition that has the article."""
    (article_id,) = article_ids([line])
    return where(it.blue.stories)[article_id]


def test_a_switch_tells_what_a_desk_decided_in_the_older_edition(pair: Both) -> None:
    with filled(pair) as (one, two, _, _):
        pair.blue.send([ferry(0), ferry(1)])
        cluster_all(pair.blue, [one], 7)
        cluster_all(pair.green, [two], 7)
        desk, unseen = Desk(pair.blue.redis, pair.blue.settings.redis, no_encoder), story_of(pair, ferry(0))
        desk.correct(Request(Action.HIDE, unseen), SIGNED)
        desk.correct(Request(Action.PIN, story_of(pair, article(0))), SIGNED)
        done = groundswell("rebuild", "switch", "--yes", "--json", settings=pair.green.settings)
    assert f"edition {pair.name} has 2 corrections of a desk; 1 stories are hidden: {unseen}" in done.stderr
    told = json.loads(done.stdout)
    assert (told["edition"], told["predecessor"]) == (pair.green.settings.redis.edition, pair.name)
    assert (told["corrections"], told["hidden"]) == (2, [unseen])
