"""Redis behind TLS, with the users of configs/redis/users.acl: each role can work, and can do nothing else."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import AuthenticationError, ConnectionError, NoPermissionError, ResponseError

from pipeline.adapters.store.client import make_redis
from pipeline.adapters.store.correction_log import CorrectionLog
from pipeline.adapters.store.editions import editions, remove
from pipeline.adapters.store.roster import Roster
from pipeline.adapters.store.stories import StoryReader
from pipeline.adapters.store.succession import Succession
from pipeline.domain.clustering.desk import Action
from pipeline.domain.encoder.protocol import Encoder
from pipeline.runtime.desk import Desk, Request
from pipeline.settings import RedisSettings, Settings
from tests.conftest import SettingsFor
from tests.support.corrections import SIGNED, live, no_encoder
from tests.support.drive import cluster_all, clusterer, publish_all, publisher
from tests.support.redis import USERS, TlsRedis, password_of, redis_program, tls_redis
from tests.support.samples import article_ids, sample_lines
from tests.support.tls import make_certificate
from tests.support.world import check_promises, open_world

EDITION = "guarded"
EAGER = {"min_sources": 1, "interval_s": 0.0, "settle_s": 0.0}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TlsRedis]:
    with tls_redis(tmp_path_factory.mktemp("redis"), EDITION) as started:
        yield started


def as_user(settings: Settings, server: TlsRedis, user: str) -> Settings:
    """The same settings as the role of this user has them."""
    redis = settings.redis.model_copy(update={"url": server.url(user)})
    return settings.model_copy(update={"redis": redis})


def test_clusterer_publisher_and_reader_need_no_command_that_their_user_does_not_have(
    server: TlsRedis, settings_for: SettingsFor, encoder: Encoder
) -> None:
    settings = settings_for(
        redis={"url": server.url("admin"), "edition": EDITION}, publisher=EAGER,
        clusterer={"batch_size": 16, "sweep_every": 32, "quiet_time_s": 86_400.0},
    )  # fmt: skip
    lines = sample_lines()[:120]
    with open_world(settings) as world:
        world.redis.acl_log_reset()
        world.send(lines)
        as_clusterer, as_publisher = (as_user(settings, server, each) for each in ("clusterer", "publisher"))
        with (
            clusterer(as_clusterer, encoder) as one, clusterer(as_clusterer, encoder) as two,
            publisher(as_publisher) as out,
        ):  # fmt: skip
            cluster_all(world, [one, two], len(lines))
            publish_all(world, out)
        _correct_every_way(as_user(settings, server, "desk"))
        with publisher(as_publisher) as out:
            publish_all(world, out)
        check_promises(world, article_ids(lines))
        with make_redis(as_user(settings, server, "reader").redis) as redis:
            reader = StoryReader(redis, settings.redis)
            ids = sorted(reader.all_ids())
            assert set(reader.live_ids()) <= set(ids)
            assert all(reader.snapshot(each) and reader.resolve(each) for each in ids)
            assert any(reader.history(each) for each in ids)
            assert len(list(CorrectionLog(redis, settings.redis).all())) == 7
    assert server.denied() == [], "the roles need more than configs/redis/users.acl allows"


def _correct_every_way(settings: Settings) -> None:
    """As a desk whose Redis user may do no more than it needs."""
    with make_redis(settings.redis) as redis:
        desk, reader = Desk(redis, settings.redis, no_encoder), StoryReader(redis, settings.redis)
        snapshots = [snapshot for each in reader.live_ids() if (snapshot := reader.snapshot(each))]
        large = max(snapshots, key=lambda each: len(each.articles))
        kept = [each.article_id for each in live(redis, settings.redis)[large.story_id].members]
        split = desk.correct(Request(Action.SPLIT, large.story_id, articles=(kept[0],)), SIGNED)
        desk.correct(Request(Action.MOVE, split.other_id or "", articles=(kept[1][:8],)), SIGNED)
        for action in (Action.PIN, Action.UNPIN, Action.HIDE, Action.UNHIDE):
            desk.correct(Request(action, large.story_id), SIGNED)
        desk.correct(Request(Action.MERGE, large.story_id, split.other_id or ""), SIGNED)


@pytest.mark.parametrize(("user", "script"), [
    ("clusterer", "claim"), ("clusterer", "commit"), ("clusterer", "redefine"), ("clusterer", "reserve"),
    ("desk", "claim"), ("desk", "commit"),
    ("rebuild", "stand_by"), ("rebuild", "retire"), ("rebuild", "take_over"),
    ("rebuild", "claim"), ("rebuild", "commit"),
    ("publisher", "ack"), ("publisher", "claim"), ("publisher", "renew"), ("publisher", "settle"),
    ("publisher", "hide_again"), ("publisher", "resend"),
])  # fmt: skip
def test_a_user_may_do_all_that_the_scripts_of_its_role_do_on_any_path(user: str, script: str) -> None:
    text = (files("pipeline.adapters.store") / f"{script}.lua").read_text("utf-8")
    done = {each.lower() for each in re.findall(r"redis\.call\('(\w+)'", text)}
    line = next(each for each in USERS.read_text("utf-8").splitlines() if each.startswith(f"user {user} "))
    assert done
    assert done <= {each[1:] for each in line.split() if each.startswith("+")}


@pytest.mark.parametrize("user", ["clusterer", "publisher", "reader", "desk"])
@pytest.mark.parametrize("command", [
    "FLUSHALL", "CONFIG GET *", "CONFIG SET dir /", "SHUTDOWN NOSAVE", "KEYS *", "ACL LIST",
    "REPLICAOF 192.0.2.1 6379", "MIGRATE 192.0.2.1 6379 x 0 1", "SCRIPT FLUSH", "SAVE", "MONITOR",
    "CLIENT LIST", "EVAL return 0", "GET gs:{other}:sequence", "HGETALL gs:{other}:live", "PUBLISH news x",
])  # fmt: skip
def test_a_role_that_was_taken_over_can_neither_administer_nor_read_another_edition(
    server: TlsRedis, user: str, command: str
) -> None:
    with server.client(user) as client, pytest.raises(NoPermissionError):
        client.execute_command(*command.split())


def test_who_rebuilds_needs_no_command_that_its_user_does_not_have(server: TlsRedis) -> None:
    newer = RedisSettings(url=server.url("rebuild"), edition="newer")
    with make_redis(newer) as redis, server.client("admin") as admin:
        admin.acl_log_reset()
        succession = Succession(redis, newer, "older", 2)
        succession.stand_by()
        succession.retire()
        succession.take_over()
        Roster(redis, newer, 30.0).others()
        assert {each.name: each.standing for each in editions(redis)}["newer"] == "live"
        assert sum(remove(redis, newer, "older")) > 0
    assert server.denied() == []


@pytest.mark.parametrize(("user", "command"), [
    ("publisher", "HSET gs:{guarded}:positions articles:0 0"),
    ("publisher", "DEL gs:{guarded}:live"),
    ("publisher", "SET gs:{guarded}:sequence 0"),
    ("reader", "HSET gs:{guarded}:positions articles:0 0"),
    ("reader", "DEL gs:{guarded}:live"),
    ("reader", "ZREM gs:{guarded}:outbox:0 x"),
])  # fmt: skip
def test_only_a_clusterer_moves_positions_and_only_writers_write(
    server: TlsRedis, user: str, command: str
) -> None:
    with server.client(user) as client, pytest.raises(NoPermissionError):
        client.execute_command(*command.split())


def test_a_script_can_do_no_more_than_the_user_who_runs_it(server: TlsRedis) -> None:
    with server.client("publisher") as client:
        script = client.register_script("return redis.call('SET', KEYS[1] .. 'sequence', 0)")
        with pytest.raises(ResponseError, match="can't access at least one of the keys"):
            script(keys=["gs:{guarded}:"])


def test_nobody_gets_in_without_a_user_or_with_a_wrong_password(server: TlsRedis) -> None:
    address = server.url("reader").replace(f"reader:{password_of('reader')}@", "")
    with Redis.from_url(address) as client, pytest.raises(AuthenticationError):
        client.ping()
    with Redis.from_url(server.url("reader", "guessed")) as client, pytest.raises(AuthenticationError):
        client.ping()


def test_a_server_with_another_certificate_or_name_is_not_talked_to(server: TlsRedis, tmp_path: Path) -> None:
    stranger = make_certificate(tmp_path).certificate
    url = server.url("reader").replace(str(server.authority.certificate), str(stranger))
    with Redis.from_url(url) as client, pytest.raises(ConnectionError, match="certificate verify failed"):
        client.ping()
    url = server.url("reader").replace("127.0.0.1", "localhost")
    with Redis.from_url(url) as client, pytest.raises(ConnectionError, match="certificate verify failed"):
        client.ping()


def test_a_client_that_speaks_in_the_clear_gets_nothing(server: TlsRedis) -> None:
    url = server.url("reader").partition("?")[0].replace("rediss://", "redis://")
    with Redis.from_url(url) as client, pytest.raises(ConnectionError):
        client.ping()


def test_the_shipped_users_let_nobody_in_before_they_were_given_passwords(tmp_path: Path) -> None:
    command = [redis_program(), "--port", "0", "--unixsocket", str(tmp_path / "socket"), "--aclfile", str(USERS)]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=20, check=False)
    assert ended.returncode != 0
    assert "Aborting Redis startup" in ended.stdout
