"""What an article's text says is read once, ahead of the decision."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.domain.clustering import clustering as module
from pipeline.domain.clustering.prepared import prepare
from tests.unit.clustering.helpers import article, clustering, committed, same

BODY = " ".join(f"Sentence {n} tells how the river rose by {n} feet near village {n}." for n in range(30))
BATCH = [article(topic, number, text=BODY if number else "") for number in range(3) for topic in range(3)]


def test_articles_prepared_ahead_are_decided_as_those_that_are_not() -> None:
    live, ahead = clustering(), clustering()
    committed(live, BATCH)
    ahead.assign([*prepare(BATCH[:4]), *BATCH[4:]])
    ahead.commit()
    assert same(live.snapshot(), ahead.snapshot())


def test_a_prepared_batch_is_not_read_again_when_it_is_decided_again(monkeypatch: pytest.MonkeyPatch) -> None:
    prepared, live = prepare(BATCH), clustering()
    monkeypatch.setattr(module, "prepare", lambda _: pytest.fail("read again"))
    first = live.assign(prepared)
    live.rollback()
    assert live.assign(prepared) == first


def test_a_prepared_article_may_still_be_told_which_story_it_opens() -> None:
    (prepared,) = prepare([article(0, 0)])
    told = replace(prepared, encoded=replace(prepared.encoded, opens="another"))
    (assignment,) = clustering().assign([told]).assignments
    assert assignment.story_id == "another"
