"""Replay: every line reaches the topic as it stands, or the replay says which did not."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import pytest
from rich.console import Console
from rich.progress import Progress

from pipeline.adapters.articles_file import ArticlesFileError
from pipeline.adapters.kafka.article_producer import DeliveryError
from pipeline.domain.records.parse import parse_article
from pipeline.testing.clock import Clock
from producers.rate import RateLimiter
from producers.replay import ReplayError, replay, stderr_progress, told
from tests.unit.producers.fakes import FakeDelivery, FakeSink

ONE = b'{"title":"One","url":"https://a.example/1"}'
TWO = b'{"title":"Two"}'
BAD = b'{"title":12} \xff'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "articles.jsonl"
    path.write_bytes(b"\n".join([ONE, BAD, b"", TWO]))
    return path


def test_every_line_is_sent_as_it_stands_also_those_that_are_no_article(file: Path) -> None:
    sink = FakeSink()
    summary = replay([file], sink)
    assert [value for _key, value in sink.records] == [ONE, BAD, TWO]
    assert (summary.sent, summary.invalid, summary.files) == (3, 1, 1)


def test_the_key_is_the_article_id_and_none_for_what_is_no_article(file: Path) -> None:
    sink = FakeSink()
    replay([file], sink)
    keys = [key for key, _value in sink.records]
    assert keys == [parse_article(ONE).article_id.encode(), None, parse_article(TWO).article_id.encode()]


def test_what_is_no_article_is_told_with_its_line_its_column_and_the_reason(file: Path) -> None:
    file.write_bytes(b"\n".join([ONE, b'{"title": "Two",,}', b"", b'{"title":12}', TWO]))
    summary = replay([file], FakeSink())
    assert summary.refusals == (
        f"{file}:2:17: not JSON: unexpected character, expected a string key",
        f"{file}:4: title: must be a string, not a number",
    )
    assert told(summary).splitlines() == [
        "sent 4 lines, 2 of them no article, kept as dead letters:", *(f"  {each}" for each in summary.refusals),
    ]  # fmt: skip


def test_of_many_lines_that_are_no_article_the_first_are_listed(file: Path) -> None:
    file.write_bytes(ONE + b"\n{}" * 25)
    lines = told(replay([file], FakeSink())).splitlines()
    assert (len(lines), lines[1], lines[-1]) == (12, f"  {file}:2: title: missing", "  and 15 more, see the log")


def test_a_replay_without_any_article_ends_with_an_error_and_was_sent_all_the_same(file: Path) -> None:
    file.write_bytes(b"headline,url\nOne,https://a.example/1\n")
    sink = FakeSink()
    with pytest.raises(ReplayError) as caught:
        replay([file], sink)
    assert f"{file}:1:1: not JSON: unexpected character" in str(caught.value)
    assert "expected JSON Lines, one article a line, or one JSON array of articles" in str(caught.value)
    assert (len(sink.records), sink.flushes) == (2, 1)


def test_an_empty_file_is_no_error(file: Path) -> None:
    file.write_bytes(b"")
    assert told(replay([file], FakeSink())) == "sent 0 lines, 0 of them no article"


def test_an_array_is_sent_element_by_element(file: Path) -> None:
    file.write_bytes(b"[\n  " + b",\n  ".join([ONE, TWO, b'{"title":12}']) + b"\n]")
    sink = FakeSink()
    summary = replay([file], sink)
    assert [value for _key, value in sink.records] == [ONE, TWO, b'{"title":12}']
    assert summary.refusals == (f"{file}:4:3: title: must be a string, not a number",)


def test_an_array_that_breaks_off_is_an_error_and_what_stood_before_was_sent(file: Path) -> None:
    file.write_bytes(b"[" + ONE + b"," + TWO[:-1])
    sink = FakeSink()
    with pytest.raises(ArticlesFileError, match=r"articles\.jsonl:1:60: not JSON"):
        replay([file], sink)
    assert ([value for _key, value in sink.records], sink.flushes) == ([ONE], 1)


def test_several_files_are_one_replay(file: Path, tmp_path: Path) -> None:
    zipped = tmp_path / "more.gz"
    zipped.write_bytes(gzip.compress(ONE))
    sink = FakeSink()
    assert replay([file, zipped], sink).sent == 4
    assert sink.flushes == 1


def test_a_lost_record_is_an_error_at_the_end_and_the_rest_was_sent(file: Path) -> None:
    sink = FakeSink(loses=lambda value: value == ONE)
    with pytest.raises(ReplayError, match="1 records were not acknowledged"):
        replay([file], sink)
    assert len(sink.records) == 3


def test_a_line_that_kafka_refuses_is_named_and_the_rest_is_sent(file: Path) -> None:
    sink = FakeSink(refuses=lambda value: value == BAD)
    with pytest.raises(ReplayError, match=r"articles\.jsonl:2: not sent: too large"):
        replay([file], sink)
    assert [value for _key, value in sink.records] == [ONE, TWO]


def test_a_broker_that_is_away_stops_the_replay_instead_of_refusing_line_after_line(file: Path) -> None:
    clock = Clock()

    class Away(FakeSink):
        def send_raw(self, value: bytes, key: bytes | None) -> FakeDelivery:
            clock.sleep(60)
            raise DeliveryError("not sent: no broker")

    with pytest.raises(ReplayError, match=r"stopped at .*articles\.jsonl:1, Kafka takes nothing"):
        replay([file], Away(), clock=clock, sleep=clock.sleep)
    assert clock.slept == [60]


def test_what_stands_before_the_damage_in_a_file_is_flushed(tmp_path: Path) -> None:
    content = b"".join(b'{"title":"%d"}\n' % (n * 7919) for n in range(20_000))
    path = tmp_path / "cut.gz"
    path.write_bytes(gzip.compress(content)[:-5_000])
    sink = FakeSink()
    with pytest.raises(ArticlesFileError, match="ends too early"):
        replay([path], sink)
    assert sink.flushes == 1
    assert len(sink.records) > 1_000


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ArticlesFileError, match="No such file"):
        replay([tmp_path / "none.jsonl"], FakeSink(), progress=None)


def test_the_rate_spaces_lines_evenly(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_bytes(b"\n".join([ONE] * 11))
    clock = Clock()
    summary = replay([path], FakeSink(), rate=4, clock=clock, sleep=clock.sleep)
    assert clock.slept == pytest.approx([0.25] * 10)
    assert summary.seconds == pytest.approx(2.5)


def test_without_a_rate_nothing_waits(file: Path) -> None:
    clock = Clock()
    replay([file], FakeSink(), clock=clock, sleep=clock.sleep)
    assert clock.slept == []


@pytest.mark.parametrize("rate", [0, -1, float("nan")])
def test_a_rate_that_is_none_is_refused(file: Path, rate: float) -> None:
    with pytest.raises(ValueError, match="expected more than 0"):
        replay([file], FakeSink(), rate=rate)


def test_after_a_stall_at_most_a_second_is_made_up_for() -> None:
    clock = Clock()
    limiter = RateLimiter(8, clock, clock.sleep)
    limiter.wait()
    clock.now += 3600
    for _ in range(30):
        limiter.wait()
    # 8 calls make up for a second, one is due now, and the other 21 are spaced.
    assert len(clock.slept) == 21


def test_progress_ends_full_and_counts_articles(file: Path) -> None:
    out = io.StringIO()
    progress = Progress(console=Console(file=out), auto_refresh=False)
    replay([file], FakeSink(), progress=progress)
    (task,) = progress.tasks
    assert task.completed == task.total == file.stat().st_size
    assert task.fields["lines"] == 3


def test_the_progress_bar_never_touches_stdout(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_bytes(ONE)
    with stderr_progress() as progress:
        replay([file], FakeSink(), progress=progress)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "1 articles" in captured.err
