"""What a process states of itself, held against what its edition says."""

from __future__ import annotations

import dataclasses
import re
from importlib.resources import as_file

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.edition import FIXED, Difference, EditionIdentity
from pipeline.runtime.clusterer_identity import clusterer_identity
from pipeline.runtime.identity import publisher_identity
from pipeline.settings import Settings, load_settings
from pipeline.shipped import shipped
from tests.support.editions import a_clusterer, a_publisher

STATED = st.sampled_from([a_clusterer(), a_publisher()])
OTHER = "something else"


def test_both_roles_state_what_they_share() -> None:
    common = a_clusterer().fields().keys() & a_publisher().fields().keys()
    assert common == {"shards", "retention_s"}


def test_every_field_is_stated_and_those_that_are_fixed_first() -> None:
    clusterer = a_clusterer()
    assert clusterer.fields().keys() == {each.name for each in dataclasses.fields(clusterer)}
    assert tuple(clusterer.fields())[:3] == FIXED


def test_what_can_not_be_known_is_not_stated() -> None:
    assert "dead_letters_id" not in a_clusterer(dead_letters_id=None).fields()
    assert "stories_id" not in a_publisher(stories_id=None).fields()


@given(identity=STATED, other=STATED)
def test_a_process_agrees_with_what_its_like_and_the_other_role_say(
    identity: EditionIdentity, other: EditionIdentity
) -> None:
    assert identity.difference({**identity.fields(), **other.fields()}) is None
    assert identity.difference({}) is None


@given(identity=STATED, data=st.data())
def test_the_first_field_that_differs_is_named_with_both_values(
    identity: EditionIdentity, data: st.DataObject
) -> None:
    stated = identity.fields()
    changed = data.draw(st.sets(st.sampled_from(list(stated)), min_size=1))
    difference = identity.difference({**stated, **dict.fromkeys(changed, OTHER)})
    assert difference is not None
    assert difference.name == next(name for name in stated if name in changed)
    assert (difference.stored, difference.ours) == (OTHER, stated[difference.name])
    sentence = difference.sentence("main")
    assert f"edition main has {OTHER} for {difference.setting}, this process has {difference.ours}: " in sentence
    assert "\n" not in sentence


@pytest.mark.parametrize(("name", "way_out"), [
    ("encoder", "`groundswell rebuild start`"),
    ("encoder_digest", "`groundswell rebuild start`"),
    ("state_version", "`groundswell rebuild start` .*, because a release reads"),
    ("shards", "`groundswell edition apply`"),
    ("quiet_time_s", "`groundswell edition apply`"),
    ("quiet_articles", "`groundswell edition apply`"),
])  # fmt: skip
def test_the_way_out_is_another_edition_for_vectors_and_a_command_for_settings(name: str, way_out: str) -> None:
    assert re.search(way_out, Difference(name, "a setting", "1", "2").sentence("main"))


def test_settings_that_are_the_same_are_stated_the_same_wherever_they_stand() -> None:
    with as_file(shipped("groundswell.yaml")) as path:
        said, default = load_settings(path), Settings()
    ids = dict.fromkeys((default.kafka.topics.dead_letters, default.kafka.topics.stories))
    of_file, of_code = (
        clusterer_identity(each, ids, encoder="none", encoder_digest=None) for each in (said, default)
    )
    assert of_file.fields() == of_code.fields()
    assert publisher_identity(said, ids).fields() == publisher_identity(default, ids).fields()
