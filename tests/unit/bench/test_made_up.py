"""What the bench makes up is the same in each run, and like the news where that matters."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest

from pipeline.domain.clustering import Clustering, load_model
from pipeline.domain.clustering.live_stories import LiveStories
from pipeline.domain.clustering.member import LiveMember
from pipeline.domain.clustering.model import read_term_shares
from pipeline.domain.clustering.rare_words import RareWords
from pipeline.domain.clustering.story import opened
from pipeline.domain.clustering.terms import article_terms
from pipeline.domain.encoder.models import MULTILINGUAL
from pipeline.quality.bench.bench_errors import BenchError
from pipeline.quality.bench.filling import Filled, fill, filled
from pipeline.quality.bench.hashing_encoder import HashingEncoder
from pipeline.quality.bench.index import similarities
from pipeline.quality.bench.made_news import made_news
from pipeline.quality.bench.made_vectors import MadeStream, article_id, event_of, headline

EVENTS = 40


@pytest.fixture(scope="module")
def stream() -> MadeStream:
    return MadeStream(load_model(MULTILINGUAL).means, EVENTS)


def test_made_up_news_are_the_same_for_the_same_run_and_others_for_another() -> None:
    one, again, other = made_news(30, "one"), made_news(30, "one"), made_news(30, "other")
    assert one == again
    assert {each.article_id for each in one}.isdisjoint(each.article_id for each in other)
    assert {each.text for each in one}.isdisjoint(each.text for each in other)


def test_made_up_news_come_in_the_order_of_their_dates_and_in_several_languages() -> None:
    news = made_news(60, "one")
    dates = [each.published_at for each in news if each.published_at is not None]
    assert len(dates) == 60
    assert dates == sorted(dates)
    assert len({each.language for each in news}) > 3


def test_a_made_up_article_is_the_same_in_every_process(stream: MadeStream) -> None:
    again = MadeStream(load_model(MULTILINGUAL).means, EVENTS)
    one, other = stream.article(3, 0, 7), again.article(3, 0, 7)
    assert np.array_equal(one.encoded.vector, other.encoded.vector)
    assert (one.encoded.title, one.encoded.text) == (other.encoded.title, other.encoded.text)


def test_made_up_vectors_lie_as_real_ones_do(stream: MadeStream) -> None:
    """Of the shipped samples: related .35, .55, .88; unrelated -.05, .09, .30, one in 1,000 above .46."""
    found = similarities(stream, 400)
    low, middle, high, _ = found.related
    assert 0.3 < low < 0.5 < middle < 0.7 < high < 0.95
    low, middle, high, rare = found.unrelated
    assert -0.2 < low < 0.0 < middle < 0.1 < high < 0.32 < rare < 0.5


def test_made_up_headlines_share_rare_words_as_often_as_real_ones_do() -> None:
    """Of four development sets: .25 to .42 share two of one's three rarest words and the other's eight."""
    live = LiveStories()
    live.index.rare = RareWords(live.stories, read_term_shares())
    asked = []
    for number in range(200):
        one, other = (article_terms(headline(number, copy), "") for copy in (0, 1))
        live.put(
            opened(str(number), LiveMember(str(number), np.ones(2, np.float32), one, None, 0, has_body=False))
        )
        asked.append((live.stories.row(str(number)), other))
    assert 0.25 < np.mean([row in live.index.rare.found(each) for row, each in asked]) < 0.42


def test_made_up_events_become_stories_of_their_own(stream: MadeStream) -> None:
    clustering, filled = Clustering(load_model(MULTILINGUAL)), Filled()
    articles = [each.encoded for each in stream.articles(range(EVENTS))]
    filled.take(clustering.assign(articles))
    clustering.commit()
    assert clustering.live_stories == pytest.approx(EVENTS, rel=0.1)
    assert len(filled.states) == clustering.live_stories


def test_what_was_filled_is_loaded_as_it_was(stream: MadeStream) -> None:
    clustering, filled = Clustering(load_model(MULTILINGUAL)), Filled()
    filled.take(clustering.assign([each.encoded for each in stream.articles(range(10))]))
    clustering.commit()
    loaded = Clustering(load_model(MULTILINGUAL))
    loaded.load(filled.snapshot())
    assert loaded.live_stories == clustering.live_stories
    later = [stream.article(each, 50, 100).encoded for each in range(10)]
    assert loaded.assign(later).assignments == clustering.assign(later).assignments


def test_fewer_stories_than_were_filled_can_be_loaded(tmp_path: Path) -> None:
    made = fill(tmp_path, 24, jobs=1)
    assert {event_of(each) for each in filled(made, 10).states} == set(range(10))


def test_stories_of_a_smaller_run_do_not_stand_in_for_those_of_a_larger_one(tmp_path: Path) -> None:
    fill(tmp_path, 10, jobs=1)
    larger = fill(tmp_path, 24, jobs=1)
    assert {event_of(each) for each in filled(larger, 24).states} == set(range(24))


@pytest.mark.parametrize("content", [b"", b"half", pickle.dumps(Filled())[:-3], pickle.dumps("another")])
def test_damaged_stories_are_made_again_and_whole_ones_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    monkeypatch.setattr("pipeline.quality.bench.filling.CHUNK", 8)
    whole, damaged, _ = sorted(fill(tmp_path, 24, jobs=1).iterdir())
    written = whole.stat().st_mtime_ns
    damaged.write_bytes(content)
    again = fill(tmp_path, 24, jobs=1)
    assert {event_of(each) for each in filled(again, 24).states} == set(range(24))
    assert whole.stat().st_mtime_ns == written


def test_stories_that_can_not_be_written_whole_leave_no_file_in_their_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full_disk(file: Path, content: bytes) -> int:
        with file.open("wb") as out:
            out.write(content[:10])
        raise OSError("no space left")

    monkeypatch.setattr(Path, "write_bytes", full_disk)
    with pytest.raises(BenchError, match="no space left"):
        fill(tmp_path, 8, jobs=1)
    assert list((tmp_path / "8-stories").glob("*.pickle")) == []


@pytest.mark.parametrize("place", ["/proc/nowhere", "/dev/null"])
def test_a_folder_that_can_not_be_had_is_told(place: str) -> None:
    with pytest.raises(BenchError, match=place):
        fill(Path(place), 8, jobs=1)


def test_the_event_of_a_story_is_that_of_the_article_that_opened_it() -> None:
    assert event_of(article_id(7, 3)) == 7
    assert event_of("dbfb07faf54d51c0ffee") is None


def test_an_encoder_of_a_stated_cost_takes_it_for_each_text() -> None:
    waited: list[float] = []
    vectors = HashingEncoder(5_000.0, waited.append).encode(["a ship sank", "a ship sank", "rain"])
    assert waited == [pytest.approx(15.0, abs=1.0)]
    assert vectors[0] @ vectors[1] == pytest.approx(1.0)


def test_an_encoder_without_a_cost_does_not_wait() -> None:
    waited: list[float] = []
    HashingEncoder(0.0, waited.append).encode(["a ship sank"])
    assert waited == []
