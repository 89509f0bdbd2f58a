"""What a desk decided in the older edition holds in the newer one from its first record on."""

from __future__ import annotations

import contextlib
import json
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from consumers.clusterer.worker import Clusterer
from consumers.publisher.worker import Publisher
from pipeline.adapters.store.commit import Batch, Committed, Committer
from pipeline.adapters.store.correction_log import Corrected, CorrectionLog
from pipeline.adapters.store.edition import RedisBusyError, read_identity
from pipeline.adapters.store.keys import Keys
from pipeline.adapters.store.stories import StoryReader
from pipeline.adapters.store.succession import Succession
from pipeline.domain.clustering.desk import Action, Order
from pipeline.domain.clustering.story_layout import STATE_VERSION
from pipeline.domain.clustering.types import Changes
from pipeline.domain.edition import ClustererIdentity
from pipeline.domain.encoder.protocol import Encoder
from pipeline.gaps import VARIABLE, Gap
from pipeline.runtime.cli.desk import line
from pipeline.runtime.desk import Desk, Request
from pipeline.runtime.rebuild.carrying import Left
from tests.support.command_line import groundswell
from tests.support.corrections import SIGNED, live, no_encoder, where
from tests.support.drive import cluster_all, clusterer, converge, publish_all, publisher
from tests.support.forked import run_forked
from tests.support.rebuilding import Both, filled
from tests.support.roles import ROOT
from tests.support.samples import article, article_ids
from tests.support.settings import settings_env
from tests.support.world import World

SUBJECTS = {
    "ferry": (
        "Ferry to Borkum runs aground, passengers wait",
        "The ferry ran aground off the harbour; nobody on board was hurt.",
    ),
    "senate": (
        "Senate passes the budget for schools after a long debate",
        "Senators voted for more teachers and new classrooms; the opposition spoke of debt.",
    ),
    "wildfire": (
        "Wildfire near Lisbon forces villages to evacuate",
        "Flames spread through pine forests in strong wind, and aircraft dropped water on them.",
    ),
    "glacier": (
        "Glacier lake above Westheim drains overnight",
        "The lake behind the ice emptied into the valley; engineers watch the bridges.",
    ),
}


def about(subject: str, number: int) -> bytes:
    title, text = SUBJECTS[subject]
    return article(number, f"{subject}{number}.example", title=f"{title}, report {number}", text=text)


LINES = [about(subject, number) for subject in ("ferry", "senate", "wildfire") for number in range(2)]


def id_of(line: bytes) -> str:
    (article_id,) = article_ids([line])
    return article_id


def partition(stories: StoryReader) -> set[frozenset[str]]:
    """Which articles stand together."""
    found: dict[str, set[str]] = {}
    for article_id, story_id in where(stories).items():
        found.setdefault(story_id, set()).add(article_id)
    return {frozenset(each) for each in found.values()}


def marks(world: World) -> dict[frozenset[str], tuple[bool, bool]]:
    """Of each live story, by its articles: whether it is pinned, and hidden."""
    notes = {each: story.notes for each, story in live(world.redis, world.settings.redis).items()}
    return {frozenset(world.stories.article_ids(each)): (held.pinned, held.hidden) for each, held in notes.items()}


def log_of(world: World) -> list[Corrected]:
    """In the order in which desks made them."""
    made = CorrectionLog(world.redis, world.settings.redis).all()
    return sorted(made, key=lambda each: each.first.number)


def close(world: World, story_id: str) -> None:
    """As a clusterer closes a story that went quiet."""
    redis, settings = world.redis, world.settings.redis
    identity = ClustererIdentity.as_stored(
        read_identity(redis, Keys(settings.edition)), state_version=STATE_VERSION
    )
    assert identity is not None
    committer = Committer(redis, settings, identity)
    committer.start()
    sequence = int(redis.get(Keys(settings.edition).sequence) or 0)
    assert isinstance(committer.commit(Batch(sequence, Changes(closed=[story_id]))), Committed)


@dataclass
class Scene:
    """Both editions have read the same, and the older one has published it."""

    both: Both
    clusterers: tuple[Clusterer, Clusterer]
    out: Publisher
    new: Publisher

    def correct(self, action: Action, one: bytes, other: bytes = b"", *, world: World | None = None) -> Order:
        """Of the stories of these articles; a split or a move is of the first one."""
        at = world or self.both.blue
        placed = where(at.stories)
        story, articles = placed[id_of(one)], tuple[str, ...]()
        if action in (Action.SPLIT, Action.MOVE):
            articles = (id_of(one),)
        if action is Action.MOVE:
            story = placed[id_of(other)]
        second = placed[id_of(other)] if action is Action.MERGE else ""
        return self.desk(at).correct(Request(action, story, second, articles), SIGNED)

    def desk(self, world: World) -> Desk:
        return Desk(world.redis, world.settings.redis, no_encoder)

    def correct_all_kinds(self) -> str:
        """Returns the story that is hidden."""
        self.correct(Action.SPLIT, article(0))
        self.correct(Action.PIN, article(1))
        self.correct(Action.MOVE, about("senate", 1), article(1))
        self.correct(Action.MERGE, about("senate", 0), about("wildfire", 0))
        return self.correct(Action.HIDE, about("ferry", 0)).story_id

    def check_never_seen(self, story_id: str) -> None:
        """Since it was hidden, subscribers got nothing of it."""
        said = [each for each in self.both.blue.published() if each["story_id"] == story_id]
        hidden = [each["hidden"] for each in said]
        assert hidden == sorted(hidden), "it was public again"
        assert (said[-1]["hidden"], said[-1]["articles"]) == (True, [])

    def check_same(self) -> None:
        """The newer edition is as the older one was left."""
        blue, green = self.both.blue, self.both.green
        assert partition(green.stories) == partition(blue.stories)
        assert marks(green) == marks(blue)


