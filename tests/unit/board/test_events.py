"""The log of live changes: resumable, bounded, and indifferent to slow readers."""

from __future__ import annotations

import asyncio
import threading

import pytest

from consumers.board.events import Event, EventLog, TooManyReadersError
from consumers.board.view import Change


def change(story_id: str, revision: int = 1) -> Change:
    return Change(story_id, revision, merged_into="x")


async def take(log: EventLog, count: int, cursor: int | None = None) -> list[Event]:
    events: list[Event] = []
    async for gathered in log.follow(cursor, lambda _change: True):
        events += gathered
        if len(events) >= count:
            break
    return events


def test_ids_grow_also_over_a_restart() -> None:
    first = EventLog()
    for _ in range(5):
        first.publish(change("a"))
    ids = [event.id for event in first.after(first.last_id - 5)]
    assert ids == sorted(ids)
    assert EventLog().last_id >= first.last_id - 5
    assert first.last_id < 2**53


def test_a_reader_resumes_after_the_event_it_has_seen() -> None:
    log = EventLog()
    for story_id in "abc":
        log.publish(change(story_id))
    assert [event.change.story_id for event in log.after(log.last_id - 2) if event.change] == ["b", "c"]
    assert log.after(log.last_id) == []


def test_of_a_burst_only_the_last_change_of_each_story_is_sent() -> None:
    log = EventLog()
    start = log.last_id
    for revision in range(1, 41):
        log.publish(change("a", revision))
        log.publish(change(f"b{revision % 2}", revision))
    sent = [(event.change.story_id, event.change.revision) for event in log.after(start) if event.change]
    assert sent == [("b1", 39), ("a", 40), ("b0", 40)]


@pytest.mark.parametrize("cursor", [0, 1, 2**53])
def test_who_asks_for_what_is_not_known_is_told_to_reload(cursor: int) -> None:
    log = EventLog()
    log.publish(change("a"))
    assert log.after(cursor) == [Event(log.last_id, None)]


def test_who_fell_out_of_the_log_is_told_to_reload() -> None:
    log = EventLog(kept=10)
    start = log.last_id
    for number in range(11):
        log.publish(change(f"s{number}"))
    assert log.after(start) == [Event(log.last_id, None)]
    assert len(log.after(start + 1)) == 10


def test_a_reader_gets_what_other_threads_publish() -> None:
    log = EventLog(gather_s=0)

    async def run() -> list[Event]:
        task = asyncio.create_task(take(log, 3))
        await asyncio.sleep(0.05)
        threads = [threading.Thread(target=log.publish, args=(change(name),)) for name in "abc"]
        for thread in threads:
            thread.start()
        return await asyncio.wait_for(task, 5)

    stories = {event.change.story_id for event in asyncio.run(run()) if event.change}
    assert stories == {"a", "b", "c"}
    assert log.reader_count == 0


def test_a_filtered_reader_hears_only_of_what_it_wants() -> None:
    log = EventLog(gather_s=0)
    start = log.last_id
    for name in "abcb":
        log.publish(change(name))

    async def run() -> list[Event]:
        return await anext(aiter(log.follow(start, lambda change: change.story_id == "b")))

    (event,) = asyncio.run(run())
    assert (event.id, event.change and event.change.story_id) == (log.last_id, "b")


def test_closing_ends_all_streams() -> None:
    log = EventLog()

    async def run() -> list[Event]:
        task = asyncio.create_task(take(log, 1))
        await asyncio.sleep(0.05)
        log.close()
        return await asyncio.wait_for(task, 5)

    assert asyncio.run(run()) == []
    assert asyncio.run(take(log, 1)) == []


def test_streams_are_limited() -> None:
    log = EventLog(max_readers=1)

    async def run() -> None:
        task = asyncio.create_task(take(log, 1))
        await asyncio.sleep(0.05)
        assert log.is_full
        with pytest.raises(TooManyReadersError):
            await take(log, 1)
        log.close()
        await task

    asyncio.run(run())
