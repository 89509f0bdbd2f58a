"""The methods that the clustering is compared with. river's and BERTopic's are skipped where these are missing."""

from __future__ import annotations

import importlib

import numpy as np
import pytest

from pipeline.quality.bench.peers import optional as command
from pipeline.quality.bench.peers.methods import PEERS, Peer, apart_from_noise
from pipeline.quality.bench.peers.stream import Stream

FOLDER = "pipeline.quality.bench.peers"
NAMES = {
    f"{FOLDER}.river_peers": ("DBSTREAM (river)", "DenStream (river, corrected)"),
    f"{FOLDER}.bertopic_peer": (
        "BERTopic online, mini-batch k-means",
        "BERTopic online, DBSTREAM",
    ),
}


def optional(module: str) -> dict[str, Peer]:
    for library in command.OPTIONAL[module]:
        pytest.importorskip(library, reason=f"{library} is not installed: pip install --group bench")
    return {each.name: each for each in importlib.import_module(module).PEERS}


def two_groups() -> Stream:
    """200 articles, every other one about the same thing: two directions with a little noise.

    They are one batch for BERTopic: an axis of the incremental PCA may change its sign with the next one, and the
    two groups then change places.
    """
    numbers = np.random.default_rng(7)
    directions = np.eye(2, 80)[np.arange(200) % 2]
    vectors = directions + numbers.normal(scale=0.02, size=directions.shape)
    words = ("flood river rescue dam", "election vote ballot mayor")
    return Stream(
        name="two groups",
        texts=[words[at % 2] for at in range(200)],
        events=[str(at % 2) for at in range(200)],
        vectors=(vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32),
    )


def assert_apart(peer: Peer) -> None:
    """At its middle setting: a label for each article, none in both groups, and not an article a cluster."""
    labels = peer.run(two_groups(), peer.settings[len(peer.settings) // 2])
    assert labels.shape == (200,)
    assert set(labels[::2].tolist()).isdisjoint(labels[1::2].tolist())
    assert len(set(labels.tolist())) < 200


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.name)
def test_a_peer_puts_two_groups_apart(peer: Peer) -> None:
    assert_apart(peer)


@pytest.mark.parametrize(("module", "name"), [(module, each) for module in NAMES for each in NAMES[module]])
def test_a_peer_of_an_optional_library_puts_two_groups_apart(module: str, name: str) -> None:
    assert_apart(optional(module)[name])


@pytest.mark.parametrize("module", NAMES)
def test_the_optional_peers_are_all_tested(module: str) -> None:
    assert tuple(optional(module)) == NAMES[module]


def test_the_radius_of_a_micro_cluster_is_the_distance_from_its_centre_wherever_that_is() -> None:
    optional(f"{FOLDER}.river_peers")
    from pipeline.quality.bench.peers.river_peers import MicroCluster

    for origin in (0.0, 100.0):
        square = [{0: origin + x, 1: origin + y} for x in (-1.0, 1.0) for y in (-1.0, 1.0)]
        cluster = MicroCluster(square[0], 0, 1e-4)
        for each in square[1:3]:
            cluster.insert(each, 0)
        expected = cluster.radius_with(square[3])
        cluster.insert(square[3], 0)
        assert cluster.calc_radius(0) == pytest.approx(2**0.5)
        assert expected == pytest.approx(2**0.5)


def test_micro_clusters_that_touch_through_a_third_one_are_one_cluster() -> None:
    optional(f"{FOLDER}.river_peers")
    from pipeline.quality.bench.peers.river_peers import CorrectedDenStream, MicroCluster

    model = CorrectedDenStream(0.4)
    model.timestamp = 0
    for key, centre in enumerate((0.0, 0.25, 0.5, 5.0)):
        cluster = MicroCluster({0: centre - 0.13}, 0, 1e-4)
        cluster.insert({0: centre + 0.13}, 0)
        model.p_micro_clusters[key] = cluster
    labels = model.labels(np.array([[0.0], [0.25], [0.5], [5.0]])).tolist()
    assert labels[0] == labels[1] == labels[2] != labels[3]


def test_noise_is_not_a_cluster() -> None:
    assert apart_from_noise(np.array([0, -1, 1, -1])).tolist() == [0, 2, 1, 3]


def test_a_missing_library_is_told_in_one_sentence_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    present = "pipeline.quality.bench.peers.methods"
    monkeypatch.setattr(command, "OPTIONAL", {f"{FOLDER}.nowhere": ("no_such_library",), present: ("numpy",)})
    told: list[str] = []
    assert tuple(command.optional_peers(told.append)) == PEERS
    (sentence,) = told
    assert sentence.startswith("the peers of nowhere are left out, not installed: no_such_library ")
