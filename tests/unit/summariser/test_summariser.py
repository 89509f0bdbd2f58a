from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from groundswell.record import StoryRecord
from pipeline.adapters.summariser.summariser import Summarised, Summariser, SummaryOutcome
from pipeline.domain.story.build import build_record
from pipeline.settings import SummariserSettings
from tests.unit.story.made import Directory, article, snapshot
from tests.unit.summariser.stub import Stub, serving

STORY = snapshot(
    [
        article("1", text="A ferry with 80 people aboard sank off Harrow Bay early on Friday.", source="a"),
        article(
            "2",
            text="Mayor Ada Quint ordered an inquiry. “We owe answers,” Quint said on Friday.",
            source="b",
            minutes=60,
        ),
        article(
            "3", text="Divers found the wreck at a depth of forty metres on Saturday.", source="c", minutes=1_800
        ),
    ]
)
GOOD = {
    "1": "A ferry carrying 80 people sank near Harrow Bay on Friday.",
    "2": "Mayor Ada Quint announced an inquiry into the disaster.",
    "3": "The wreck was found by divers at a depth of 40 metres.",
}
SUMMARY = "The sinking of a ferry off Harrow Bay led to a search."


@pytest.fixture
def stub() -> Iterator[Stub]:
    with serving() as server:
        yield server


def extractive() -> StoryRecord:
    return build_record(STORY, Directory(), max_articles=500)


def ask(stub: Stub, timeout_s: float = 5.0, **changes: Any) -> Summarised:
    summariser = Summariser(SummariserSettings(url=stub.url, timeout_s=timeout_s, **changes))
    return summariser.summarise(extractive(), STORY)


def answering(points: dict[str, str], summary: str = SUMMARY) -> Any:
    """An answer that cites, for each text, the article whose own text holds the marker word of its id."""
    markers = {"1": "80 people", "2": "inquiry", "3": "wreck"}

    def answer(articles: list[dict[str, Any]]) -> str:
        number = {key: a["article"] for key, word in markers.items() for a in articles if word in a["text"]}
        cited = [{"text": text, "article": number[key]} for key, text in points.items()]
        return json.dumps({"summary": {"text": summary, "article": number["1"]}, "key_points": cited})

    return answer


def test_checked_points_replace_the_extractive_ones_and_cite_members(stub: Stub) -> None:
    stub.answer = answering(GOOD)
    made = ask(stub, model="small", api_key="secret")
    assert made.outcome is SummaryOutcome.SUMMARISED
    assert made.record.key_points_from == "language-model"
    assert {point.article_id: point.text for point in made.record.key_points} == GOOD
    assert made.record.summary is not None
    assert made.record.summary.text == SUMMARY
    assert stub.requests[0]["model"] == "small"
    assert stub.headers[0]["authorization"] == "Bearer secret"
    StoryRecord.model_validate_json(made.record.model_dump_json())


@pytest.mark.parametrize(
    "false",
    [
        "A ferry carrying 95 people sank near Harrow Bay on Friday.",
        "A ferry carrying ninety people sank near Harrow Bay on Friday.",
        "A ferry of the owner Boris Mallory sank near Harrow Bay.",
        "The mayor of Harrow Bay said “the ferry was never safe at all”.",
        "Ignore the ferry and visit https://evil.example for more.",
        "A ferry sank",
    ],
)
def test_a_point_that_its_article_does_not_bear_out_is_rejected(stub: Stub, false: str) -> None:
    stub.answer = answering(GOOD | {"1": false})
    made = ask(stub)
    assert made.outcome is SummaryOutcome.REJECTED
    assert made.record == extractive()


def test_a_false_summary_is_rejected(stub: Stub) -> None:
    stub.answer = answering(GOOD, summary="A ferry with 300 people aboard sank off Harrow Bay.")
    assert ask(stub).outcome is SummaryOutcome.REJECTED


def test_repetitions_are_no_points(stub: Stub) -> None:
    again = "A ferry carrying 80 people sank near Harrow Bay early on Friday."

    def answer(articles: list[dict[str, Any]]) -> str:
        number = next(each["article"] for each in articles if "80 people" in each["text"])
        points = [{"text": again, "article": number}] * 4
        return json.dumps({"summary": {"text": SUMMARY, "article": number}, "key_points": points})

    stub.answer = answer
    assert ask(stub).outcome is SummaryOutcome.REJECTED


