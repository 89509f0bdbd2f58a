"""What the feeds producer remembers across restarts: which versions of which articles are on the topic."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.domain.records.article import Article
from producers.feeds import seen as seen_module
from producers.feeds.database import Database, StateError, default_path
from producers.feeds.feed_metrics import FeedHealth
from producers.feeds.fetch import Validators
from producers.feeds.seen import KEPT, MAX_VERSIONS, SeenArticles, Sorted, fingerprint
from producers.feeds.state import UNLISTED_FOR, FeedState, FeedStates

NOW = datetime(2025, 8, 15, 12, 0, tzinfo=UTC)


def article(number: int, **changed: object) -> Article:
    fields = {"title": f"Ferry {number}", "url": f"https://a.example/{number}", "text": "It rained.", **changed}
    return Article.model_validate(fields)


class Memory:
    """The state of two feeds; `restart` opens the file again."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.now = NOW
        self._open()

    def _open(self) -> None:
        self.database = Database(self.path)
        self.states = FeedStates(self.database)
        self.seen = SeenArticles(self.database, lambda: self.now)
        self.one, self.other = (self.states.load(f"https://{name}.example/feed")[0] for name in "ab")

    def restart(self) -> None:
        self.database.close()
        self._open()

    def visit(self, feed: int, *articles: Article) -> Sorted:
        """A visit that Kafka takes everything of."""
        found, _ = self.attempt(feed, *articles)
        self.seen.remember(feed, [*found.unsent, *found.known])
        return found

    def attempt(self, feed: int, *articles: Article) -> tuple[Sorted, tuple[Article, ...]]:
        """A visit after which nobody knows what Kafka has; with what went out, a second after all before it."""
        found = self.seen.sort(feed, articles)
        self.now += timedelta(seconds=1)
        sent = found.outgoing(self.now)
        self.seen.begin(feed, found.unsent, sent)
        return found, sent


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Memory]:
    memory = Memory(tmp_path / "feeds.db")
    yield memory
    memory.database.close()


def test_an_article_is_new_until_it_is_remembered(memory: Memory) -> None:
    assert memory.seen.sort(memory.one, [article(1)]).new == (article(1),)
    assert memory.visit(memory.one, article(1)).new == (article(1),)
    assert memory.visit(memory.one, article(1)) == Sorted(known=(article(1),))


def test_what_was_sent_is_known_after_a_restart_and_what_was_not_is_new(memory: Memory) -> None:
    memory.visit(memory.one, article(1))
    memory.seen.sort(memory.one, [article(2)])  # killed before Kafka acknowledged it
    memory.restart()
    assert memory.visit(memory.one, article(1), article(2)) == Sorted(new=(article(2),), known=(article(1),))


@pytest.mark.parametrize(
    "change",
    [{"title": "Ferry afloat"}, {"text": "It snowed."}, {"updated_at": NOW}],
    ids=lambda change: next(iter(change)),
)
def test_a_changed_article_is_sent_again_once(memory: Memory, change: dict[str, object]) -> None:
    memory.visit(memory.one, article(1, published_at=NOW))
    memory.restart()
    changed = article(1, published_at=NOW, **change)
    first = memory.visit(memory.one, changed)
    assert (first.new, first.corrected, first.known) == ((), (changed,), ())
    assert memory.visit(memory.one, changed) == Sorted(known=(changed,))


@pytest.mark.parametrize("told", [None, NOW], ids=["no time", "the time before"])
def test_a_change_that_the_feed_does_not_tell_gets_the_time_at_which_it_was_seen(
    memory: Memory, told: datetime | None
) -> None:
    memory.visit(memory.one, article(1, updated_at=told))
    seen_at = NOW + timedelta(hours=1)
    changed = article(1, title="Ferry afloat", updated_at=told)
    (sent,) = memory.visit(memory.one, changed).outgoing(seen_at)
    assert (sent.title, sent.updated_at) == ("Ferry afloat", seen_at)
    assert memory.visit(memory.one, changed).unsent == ()
    itself = article(1, title="Ferry afloat", updated_at=NOW + timedelta(minutes=7))
    assert memory.visit(memory.one, itself).outgoing(seen_at) == (itself,)


def test_a_withdrawal_is_sent_once_by_whichever_feed_and_after_any_number_of_versions(memory: Memory) -> None:
    for number in range(MAX_VERSIONS + 2):
        memory.visit(memory.one, article(1, text=f"{number} comments"))
    withdrawn = article(1, withdrawn=True)
    assert [len(memory.visit(memory.one, withdrawn).unsent) for _ in range(2)] == [1, 0]
    assert [len(memory.visit(memory.other, withdrawn).unsent) for _ in range(2)] == [1, 0]


def test_a_correction_that_kafka_did_not_take_is_sent_with_a_later_visit(memory: Memory) -> None:
    memory.visit(memory.one, article(1))
    corrected = article(1, title="Ferry afloat")
    for _ in range(3):
        assert memory.seen.sort(memory.one, [corrected]).corrected == (corrected,)
    assert memory.visit(memory.one, corrected).corrected == (corrected,)


