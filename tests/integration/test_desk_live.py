"""A desk beside running clusterers and publishers, and a command that dies in the middle."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from consumers.clusterer.worker import Clusterer
from groundswell.record import Reason
from pipeline.adapters.store.correction_log import Corrected, CorrectionLog
from pipeline.domain.clustering.desk import Action, NothingToDoError, OrderRefusedError
from pipeline.domain.clustering.story import LiveStory
from pipeline.domain.encoder.protocol import Encoder
from pipeline.gaps import VARIABLE, Gap
from pipeline.quality.bench.hashing_encoder import HashingEncoder
from pipeline.runtime.cli.main import app
from pipeline.runtime.correction_pairs import labelled_pairs
from pipeline.runtime.desk import Desk, Request
from tests.conftest import SettingsFor
from tests.support.brokers import BrokerUnderTest
from tests.support.command_line import groundswell
from tests.support.corrections import SIGNED, live, where
from tests.support.drive import cluster_all, clusterer, publish_all, publisher
from tests.support.samples import article, article_ids, sample_lines
from tests.support.settings import settings_env
from tests.support.world import World, check_promises, open_world

EAGER = {"min_sources": 1, "interval_s": 0.0, "settle_s": 0.0}
SMALL = {"batch_size": 8, "max_batch_size": 8, "sweep_every": 24}


class Scene:
    """An edition with a desk, and a clusterer once there is something to take."""

    def __init__(self, world: World, encoder: Encoder, stack: contextlib.ExitStack) -> None:
        self.world, self.encoder = world, encoder
        self._stack = stack
        self._clusterer: Clusterer | None = None

    @property
    def desk(self) -> Desk:
        return Desk(self.world.redis, self.world.settings.redis, lambda: self.encoder)

    @property
    def clusterer(self) -> Clusterer:
        self._clusterer = self._clusterer or self._stack.enter_context(
            clusterer(self.world.settings, self.encoder)
        )
        return self._clusterer

    def take(self, *lines: bytes) -> None:
        """One clusterer takes these in after all that there were."""
        self.world.send(lines)
        cluster_all(self.world, [self.clusterer], sum(self.world.ends().values()))

    def live(self) -> dict[str, LiveStory]:
        return live(self.world.redis, self.world.settings.redis)

    def made(self) -> list[Corrected]:
        return list(CorrectionLog(self.world.redis, self.world.settings.redis).all())


@pytest.fixture
def scene(embedded_broker: BrokerUnderTest, settings_for: SettingsFor, encoder: Encoder) -> Iterator[Scene]:
    settings = settings_for(embedded_broker, publisher=EAGER, clusterer=SMALL)
    with open_world(settings) as world, contextlib.ExitStack() as stack:
        yield Scene(world, encoder, stack)


def ferry(number: int) -> bytes:
    return article(
        number, f"coast{number}.example", title=f"Ferry to Borkum runs aground, passengers wait {number}",
        text="The ferry ran aground off the harbour; nobody on board was hurt.",
    )  # fmt: skip


def storm(number: int, **fields: object) -> bytes:
    return article(number, f"outlet{number}.example", **fields)


def typed(monkeypatch: pytest.MonkeyPatch, scene: Scene, *command: str) -> str:
    """What a command prints, run in this process."""
    for name, value in settings_env(scene.world.settings).items():
        monkeypatch.setenv(name, value)
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_corrections_among_the_batches_of_two_clusterers_lose_nothing_and_are_kept(scene: Scene) -> None:
    lines = sample_lines()[:90]
    stop, corrected = threading.Event(), 0
    with contextlib.ExitStack() as stack:
        roles = [stack.enter_context(clusterer(scene.world.settings, scene.encoder)) for _ in range(2)]
        threads = [threading.Thread(target=_run, args=(each.step, stop)) for each in roles]
        scene.world.send(lines)
        for each in threads:
            each.start()
        try:
            desk, used = scene.desk, set[str]()
            while scene.world.positions.counters()["in"] < len(lines):
                corrected += _correct_something(scene.world, desk, used)
        finally:
            stop.set()
            for each in threads:
                each.join()
        roles[0].sweep()
        assert scene.world.positions.counters()["in"] == len(lines)
        publish_all(scene.world, stack.enter_context(publisher(scene.world.settings)))
    assert corrected >= 5
    check_promises(scene.world, article_ids(lines))
    _check_kept(scene, corrected)


def _run(step: Callable[[], int], stop: threading.Event) -> None:
    while not stop.is_set():
        step()


def _correct_something(world: World, desk: Desk, used: set[str]) -> bool:
    """Of stories that no correction named before, so that no two contradict each other."""
    taken = {world.stories.resolve(each) for each in used}
    free = [each for each in world.stories.live_ids() if each not in taken]
    snapshots = [found for each in free if (found := world.stories.snapshot(each))]
    large = [each for each in snapshots if len(each.articles) > 1]
    if len(free) < 3 or not large:
        return False
    source = large[0]
    others = [each for each in free if each != source.story_id]
    articles = [each.article_id for each in source.articles]
    actions = (Action.MERGE, Action.SPLIT, Action.MOVE, Action.PIN, Action.HIDE)
    request = {
        Action.MERGE: Request(Action.MERGE, others[0], others[1]),
        Action.SPLIT: Request(Action.SPLIT, source.story_id, articles=tuple(articles[:1])),
        Action.MOVE: Request(Action.MOVE, others[0], articles=(articles[0],)),
        Action.PIN: Request(Action.PIN, others[0]),
        Action.HIDE: Request(Action.HIDE, source.story_id),
    }[actions[len(used) % len(actions)]]
    try:
        order = desk.correct(request, SIGNED)
    except (OrderRefusedError, NothingToDoError):  # the story changed since it was chosen
        return False
    used.update(order.existing, {order.other_id or order.story_id})
    return True


def _check_kept(scene: Scene, corrected: int) -> None:
    placed, stories, made = where(scene.world.stories), scene.live(), scene.made()
    assert len(made) == corrected
    for pair in labelled_pairs(made):
        same = placed[pair["one"]["article_id"]] == placed[pair["other"]["article_id"]]
        assert same == pair["same_event"], f"undone: {pair}"
    marked = {each.entry.story_ids[0]: each.entry.action for each in made if each.entry.action in ("pin", "hide")}
    for story_id, action in marked.items():
        notes = stories[story_id].notes
        assert (notes.pinned, notes.hidden) == (action == "pin", action == "hide")
    for record in scene.world.last_records().values():
        assert record["hidden"] == (marked.get(record["story_id"]) == "hide")


def test_a_command_that_dies_has_corrected_all_or_nothing_and_is_simply_repeated(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.take(*(storm(each) for each in range(3)), *(ferry(each) for each in range(3)))
    one, other = scene.world.stories.live_ids()
    command = ("stories", "merge", one, other, "--by", "ines", "--reason", "one event")
    for gap, left in ((Gap.BATCH_UNSENT, [one, other]), (Gap.BATCH_APPLIED, [one])):
        monkeypatch.setenv(VARIABLE, gap)
        assert groundswell(*command, settings=scene.world.settings).returncode == -9
        assert scene.world.stories.live_ids() == left
    monkeypatch.delenv(VARIABLE)
    assert "nothing to do" in typed(monkeypatch, scene, *command)
    assert scene.world.stories.resolve(other) == one
    assert len(scene.made()) == 1
    scene.take(storm(3))
    assert set(where(scene.world.stories).values()) == {one}, "the killed command holds clusterers up"


def test_a_story_that_is_hidden_is_empty_for_subscribers_until_it_is_shown_again(scene: Scene) -> None:
    scene.take(storm(0), storm(1), ferry(0))
    placed, desk = where(scene.world.stories), scene.desk
    story_id, unseen = (placed[next(iter(article_ids([line])))] for line in (storm(0), ferry(0)))
    desk.correct(Request(Action.HIDE, unseen), SIGNED)
    with publisher(scene.world.settings) as out:
        publish_all(scene.world, out)
        desk.correct(Request(Action.HIDE, story_id), SIGNED)
        publish_all(scene.world, out)
        scene.take(storm(2))
        publish_all(scene.world, out)
        hidden = scene.world.last_records()[story_id]
        assert (hidden["hidden"], hidden["status"], hidden["title"], hidden["articles"]) == (
            True,
            "active",
            "",
            [],
        )
        assert scene.world.stories.live_ids() == sorted((story_id, unseen)), "its coverage opened a story anew"
        check_promises(scene.world, {*placed, *article_ids([storm(2)])})
        desk.correct(Request(Action.UNHIDE, story_id), SIGNED)
        publish_all(scene.world, out)
    shown = scene.world.last_records()[story_id]
    assert (shown["hidden"], shown["article_count"]) == (False, 3)
    assert Reason.DESK in shown["revision_reasons"]
    assert unseen not in scene.world.last_records(), "it was published to say that it is hidden"


def test_articles_that_a_large_story_forgot_are_read_anew_when_a_desk_names_them(scene: Scene) -> None:
    scene.take(*(storm(each) for each in range(20)))
    (story_id,) = scene.world.stories.live_ids()
    kept = {each.article_id for each in scene.live()[story_id].members}
    forgotten = sorted(article_ids([storm(each) for each in range(20)]) - kept)[:3]
    assert len(forgotten) == 3
    stranger = Desk(scene.world.redis, scene.world.settings.redis, HashingEncoder)
    with pytest.raises(OrderRefusedError, match=r"set encoder\.model as the clusterers have it"):
        stranger.correct(Request(Action.SPLIT, story_id, articles=tuple(forgotten)), SIGNED)
    order = scene.desk.correct(Request(Action.SPLIT, story_id, articles=tuple(forgotten)), SIGNED)
    after = scene.live()
    assert {each.article_id for each in after[order.other_id or ""].members} == set(forgotten)
    assert (after[story_id].size, after[order.other_id or ""].size) == (17, 3)
    scene.desk.correct(Request(Action.SPLIT, story_id, articles=tuple(sorted(kept))), SIGNED)
    rest = scene.live()[story_id]
    assert (rest.size, len(rest.members)) == (5, 5)
    scene.take(storm(20))
    scene.clusterer.sweep()
    assert len(scene.world.stories.live_ids()) == 3, "repair merged what the desk had parted"


def test_a_desk_corrects_by_command_and_exports_what_it_taught(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    lines = [*(storm(each) for each in range(3)), *(ferry(each) for each in range(3))]
    scene.take(*lines)
    placed = where(scene.world.stories)
    (moved,) = article_ids([lines[0]])
    target = placed[next(iter(article_ids([lines[3]])))]
    url = json.loads(lines[0])["url"]
    told = typed(monkeypatch, scene, "stories", "move", url, target, "--reason", "a ferry", "--by", "ines")
    assert told == f"move: {target} {placed[moved]}\n"
    scene.take(storm(0, updated_at="2025-03-04T00:00:00Z", text="The bridge of Oststadt stays closed."))
    assert where(scene.world.stories)[moved] == target, "a new version left the place that a desk gave the article"
    history = typed(monkeypatch, scene, "stories", "show", target, "--history")
    (entry,) = [json.loads(line) for line in history.splitlines()]
    assert (entry["action"], entry["by"], entry["reason"]) == ("move", "ines", "a ferry")
    file = tmp_path / "pairs.jsonl"
    typed(monkeypatch, scene, "corrections", "export", str(file))
    rows = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    assert [each["same_event"] for each in rows] == [True] * 3 + [False] * 2
    assert {each["one"]["url"] for each in rows} == {url}
    assert "ines  move" in typed(monkeypatch, scene, "corrections", "list")


def test_what_has_ended_or_is_not_there_is_told_in_one_sentence(scene: Scene) -> None:
    scene.take(storm(0), storm(1), ferry(0))
    placed = where(scene.world.stories)
    story_id, other = (placed[next(iter(article_ids([line])))] for line in (storm(0), ferry(0)))
    desk = scene.desk

    def refusal(request: Request) -> str:
        with pytest.raises(OrderRefusedError) as refused:
            desk.correct(request, SIGNED)
        return str(refused.value)

    assert "no story 'x'" in refusal(Request(Action.PIN, "x"))
    assert "no article https://nowhere.example/" in refusal(
        Request(Action.MOVE, story_id, articles=("https://nowhere.example/",))
    )
    assert "too short" in refusal(Request(Action.MOVE, story_id, articles=("abc",)))
    assert "all articles of story" in refusal(
        Request(Action.SPLIT, story_id, articles=tuple(each for each in placed if placed[each] == story_id))
    )
    own = next(iter(article_ids([ferry(0)])))
    assert "is not in story" in refusal(Request(Action.SPLIT, story_id, articles=(own[:8],)))
    assert "is in story" in refusal(Request(Action.MOVE, other, articles=(own,)))
    assert "is not hidden" in refusal(Request(Action.UNHIDE, story_id))
    desk.correct(Request(Action.HIDE, story_id), SIGNED)
    assert "`unhide` it first" in refusal(Request(Action.MERGE, story_id, other))
    desk.correct(Request(Action.UNHIDE, story_id), SIGNED)
    desk.correct(Request(Action.MERGE, story_id, other), SIGNED)
    assert "one story already" in refusal(Request(Action.MERGE, story_id, other))
    desk.correct(Request(Action.PIN, other), SIGNED)  # the id of a merged story resolves
    assert scene.live()[story_id].notes.pinned
    scene.take(*(storm(each, withdrawn=True) for each in range(2)), _withdrawn_ferry())
    assert "was closed at" in refusal(Request(Action.PIN, story_id))


def _withdrawn_ferry() -> bytes:
    return json.dumps({**json.loads(ferry(0)), "withdrawn": True}).encode()
