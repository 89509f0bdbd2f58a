"""`python -m benchmarks.overlap`: articles a second of one or more clusterers, and where their time goes.

Each run has a broker, a Redis and clusterers of its own; the clock runs from the first article sent to the last
one committed. With `--cost-ms` the encoder sleeps so long per article, else it is the one of the settings, a
publisher runs too, and each round begins with the encoder alone on the same texts. `--tree FOLDER` compares with
another checkout, in turns.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
import tempfile
import time
import urllib.request
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from benchmarks.overlap.costly import COST_MS
from pipeline.adapters.articles_file import read_lines
from pipeline.adapters.kafka.clients import make_admin, make_producer
from pipeline.adapters.kafka.topics import apply_topics
from pipeline.adapters.store.client import make_redis
from pipeline.adapters.store.positions import Positions
from pipeline.domain.encoder.lead import text_to_encode
from pipeline.domain.encoder.loading import load_encoder
from pipeline.domain.records.parse import parse_article
from pipeline.json_codec import to_json
from pipeline.runtime.embedded import EmbeddedBroker, EmbeddedRedis, ManagedProcess
from pipeline.runtime.embedded.services import free_port
from pipeline.settings import Settings
from pipeline.testing.articles import made_up_articles

HERE = Path(__file__).resolve().parents[2]
COSTLY = str(Path(__file__).with_name("costly.py"))
PARTITIONS = 8
WITHIN_S = 900.0


def main() -> None:
    """Print one JSON object a run."""
    given = _arguments()
    lines = _lines(given.articles, given.count)
    for _ in range(given.rounds):
        if given.cost_ms is None:
            _print(run="encoder alone", **_encoder_alone(lines))
        for tree in (*given.tree, HERE):
            for clusterers in given.clusterers:
                _print(run=tree.name if tree != HERE else "this tree", clusterers=clusterers,
                       **_run(tree, clusterers, given.cost_ms, lines))  # fmt: skip


def _run(tree: Path, clusterers: int, cost_ms: float | None, lines: Sequence[bytes]) -> dict[str, Any]:
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        broker, redis = stack.enter_context(EmbeddedBroker()), stack.enter_context(EmbeddedRedis())
        ports = [free_port() for _ in range(clusterers)]
        settings = _settings(broker.bootstrap, redis.url)
        with contextlib.closing(make_admin(settings.kafka)) as admin:
            apply_topics(admin, settings.kafka)
        roles = [_clusterer(tree, settings, port, cost_ms, folder) for port in ports]
        if cost_ms is None:
            roles.append(
                _role(tree, settings, ["-m", "pipeline.runtime.cli.main", "consume", "publisher"], folder)
            )
        for each in roles:
            stack.enter_context(each)
        _await(lambda: all(map(_is_ready, ports)), roles)
        positions = Positions(make_redis(settings.redis), settings.redis)
        idle, cpu_s, start = _sum_of_metrics(ports), _cpu_s_of_children(), time.monotonic()
        _send(settings, lines)
        _await(lambda: positions.counters()["in"] >= len(lines), roles)
        seconds, cpu_s = time.monotonic() - start, _cpu_s_of_children() - cpu_s
        stages = {name: value - idle[name] for name, value in _sum_of_metrics(ports).items()}
    decided, stale = stages.pop("decisions"), stages.pop("stale")
    shares = {name: round(spent / seconds / clusterers, 3) for name, spent in sorted(stages.items())}
    return {
        "per_s": round(len(lines) / seconds, 1),
        "decisions": decided,
        "stale": stale,
        "shares": shares,
        "cpu_ms": round(1_000 * cpu_s / len(lines), 1),
    }


def _settings(bootstrap: str, redis_url: str) -> Settings:
    return Settings(
        kafka={"bootstrap_servers": bootstrap, "topics": {"articles_partitions": PARTITIONS}},  # type: ignore[arg-type]
        redis={"url": redis_url, "must_persist": False},  # type: ignore[arg-type]
        publisher={"min_sources": 1},  # type: ignore[arg-type]
    )


def _clusterer(tree: Path, settings: Settings, port: int, cost_ms: float | None, folder: Path) -> ManagedProcess:
    command = ["-m", "pipeline.runtime.cli.main", "consume", "clusterer"] if cost_ms is None else [COSTLY]
    extra = {"GROUNDSWELL_METRICS__CLUSTERER_PORT": str(port), COST_MS: str(cost_ms)}
    return _role(tree, settings, command, folder, **extra)


def _role(tree: Path, settings: Settings, command: list[str], folder: Path, **extra: str) -> ManagedProcess:
    env = {
        **os.environ,
        "PYTHONPATH": f"{tree}:{tree / 'client'}",
        "GROUNDSWELL_KAFKA__BOOTSTRAP_SERVERS": settings.kafka.bootstrap_servers,
        "GROUNDSWELL_KAFKA__TOPICS__ARTICLES_PARTITIONS": str(PARTITIONS),
        "GROUNDSWELL_REDIS__URL": settings.redis.url,
        "GROUNDSWELL_REDIS__MUST_PERSIST": "false",
        "GROUNDSWELL_PUBLISHER__MIN_SOURCES": "1",
        "GROUNDSWELL_METRICS__PUBLISHER_PORT": str(free_port()),
        **extra,
    }
    log = folder / f"{len(list(folder.iterdir()))}.log"
    log.touch()
    return ManagedProcess(log.stem, [sys.executable, *command], log=log, env=env, cwd=tree)


def _send(settings: Settings, lines: Sequence[bytes]) -> None:
    """Spread evenly, so that each clusterer has as much to do."""
    producer = make_producer(settings.kafka)
    for number, line in enumerate(lines):
        producer.send(settings.kafka.topics.articles, line, partition=number % PARTITIONS)
    producer.flush()
    producer.close()


def _await(done: Any, roles: Sequence[ManagedProcess]) -> None:
    deadline = time.monotonic() + WITHIN_S
    while not done():
        for each in roles:
            assert each.running, each.log_tail()
        assert time.monotonic() < deadline, roles[0].log_tail()
        time.sleep(0.05)


def _is_ready(port: int) -> bool:
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5).close()
    except OSError:
        return False
    return True


def _sum_of_metrics(ports: Sequence[int]) -> dict[str, float]:
    told = [_metrics(port) for port in ports]
    return {name: sum(each[name] for each in told) for name in told[0]}


def _metrics(port: int) -> dict[str, float]:
    """Seconds by stage, decisions and stale ones."""
    found = {"decisions": 0.0, "stale": 0.0}
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        for family in text_string_to_metric_families(answer.read().decode()):
            for each in family.samples:
                if each.name == "groundswell_batch_seconds_sum":
                    found[each.labels["stage"]] = each.value
                elif each.name == "groundswell_batch_seconds_count" and each.labels["stage"] == "decide":
                    found["decisions"] = each.value
                elif each.name == "groundswell_commit_refused_total" and each.labels["reason"] == "stale":
                    found["stale"] = each.value
    return found


def _cpu_s_of_children() -> float:
    """Processor time of broker, Redis and roles so far."""
    parents, spent = {}, {}
    for file in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = file.read_text().rpartition(")")[2].split()
            parents[int(file.parent.name)] = int(fields[1])
            spent[int(file.parent.name)] = int(fields[11]) + int(fields[12])
    ours = {os.getpid()}
    for _ in range(5):
        ours |= {pid for pid, parent in parents.items() if parent in ours}
    return sum(spent[pid] for pid in ours - {os.getpid()}) / os.sysconf("SC_CLK_TCK")


def _encoder_alone(lines: Sequence[bytes]) -> dict[str, float]:
    encoder = load_encoder(Settings().encoder.model)
    texts = [text_to_encode(each.title, each.text) for each in map(parse_article, lines)]
    start, cpu_s = time.monotonic(), time.process_time()
    for batch in range(0, len(texts), 128):
        encoder.encode(texts[batch : batch + 128])
    seconds, cpu_s = time.monotonic() - start, time.process_time() - cpu_s
    return {"per_s": round(len(texts) / seconds, 1), "cpu_ms": round(1_000 * cpu_s / len(texts), 1)}


def _lines(file: Path | None, count: int) -> list[bytes]:
    if file is not None:
        return [each.data for each in islice(read_lines(file), count)]
    return [to_json(each.wire()) for each in islice(made_up_articles(), count)]


def _print(**told: Any) -> None:
    print(json.dumps(told), flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.overlap", description=__doc__.partition("\n")[0])
    parser.add_argument("--clusterers", type=int, nargs="+", default=[1], help="how many, one run each")
    parser.add_argument("--cost-ms", type=float, help="what encoding an article takes; without: the real encoder")
    parser.add_argument("--count", type=int, default=2_000, help="articles of a run")
    parser.add_argument("--articles", type=Path, help="JSON Lines; without: made-up ones")
    parser.add_argument("--tree", type=Path, nargs="*", default=[], help="other checkouts to compare with")
    parser.add_argument("--rounds", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    main()
