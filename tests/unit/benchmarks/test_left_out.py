"""Training without what is scored: folds of events, sets, languages."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from benchmarks.train import __main__ as command
from benchmarks.train import left_out, trainer, vectors
from benchmarks.train.artifact import Thresholds
from benchmarks.train.corpora import LOOKALIKE, Corpus, language_means, read_set
from benchmarks.train.fitting import Table, fold_of
from benchmarks.train.report import document
from benchmarks.train.seed import seed_scorer
from benchmarks.train.simulation import SimulatedRun, simulate
from benchmarks.train.trainer import Run, Trainer
from pipeline.domain.clustering import ClusteringSettings
from pipeline.domain.clustering.model import ARTIFACT, read_term_shares
from pipeline.domain.clustering.scorers import LinearScorer
from pipeline.domain.clustering.story_features import STORY_FEATURES
from pipeline.quality.evaluation.churn import Churn
from tests.unit.benchmarks.made_sets import WordEncoder, write_set


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("sets")
    return [
        write_set(folder / "one.jsonl", ["en", "fi"]),
        write_set(folder / "other.jsonl", ["en", "et"], copies=5),
        write_set(folder / "third.jsonl", ["en"], events=9),
        write_set(folder / LOOKALIKE / "towns.jsonl", ["en"], events=8),
        write_set(folder / LOOKALIKE / "teams.jsonl", ["en"], events=6),
    ]


@pytest.fixture(scope="module")
def corpora(files: list[Path]) -> list[Corpus]:
    encoder = WordEncoder()
    return [corpus for path in files for corpus in read_set(path, encoder)]


class Spy:
    """Notes what every model was fitted on, and which model every run used."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.tables: dict[float, Table] = {}
        self.runs: list[Run] = []
        monkeypatch.setattr(trainer, "fit", self.fit)
        monkeypatch.setattr(left_out, "fit", self.fit)
        monkeypatch.setattr(trainer, "_outcome", self._outcome)

    def table_of(self, run: Run) -> Table:
        """What the run's model was fitted on; KeyError for the scorer set by hand."""
        assert isinstance(run.model.join, LinearScorer)
        return self.tables[run.model.join.intercept]

    def fit(self, table: Table) -> dict[str, Any]:
        """The scorer set by hand, with an intercept of its own for each table."""
        seed = seed_scorer()
        intercept = seed.intercept - 1e-6 * (len(self.tables) + 1)
        self.tables[intercept] = table
        weights = seed.weights.tolist()
        return {"kind": "linear", "features": list(STORY_FEATURES), "weights": weights, "intercept": intercept}

    def _outcome(self, run: Run) -> SimulatedRun:
        self.runs.append(run)
        return simulate(run.corpus, run.model, ClusteringSettings(), run.examples_of)


@pytest.fixture
def spy(monkeypatch: pytest.MonkeyPatch) -> Spy:
    return Spy(monkeypatch)


def _trainer(corpora: Sequence[Corpus], **options: Any) -> Trainer:
    return Trainer("made/words", corpora, read_term_shares(), Thresholds(), jobs=1, **options)


def test_no_state_that_an_example_comes_from_was_made_by_a_model_that_saw_its_event(
    corpora: list[Corpus], spy: Spy
) -> None:
    _trainer(corpora, folds=3).rounds(2)
    later = spy.runs[len(corpora) :]
    assert len(later) == 3 * len(corpora)
    for run in later:
        table, own = spy.table_of(run), run.corpus.set_name
        seen = set(table.folds[table.sets == own].tolist())
        assert run.examples_of
        assert seen.isdisjoint({fold_of(own, event, 3) for event in run.examples_of})


def test_all_folds_together_give_examples_of_every_event_once(corpora: list[Corpus], spy: Spy) -> None:
    _trainer(corpora, folds=3).rounds(2)
    later = spy.runs[len(corpora) :]
    for corpus in corpora:
        given = [event for run in later if run.corpus.name == corpus.name for event in run.examples_of or ()]
        assert sorted(given) == sorted(set(corpus.events.values()))


def test_examples_of_one_event_are_in_one_fold(corpora: list[Corpus]) -> None:
    table = _trainer(corpora, folds=2).rounds(1)
    assert set(table.folds.tolist()) == {0, 1}
    assert set(table.without_fold(1).folds.tolist()) == {0}


def test_a_set_left_out_is_seen_by_no_run_and_no_model_of_its_training(corpora: list[Corpus], spy: Spy) -> None:
    outcomes = left_out.score_left_out(_trainer(corpora), ["one", LOOKALIKE], rounds=2)
    assert list(outcomes) == ["one", "towns", "teams"]
    scored = [at for at, run in enumerate(spy.runs) if run.examples_of is None]
    assert [spy.runs[at].corpus.name for at in scored] == ["towns", "teams", "one"]
    for run in (spy.runs[at] for at in scored):
        assert run.corpus.set_name not in spy.table_of(run).sets
    trained_without_one = {run.corpus.set_name for run in spy.runs[scored[1] + 1 : scored[2]]}
    assert trained_without_one == {"other", "third", LOOKALIKE}
    assert "fi" not in spy.runs[scored[2]].model.means


def test_sets_that_are_untrained_anyway_share_one_training(corpora: list[Corpus], spy: Spy) -> None:
    rest = _trainer(corpora, untrained=frozenset({"other", LOOKALIKE}))
    assert list(left_out.score_left_out(rest, ["other", LOOKALIKE], rounds=1)) == ["other", "towns", "teams"]
    assert len(spy.tables) == 1


