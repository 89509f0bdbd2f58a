"""What can not be rebuilt, or not be switched to yet, is refused before anything is changed."""

from __future__ import annotations

import pytest

from pipeline.adapters.store.edition import AnotherIdentityError, NoEditionError
from pipeline.adapters.store.editions import editions
from pipeline.adapters.store.keys import Keys
from pipeline.adapters.store.roster import Roster
from pipeline.adapters.store.succession import SuccessionError
from pipeline.quality.bench.hashing_encoder import HashingEncoder
from pipeline.runtime.rebuild.beginning import begin
from pipeline.runtime.rebuild.switching import Switch
from pipeline.settings import EncoderSettings
from tests.support.rebuilding import (
    Both,
    newer,
    state,
)
from tests.support.samples import article
from tests.support.world import open_world

SWITCH = "pipeline.runtime.rebuild.switching"

REFUSED = [
    ({}, "itself", {}, "^edition .* can't be rebuilt beside itself"),
    ({}, "unknown", {}, "there is no edition unknown in this database .* say --lost"),
    ({"group": "a group"}, "", {}, "^consumer group a group is that of edition .* a kafka.group of its own"),
    ({}, "", {"stories": "others"}, "has others for kafka.topics.stories, these settings have stories-"),
]


@pytest.mark.parametrize(("ours", "beside", "theirs", "sentence"), REFUSED)
def test_what_can_not_be_rebuilt_is_refused_before_anything_is_changed(
    pair: Both, ours: dict[str, str], beside: str, theirs: dict[str, str], sentence: str
) -> None:
    state(pair.blue, group="a group", **theirs)
    green = newer(pair.blue.settings, group=ours.get("group", ""))
    older = {"itself": green.redis.edition, "": pair.name}.get(beside, beside)
    with pytest.raises(SuccessionError, match=sentence):
        begin(pair.blue.redis, green, older)
    assert not pair.blue.redis.exists(Keys(green.redis.edition).identity)


def test_an_edition_that_publishes_or_belongs_to_another_one_is_not_rebuilt(pair: Both) -> None:
    state(pair.blue)
    pair.green.positions.start("articles", {0: 0})
    with pytest.raises(
        SuccessionError, match=r"exists in this Redis and is not rebuilt .* a redis.edition that is new"
    ):
        pair.begin()
    pair.green.redis.delete(Keys(pair.green.settings.redis.edition).positions)
    pair.begin()
    pair.begin()
    third = newer(pair.blue.settings, edition="third", group="third")
    with open_world(third) as other:
        state(other)
        with pytest.raises(SuccessionError, match=f"belongs with edition {pair.name}, not with third"):
            begin(pair.blue.redis, pair.green.settings, "third")
    blind = pair.green.settings.model_copy(update={"encoder": EncoderSettings(model="another")})
    state(pair.green, encoder="first")
    with pytest.raises(AnotherIdentityError, match=r"has first for encoder.model, this process has another"):
        begin(pair.blue.redis, blind, pair.name)


def test_a_switch_is_refused_while_it_would_bring_silence(pair: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NoEditionError):
        pair.switching().predecessor()
    state(pair.blue)
    with pytest.raises(SuccessionError, match=r"does not stand by for another one: begin with"):
        Switch(pair.blue.redis, pair.blue.settings, lambda _: None, HashingEncoder).predecessor()
    pair.begin()
    pair.blue.send(map(article, range(8)))
    ends = pair.blue.ends()
    topic = pair.blue.settings.kafka.topics.articles
    with pytest.raises(
        SuccessionError, match=r"^\d records are not read by edition .*, more than the 0 of --max-lag"
    ):
        pair.switching().run(pair.name, max_lag=0)
    with pytest.raises(SuccessionError, match=r"^no publisher of edition .* is there to go on"):
        pair.switching().run(pair.name, max_lag=8)
    Roster(pair.green.redis, pair.green.settings.redis, 30.0).share(2)
    pair.blue.positions.start(topic, ends)
    monkeypatch.setattr(f"{SWITCH}.PATIENCE_S", 0.0)
    with pytest.raises(SuccessionError, match=r"has not read within 0 s .* Nothing has changed"):
        pair.switching().run(pair.name, max_lag=8)
    assert [each.standing for each in editions(pair.blue.redis) if each.name == pair.name] == ["live"]
    pair.green.positions.start(topic, ends)
    forgetful = pair.switching(lambda: pair.blue.redis.hdel(Keys(pair.name).identity, "successor"))
    with pytest.raises(SuccessionError, match=r"Redis has lost the end of edition .*: run the switch again"):
        forgetful.run(pair.name, max_lag=8)
    pair.switching().run(pair.name, max_lag=8)