@pytest.fixture
def scene(pair: Both, encoder: Encoder) -> Iterator[Scene]:
    with filled(pair, encoder) as (one, two, out, new):
        pair.blue.send(LINES)
        cluster_all(pair.blue, [one], 11)
        cluster_all(pair.green, [two], 11)
        publish_all(pair.blue, out)
        assert partition(pair.green.stories) == partition(pair.blue.stories)
        assert len(partition(pair.blue.stories)) == 4
        yield Scene(pair, (one, two), out, new)


def test_what_a_desk_decided_holds_in_the_edition_that_takes_over(scene: Scene) -> None:
    both = scene.both
    unseen = scene.correct_all_kinds()
    publish_all(both.blue, scene.out)
    done = groundswell("rebuild", "switch", "--yes", "--json", settings=both.green.settings)
    assert f"edition {both.name} has 5 corrections of a desk; 1 stories are hidden: {unseen}" in done.stderr
    assert json.loads(done.stdout) == {
        "edition": both.green.settings.redis.edition, "predecessor": both.name, "hidden": [unseen],
        "corrections": 5, "carried": 5, "ended": 0, "left": [],
    }  # fmt: skip
    scene.check_same()
    converge(both.green, scene.new)
    scene.check_never_seen(unseen)
    for old, new in zip(log_of(both.blue), log_of(both.green), strict=True):
        assert (new.first, new.at) == (old.first, old.at)
        assert (new.entry.action, new.entry.by, new.entry.reason) == (old.entry.action, SIGNED.by, SIGNED.reason)
        assert new.entry.judgements == old.entry.judgements
        assert line(new).endswith(f"(carried over from edition {both.name})")
    scene.clusterers[1].sweep()
    scene.check_same()


def test_a_switch_that_is_killed_while_it_carries_corrections_over_goes_on_where_it_is_run_again(
    scene: Scene,
) -> None:
    both = scene.both
    unseen = scene.correct_all_kinds()
    publish_all(both.blue, scene.out)
    command = ("pipeline.runtime.cli.main", ["rebuild", "switch", "--yes"])
    environment = settings_env(both.green.settings)
    for gap in (Gap.BATCH_UNSENT, Gap.BATCH_APPLIED):
        killed = run_forked(*command, folder=ROOT, env={**environment, VARIABLE: f"{gap}:2"}, timeout_s=100)
        assert killed.returncode == -signal.SIGKILL, killed.stderr
        scene.new.step()
    done = run_forked(*command, folder=ROOT, env=environment, timeout_s=100)
    assert "5 corrections: 5 carried over, 0 of stories that ended, 0 to look into" in done.stdout, done.stderr
    scene.check_same()
    assert [each.first for each in log_of(both.green)] == [each.first for each in log_of(both.blue)]
    converge(both.green, scene.new)
    scene.check_never_seen(unseen)