def test_the_estimate_scores_each_set_without_its_examples_and_means(corpora: list[Corpus], spy: Spy) -> None:
    trainer_of_all = _trainer(corpora)
    table = trainer_of_all.rounds(1)
    spy.runs.clear()
    outcomes = left_out.estimate_left_out(trainer_of_all, table)
    assert set(outcomes) == {"one", "other", "third", "towns", "teams"}
    for run in spy.runs:
        assert run.examples_of is None
        assert run.corpus.set_name not in spy.table_of(run).sets
    assert {run.corpus.name: sorted(run.model.means) for run in spy.runs} == {
        "one": ["*", "en", "et"],
        "other": ["*", "en", "fi"],
        **{key: ["*", "en", "et", "fi"] for key in ("third", "towns", "teams")},
    }


def test_an_untrained_set_gives_no_examples_and_no_means_but_is_scored(corpora: list[Corpus], spy: Spy) -> None:
    rest = _trainer(corpora, untrained=frozenset({"one"}))
    table = rest.rounds(1)
    assert "one" not in table.sets
    assert "one" in left_out.score_sets(rest, spy.fit(table))
    assert all("fi" not in run.model.means for run in spy.runs)


def test_means_of_no_set_are_refused(corpora: list[Corpus]) -> None:
    with pytest.raises(ValueError, match="no set is left"):
        language_means(corpora[:1], without="one")


def test_a_language_left_out_is_in_no_stream_translation_or_mean(corpora: list[Corpus], spy: Spy) -> None:
    rest = left_out.without_language(_trainer(corpora), "et")
    part = spy.fit(rest.rounds(1))
    assert all(each.language != "et" for run in spy.runs for each in run.corpus.articles)
    spy.runs.clear()
    outcomes = left_out.score_language(rest, part, corpora, "et")
    assert set(outcomes) == {"other"}
    assert "et" in outcomes["other"].languages
    assert all("et" not in run.model.means for run in spy.runs)


def test_a_set_of_translations_has_every_event_in_the_language_that_is_to_be_scored(tmp_path: Path) -> None:
    languages = [f"{one}{other}" for one in "abcdefgh" for other in "abcdefghi"]
    path = write_set(tmp_path / "translations.jsonl", languages, events=5, copies=72)
    (corpus,) = read_set(path, WordEncoder(), always="bc")
    events = {corpus.events[each.article_id] for each in corpus.articles if each.language == "bc"}
    assert len(corpus.articles) < len(corpus.translations) == 5 * 72
    assert events == {corpus.events[each.article_id] for each in corpus.translations if each.language == "bc"}
    assert not any(each.language == "bc" for each in corpus.without_language("bc").translations)


def _outcome(events: str, stories: str, languages: Sequence[str] = ()) -> SimulatedRun:
    spoken = list(languages or ["en"] * len(events))
    return SimulatedRun([], list(events), list(stories), spoken, Churn(0.0, 0.0, 0.0))


def test_look_alikes_count_as_one_set_in_the_mean_and_the_worst_is_named() -> None:
    outcomes = {"news": _outcome("ab", "xy"), "towns": _outcome("ab", "xx"), "teams": _outcome("ab", "xy")}
    found = document(outcomes, {"towns", "teams"})
    assert found["look_alikes"]["worst_f1"] == pytest.approx(2 / 3, abs=1e-3)
    assert found["look_alikes"]["mean"]["f1"] == pytest.approx(5 / 6, abs=1e-3)
    assert found["macro_mean"]["f1"] == pytest.approx((1 + 5 / 6) / 2, abs=1e-3)


def test_a_language_is_scored_on_its_own_articles_among_all_others() -> None:
    outcomes = {"news": _outcome("aab", "xyx", ["en", "fi", "en"])}
    row = document(outcomes, (), language="fi")["sets"]["news"]
    assert (row["articles"], row["precision"], row["recall"]) == (1, 1.0, 0.5)


@pytest.mark.parametrize(
    ("which", "scored"),
    [
        ([], {"one", "other", "third", "towns", "teams"}),
        (["--quick"], {"one", "other", "third", "towns", "teams"}),
        (["one", LOOKALIKE], {"one", "towns", "teams"}),
        (["one", "--quick"], {"one"}),
    ],
)
@pytest.mark.usefixtures("spy")  # fits are its stand-ins: real ones take seconds
def test_left_out_is_one_command_that_prints_one_document_and_writes_nothing(
    which: list[str],
    scored: set[str],
    files: list[Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(vectors, "load_encoder", lambda name, **_: WordEncoder())
    artifact = ARTIFACT.read_bytes()
    cache, names = str(tmp_path / "vectors.sqlite"), [str(each) for each in files]
    monkeypatch.setattr(
        sys,
        "argv",
        [
            "train",
            *names,
            "--json",
            "--rounds",
            "1",
            "--jobs",
            "1",
            "--encoder",
            "made/words",
            "--cache",
            cache,
            "--left-out",
            *which,
        ],
    )
    command.main()
    found = json.loads(capsys.readouterr().out)
    assert set(found["left_out"]["sets"]) == scored
    assert 0 < found["left_out"]["macro_mean"]["f1"] <= 1
    assert ARTIFACT.read_bytes() == artifact