def test_a_change_back_is_a_change(memory: Memory) -> None:
    versions = [article(1), article(1, title="Ferry afloat"), article(1)]
    assert [len(memory.visit(memory.one, each).unsent) for each in versions] == [1, 1, 1]


def test_what_does_not_tell_anything_new_is_no_change(memory: Memory) -> None:
    assert fingerprint(article(1)) == fingerprint(article(1, outlet="The Times", published_at=NOW, language="en"))


def test_an_article_that_changes_with_each_visit_stands_after_some_versions(memory: Memory) -> None:
    sent = [len(memory.visit(memory.one, article(1, text=f"{n} comments")).unsent) for n in range(40)]
    assert sum(sent) == MAX_VERSIONS + 1


def test_the_teaser_in_a_second_feed_is_no_correction_and_a_change_of_it_is(memory: Memory) -> None:
    teaser = article(1, text="It rained, and")
    memory.visit(memory.one, article(1))
    for _ in range(2):
        assert memory.visit(memory.other, teaser) == Sorted(known=(teaser,))
        assert memory.visit(memory.one, article(1)) == Sorted(known=(article(1),))
    retitled = article(1, text="It rained, and", title="Ferry afloat")
    assert memory.visit(memory.other, retitled).corrected == (retitled,)


def test_an_article_that_another_feed_failed_to_send_is_sent(memory: Memory) -> None:
    assert memory.seen.sort(memory.one, [article(1)]).new
    assert memory.visit(memory.other, article(1)).new
    assert memory.seen.sort(memory.one, [article(1)]).new == ()


def test_of_an_article_that_a_feed_shows_twice_the_first_counts(memory: Memory) -> None:
    twice = (article(1), article(1, title="Again"))
    assert memory.visit(memory.one, *twice).new == (article(1),)
    assert memory.visit(memory.one, *twice) == Sorted(known=(article(1),))


ONE, TWO = article(1), article(1, title="Ferry afloat")
TOLD_ONE, TOLD_TWO = (
    each.model_copy(update={"updated_at": NOW + timedelta(minutes=minute)})
    for minute, each in enumerate((ONE, TWO))
)


@pytest.mark.parametrize("restarted", [False, True])
@pytest.mark.parametrize("versions", [(ONE, TWO), (TWO, ONE, TWO), (ONE, TWO, ONE), (TOLD_TWO, TOLD_ONE)])
def test_what_meets_another_version_that_may_be_on_the_topic_counts_as_newer(
    memory: Memory, versions: tuple[Article, ...], restarted: bool
) -> None:
    *before, under_way, shown = versions
    for each in before:
        memory.visit(memory.one, each)
    memory.attempt(memory.one, under_way)
    if restarted:
        memory.restart()
    found, (sent,) = memory.attempt(memory.one, shown)
    assert (found.corrected, sent.updated_at) == ((shown,), memory.now)
    memory.seen.remember(memory.one, [shown])
    assert memory.visit(memory.one, shown) == Sorted(known=(shown,))


@pytest.mark.parametrize("before", [ONE, TOLD_ONE])
def test_a_later_time_that_the_feed_tells_counts_where_another_version_is_under_way(
    memory: Memory, before: Article
) -> None:
    memory.attempt(memory.one, before)
    _, sent = memory.attempt(memory.one, TOLD_TWO)
    assert sent == (TOLD_TWO,)


@pytest.mark.parametrize("shown", [ONE, TOLD_ONE])
def test_what_is_under_way_is_repeated_as_it_was_and_is_still_new(memory: Memory, shown: Article) -> None:
    for _ in range(3):
        found, sent = memory.attempt(memory.one, shown)
        assert (found.new, sent) == ((shown,), (shown,))


def test_a_correction_that_is_under_way_is_repeated_as_a_correction(memory: Memory) -> None:
    memory.visit(memory.one, ONE)
    for shown, told in [(TWO, False), (TWO, False), (TOLD_TWO, True), (TOLD_TWO, True)]:
        memory.now = NOW if told else memory.now  # the feed's time is later than ours
        found, (sent,) = memory.attempt(memory.one, shown)
        assert found.corrected == (shown,)
        assert sent.updated_at == (shown.updated_at if told else memory.now)


def test_what_may_never_have_been_sent_by_one_feed_is_new_in_another(memory: Memory) -> None:
    memory.attempt(memory.one, ONE)
    assert memory.visit(memory.other, ONE).new == (ONE,)
    assert memory.visit(memory.one, ONE) == Sorted(known=(ONE,))


def test_attempts_count_as_no_versions_and_an_article_as_one_item(memory: Memory) -> None:
    for number in range(MAX_VERSIONS + 2):
        memory.attempt(memory.one, article(1, text=f"{number} comments"))
    sent = [len(memory.visit(memory.one, article(1, text=f"{n} likes")).unsent) for n in range(40)]
    assert sum(sent) == MAX_VERSIONS + 1
    assert items(memory) == [1, 0]


