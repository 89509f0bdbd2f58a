"""A Redis Cluster of three real nodes: an edition lives on one of them and can be moved to another."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pipeline.adapters.store.client import make_redis
from pipeline.adapters.store.editions import editions, remove
from pipeline.adapters.store.keys import Keys
from pipeline.adapters.store.positions import Positions
from pipeline.adapters.store.succession import Succession
from pipeline.domain.encoder.protocol import Encoder
from pipeline.runtime.cli.command_errors import explained
from pipeline.settings import RedisSettings, Settings
from tests.conftest import SettingsFor
from tests.support.drive import cluster_all, clusterer, publish_all, publisher
from tests.support.redis_cluster import NODES, RedisCluster
from tests.support.samples import article_ids, sample_lines
from tests.support.world import check_promises, open_world

EDITION = "spread"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisCluster]:
    made = RedisCluster(tmp_path_factory.mktemp("cluster"), EDITION)
    with made.running():
        yield made


def test_the_whole_pipeline_works_in_a_cluster_and_follows_its_edition_to_another_node(
    cluster: RedisCluster, settings_for: SettingsFor, encoder: Encoder
) -> None:
    settings = settings_for(
        redis={"cluster": True, "url": cluster.url("admin", 0), "edition": EDITION},
        publisher={"min_sources": 1, "interval_s": 0.0, "settle_s": 0.0},
        clusterer={"batch_size": 16, "sweep_every": 32, "quiet_time_s": 86_400.0},
    )
    lines = sample_lines()[:60]
    before = cluster.holder()
    with (
        open_world(settings) as world,
        clusterer(_as_user(settings, cluster.url("clusterer", 1)), encoder) as one,
        publisher(_as_user(settings, cluster.url("publisher", 2))) as out,
    ):
        world.send(lines[:30])
        cluster_all(world, [one], 30)
        publish_all(world, out)
        cluster.move_edition()
        world.send(lines[30:])
        cluster_all(world, [one], len(lines))
        publish_all(world, out)
        check_promises(world, article_ids(lines))
    after = cluster.holder()
    assert after != before
    assert {node for node in NODES if cluster.keys(node)} == {after}, "all keys of an edition are on one node"
    assert cluster.denied() == [], "in a cluster the roles need more than configs/redis/users.acl allows"


def test_an_edition_takes_over_from_one_in_another_slot(cluster: RedisCluster) -> None:
    newer = RedisSettings(url=cluster.url("rebuild", 0), edition="newer", cluster=True)
    with make_redis(newer) as redis:
        succession = Succession(redis, newer, "older", 2)
        succession.stand_by()
        assert succession.retire() == 2
        succession.take_over()
        standing = {each.name: each.standing for each in editions(redis)}
        assert standing["newer"] == "live"
        assert standing["older"] == "ended, newer came after it"
        assert list(remove(redis, newer, "older")) == [3], "two leases and the note on the server"
        redis.unlink(*(Keys(each).prefix + "identity" for each in ("newer", "older")), Keys("newer").server)
    assert cluster.denied() == []


def test_without_the_setting_the_error_names_it(cluster: RedisCluster, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = next(node for node in NODES if node != cluster.holder())
    settings = RedisSettings(url=cluster.url("admin", wrong), edition=EDITION)
    with pytest.raises(SystemExit), explained(), make_redis(settings) as redis:
        Positions(redis, settings).start("articles", {0: 0})
    assert "set redis.cluster to true" in capsys.readouterr().err


@pytest.mark.parametrize(("url", "said"), [
    (None, "Cluster mode is not enabled"),
    ("redis://127.0.0.1:1/0", "redis.url"),
])  # fmt: skip
def test_a_server_that_is_no_cluster_or_is_not_there_is_told_in_one_line(
    redis_url: str, url: str | None, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit), explained():
        make_redis(RedisSettings(url=url or redis_url, cluster=True))
    told = capsys.readouterr().err
    assert said in told
    assert told.count("\n") == 1


def _as_user(settings: Settings, url: str) -> Settings:
    return settings.model_copy(update={"redis": settings.redis.model_copy(update={"url": url})})