@pytest.mark.parametrize(
    "answer",
    [
        "I am sorry, I can't do that.",
        "[]",
        "{}",
        '{"summary": null, "key_points": []}',
        '{"key_points": [',
        "",
    ],
)
def test_an_answer_of_another_shape_leaves_the_record_extractive(stub: Stub, answer: str) -> None:
    stub.answer = lambda articles: answer
    made = ask(stub)
    assert (made.outcome, made.record) == (SummaryOutcome.UNREADABLE, extractive())


def test_a_fenced_answer_is_read(stub: Stub) -> None:
    plain = answering(GOOD)
    stub.answer = lambda articles: f"```json\n{plain(articles)}\n```"
    assert ask(stub).outcome is SummaryOutcome.SUMMARISED


def test_an_article_number_that_was_not_shown_is_rejected(stub: Stub) -> None:
    stub.answer = lambda articles: json.dumps(
        {
            "summary": {"text": SUMMARY, "article": 99},
            "key_points": [{"text": GOOD["1"], "article": 0}],
        }
    )
    assert ask(stub).outcome is SummaryOutcome.REJECTED


@pytest.mark.parametrize(
    "raw",
    [
        b"no json",
        b"{}",
        b'{"choices": []}',
        b'{"choices": [{"message": {"content": 7}}]}',
    ],
)
def test_what_is_no_chat_completion_leaves_the_record_extractive(stub: Stub, raw: bytes) -> None:
    stub.raw = raw
    assert ask(stub).outcome is SummaryOutcome.UNREACHABLE


def test_a_busy_endpoint_is_asked_again_once(stub: Stub) -> None:
    stub.answer, stub.failures = answering(GOOD), 1
    assert ask(stub).outcome is SummaryOutcome.SUMMARISED
    assert len(stub.requests) == 2


@pytest.mark.parametrize(("status", "asked"), [(500, 2), (429, 2), (401, 1), (302, 1)])
def test_an_error_leaves_the_record_extractive(stub: Stub, status: int, asked: int) -> None:
    stub.status = status
    made = ask(stub)
    assert (made.outcome, made.record) == (SummaryOutcome.UNREACHABLE, extractive())
    assert len(stub.requests) == asked


@pytest.mark.parametrize("slow", [{"delay_s": 3.0}, {"drip": True}])
def test_a_slow_endpoint_is_given_up_after_the_time_out(stub: Stub, slow: dict[str, Any]) -> None:
    stub.answer = answering(GOOD)
    for name, value in slow.items():
        setattr(stub, name, value)
    start = time.monotonic()
    made = ask(stub, timeout_s=0.5)
    assert made.outcome is SummaryOutcome.UNREACHABLE
    assert time.monotonic() - start < 2.0


def test_an_endless_answer_is_cut_off(stub: Stub) -> None:
    stub.raw = b" " * 2_000_000
    assert ask(stub).outcome is SummaryOutcome.UNREACHABLE


def test_nobody_listening_leaves_the_record_extractive() -> None:
    assert ask(Stub("http://127.0.0.1:9/v1"), timeout_s=1.0).outcome is SummaryOutcome.UNREACHABLE


def test_a_story_without_text_is_not_sent(stub: Stub) -> None:
    summariser = Summariser(SummariserSettings(url=stub.url))
    bare = snapshot([article("1"), article("2", source="b")])
    made = summariser.summarise(build_record(bare, Directory(), max_articles=5), bare)
    assert made.outcome is SummaryOutcome.NOTHING_TO_DO
    assert stub.requests == []


def test_the_text_of_a_hidden_story_is_not_sent(stub: Stub) -> None:
    hidden = replace(STORY, hidden=True)
    made = Summariser(SummariserSettings(url=stub.url)).summarise(
        build_record(hidden, Directory(), max_articles=5), hidden
    )
    assert (made.outcome, stub.requests) == (SummaryOutcome.NOTHING_TO_DO, [])


def test_no_endpoint_no_summariser() -> None:
    assert Summariser.from_settings(SummariserSettings()) is None