def test_what_is_under_way_is_known_also_where_the_disk_is_full(memory: Memory) -> None:
    memory.visit(memory.one, ONE)
    (sent,) = memory.seen.sort(memory.one, [TWO]).outgoing(memory.now)
    with full_disk(memory), pytest.raises(StateError):
        memory.seen.begin(memory.one, [TWO], [sent])
    for shown in (ONE, TWO):
        found, (sent,) = memory.attempt(memory.one, shown)
        assert (found.corrected, sent.updated_at) == ((shown,), memory.now)
    memory.seen.remember(memory.one, [TWO])
    assert memory.visit(memory.one, TWO) == Sorted(known=(TWO,))


@contextmanager
def full_disk(memory: Memory) -> Iterator[None]:
    memory.database._connection.execute("PRAGMA query_only = ON")
    yield
    memory.database._connection.execute("PRAGMA query_only = OFF")


def items(memory: Memory) -> list[int]:
    return [each.items for each in memory.states.all()]


def test_each_feed_counts_the_different_articles_it_has_shown(memory: Memory) -> None:
    memory.visit(memory.one, article(1), article(2))
    memory.visit(memory.one, article(2, title="New"), article(3))
    memory.visit(memory.other, article(3))
    assert items(memory) == [3, 1]


def rows(memory: Memory) -> int:
    with memory.database.transaction() as connection:
        return int(connection.execute("SELECT count(*) FROM seen").fetchone()[0])


def test_what_a_feed_has_long_stopped_showing_is_forgotten_and_the_rest_is_not(memory: Memory) -> None:
    memory.visit(memory.one, article(1), article(2))
    memory.visit(memory.other, article(3))
    memory.now += KEPT + timedelta(seconds=1)
    assert memory.visit(memory.one, article(2), article(4)) == Sorted(new=(article(4),), known=(article(2),))
    assert rows(memory) == 3  # 2 and 4 of this feed, 3 of the other, which was not visited
    assert items(memory) == [3, 1]


def test_a_feed_without_end_does_not_fill_the_disk(memory: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seen_module, "MAX_SEEN", 10)
    for number in range(0, 40, 4):
        memory.now += timedelta(minutes=5)
        memory.visit(memory.one, *(article(number + each) for each in range(4)))
    assert rows(memory) == 10
    assert not memory.visit(memory.one, article(39)).new


def test_feeds_that_left_the_list_are_forgotten_after_a_while(memory: Memory) -> None:
    memory.visit(memory.one, article(1))
    memory.states.forget_unlisted(["https://b.example/feed"], NOW + UNLISTED_FOR)
    assert [each.source for each in memory.states.all()] == ["https://b.example/feed"]
    assert rows(memory) == 0


def test_the_state_belongs_to_one_topic(memory: Memory) -> None:
    memory.visit(memory.one, article(1))
    assert not memory.states.bind("a")
    memory.restart()
    assert not memory.states.bind("a")
    assert memory.visit(memory.one, article(1)).new == ()
    assert memory.states.bind("b")
    assert memory.visit(memory.one, article(1)).new == (article(1),)


def test_for_another_topic_every_feed_is_due_in_full_but_those_that_are_gone(memory: Memory) -> None:
    visited = FeedState(
        "https://a.example/new", FeedHealth.OK, validators=Validators('"v1"', "now"), rhythm_s=900, next_at=NOW
    )
    memory.states.bind("a")
    memory.states.save(memory.one, visited)
    memory.states.save(memory.other, replace(visited, health=FeedHealth.GONE))
    memory.states.bind("b")
    due = replace(visited, validators=Validators(), next_at=None)
    assert [each.state for each in memory.states.all()] == [due, replace(due, health=FeedHealth.GONE)]


def test_what_breaks_off_in_the_middle_leaves_nothing(memory: Memory) -> None:
    def break_off() -> None:
        with memory.database.transaction() as connection:
            connection.execute("DELETE FROM feeds")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        break_off()
    assert len(memory.states.all()) == 2


def test_a_second_producer_with_the_same_state_is_refused(memory: Memory) -> None:
    with pytest.raises(StateError, match=r"feeds\.db: another feeds producer"):
        Database(memory.path)
    with Database(memory.path, exclusive=False) as looked_at:
        assert len(FeedStates(looked_at).all()) == 2


def test_a_file_that_is_no_state_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "feeds.db"
    path.write_bytes(b"no database at all, " * 100)
    with pytest.raises(StateError, match=r"feeds\.db: the state of the feeds can't be used"):
        Database(path)


def test_a_state_of_another_version_is_refused(memory: Memory) -> None:
    memory.database._connection.execute("PRAGMA user_version = 9")
    memory.database.close()
    with pytest.raises(StateError, match="version 9, expected 1"):
        Database(memory.path)
    memory.database = Database(memory.path.with_name("other.db"))


def test_a_folder_that_can_not_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StateError, match=r"feeds\.state names another file"):
        Database(tmp_path / "file" / "feeds.db")


def test_the_state_is_kept_in_the_users_folder_for_states(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert default_path() == tmp_path / "groundswell" / "feeds.db"