def test_what_a_desk_corrects_until_the_older_edition_ends_is_carried_over_before_anything_is_published(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = scene.both
    scene.correct(Action.SPLIT, article(0))
    retire, correct = Succession.retire, Desk.correct
    late: list[Order] = []
    busy: list[Callable[..., Order]] = []

    def retire_late(succession: Succession) -> int:
        if not late:
            late.append(scene.correct(Action.HIDE, about("ferry", 0)))
            publish_all(both.blue, scene.out)
        monkeypatch.setattr(Desk, "correct", fail_once)
        return retire(succession)

    def fail_once(desk: Desk, *arguments: object) -> Order:
        if not busy:
            busy.append(correct)
            raise RedisBusyError
        return correct(desk, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(Succession, "retire", retire_late)
    with pytest.raises(RedisBusyError):
        both.switching().run(both.name, max_lag=9)
    scene.new.step()
    carried = both.switching().run(both.name, max_lag=9)
    assert (carried.corrections, carried.carried, carried.left) == (2, 2, [])
    scene.check_same()
    converge(both.green, scene.new)
    scene.check_never_seen(late[0].story_id)


def test_what_finds_no_place_in_the_newer_edition_is_named_and_what_ended_is_counted(scene: Scene) -> None:
    both, green = scene.both, scene.both.green
    merged = scene.correct(Action.MERGE, about("senate", 0), about("wildfire", 0)).story_id
    split = scene.correct(Action.SPLIT, article(0)).story_id
    pinned = scene.correct(Action.PIN, about("ferry", 0)).story_id
    ended = scene.correct(Action.PIN, article(0))
    both.blue.redis.hdel(Keys(both.name).live, ended.story_id)
    lost = [about("wildfire", 0), about("wildfire", 1), about("ferry", 0), about("ferry", 1), article(0)]
    for each in lost:
        green.redis.delete(Keys(green.settings.redis.edition).article(id_of(each)))
    carried = both.switching().run(both.name, max_lag=9)
    none = f"edition {green.settings.redis.edition} has none of its articles"
    assert (carried.corrections, carried.carried, carried.ended) == (4, 0, 1)
    assert carried.left == [Left("merge", merged, none), Left("split", split, none), Left("pin", pinned, none)]


def test_a_hidden_story_that_is_part_of_a_larger_one_there_hides_that_and_says_so(scene: Scene) -> None:
    both, green = scene.both, scene.both.green
    hidden = scene.correct(Action.HIDE, about("ferry", 0)).story_id
    scene.correct(Action.MERGE, about("senate", 0), about("ferry", 0), world=green)
    carried = both.switching().run(both.name, max_lag=9)
    larger = where(green.stories)[id_of(about("ferry", 0))]
    said = f"its articles are in story {larger} with 2 others: all of that is hidden now"
    assert carried.left == [Left("hide", hidden, said)]
    assert green.stories.hidden(green.stories.live_ids()) == [larger]


@pytest.mark.parametrize("older", ["live", "ended"])
def test_a_hidden_story_that_has_ended_in_the_newer_edition_is_told_as_hidden_all_the_same(
    scene: Scene, older: str
) -> None:
    both = scene.both
    hidden = scene.correct(Action.HIDE, about("ferry", 0)).story_id
    if older == "ended":
        close(both.blue, hidden)
    publish_all(both.blue, scene.out)
    close(both.green, where(both.green.stories)[id_of(about("ferry", 0))])
    carried = both.switching().run(both.name, max_lag=9)
    assert (carried.corrections, carried.carried, carried.ended, carried.left) == (1, 1, 0, [])
    converge(both.green, scene.new)
    scene.check_never_seen(hidden)
    (last,) = log_of(both.green)
    assert (
        both.green.redis.ttl(Keys(both.green.settings.redis.edition).corrections_of(last.entry.story_ids[0])) > 0
    )


def glacier(scene: Scene) -> list[bytes]:
    """A story that both editions have and none has told yet."""
    both, lines = scene.both, [about("glacier", number) for number in range(2)]
    both.blue.send(lines)
    for edition, each in zip((both.blue, both.green), scene.clusterers, strict=True):
        cluster_all(edition, [each], 13)
    return lines


def test_a_story_that_was_hidden_before_its_first_record_and_then_ended_is_never_told(scene: Scene) -> None:
    both = scene.both
    one, two = glacier(scene)
    hidden = scene.correct(Action.HIDE, one).story_id
    close(both.blue, hidden)
    publish_all(both.blue, scene.out)
    assert both.blue.outbox.size(0) == 0
    carried = both.switching().run(both.name, max_lag=9)
    assert (carried.corrections, carried.carried, carried.ended, carried.left) == (1, 1, 0, [])
    converge(both.green, scene.new)
    there = where(both.green.stories)
    assert {there[id_of(one)], there[id_of(two)]}.isdisjoint(both.blue.last_records())


def test_what_is_hidden_and_has_no_articles_any_more_in_the_older_edition_is_named(scene: Scene) -> None:
    """As an earlier release left a story that ended before its first record."""
    both = scene.both
    hidden = scene.correct(Action.HIDE, glacier(scene)[0]).story_id
    close(both.blue, hidden)
    both.blue.redis.delete(Keys(both.name).members(hidden))
    carried = both.switching().run(both.name, max_lag=9)
    why = f"edition {both.name} keeps none of its articles: where they stand here, hide by hand"
    assert (carried.carried, carried.left) == (0, [Left("hide", hidden, why)])


def test_what_a_desk_takes_back_in_the_newer_edition_is_taken_back_in_the_older_one_that_comes_again(
    scene: Scene, encoder: Encoder
) -> None:
    both = scene.both
    unseen = scene.correct_all_kinds()
    both.switching().run(both.name, max_lag=9)
    scene.correct(Action.UNHIDE, about("ferry", 0), world=both.green)
    scene.correct(Action.UNPIN, article(1), world=both.green)
    back = Both(both.green, both.blue)
    back.begin()
    with contextlib.ExitStack() as stack:
        stack.enter_context(clusterer(both.blue.settings, encoder))
        stack.enter_context(publisher(both.blue.settings)).step()
        carried = back.switching().run(back.name, max_lag=9)
    assert (carried.corrections, carried.left) == (7, [])
    assert both.blue.stories.hidden([unseen]) == []
    scene.check_same()
    assert len(log_of(both.blue)) == 7, "what was made here first is not made again"
