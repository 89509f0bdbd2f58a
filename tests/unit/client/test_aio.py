"""The subscriber in an event loop."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import pytest

from groundswell import AsyncSubscriber, ConnectError
from tests.unit.client.helpers import MemoryTopic, seen, story


def member(topic: MemoryTopic, **options: Any) -> AsyncSubscriber:
    return AsyncSubscriber(group="g", connect=topic.connector(group=True), **options)


def test_stories_come_in_order_and_are_committed() -> None:
    topic = MemoryTopic([story("a", 1), story("a", 2), story("b", 1)])

    async def follow() -> list[tuple[str, int]]:
        async with member(topic, follow=False) as stories:
            return seen([each async for each in stories])

    assert asyncio.run(follow()) == [("a", 1), ("a", 2), ("b", 1)]
    assert topic.position() == 3


def test_the_loop_goes_on_while_it_waits_for_a_story() -> None:
    topic = MemoryTopic([])

    async def follow() -> list[str]:
        heard = []
        async with member(topic) as stories:
            waiting = asyncio.ensure_future(anext(stories))
            for _ in range(5):
                await asyncio.sleep(0.01)
                heard.append("tick")
            topic.partitions[0].append(story("a", 1))
            heard.append((await waiting).story_id)
        return heard

    assert asyncio.run(follow()) == ["tick"] * 5 + ["a"]


def test_a_wait_that_is_cancelled_loses_no_story() -> None:
    topic = MemoryTopic([])

    async def follow() -> list[tuple[str, int]]:
        async with member(topic) as stories:
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(anext(stories), 0.05)
            topic.partitions[0].append(story("a", 1))
            await asyncio.sleep(0.1)
            return seen([await anext(stories)])

    assert asyncio.run(follow()) == [("a", 1)]
    assert topic.position() is None, "it was left while it was dealt with, so it comes again"


def test_leaving_ends_a_wait_that_nobody_waits_for() -> None:
    async def follow() -> None:
        async with member(MemoryTopic([])) as stories:
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(anext(stories), 0.05)

    asyncio.run(asyncio.wait_for(follow(), 10))


def test_errors_arrive_where_the_story_was_awaited() -> None:
    async def follow() -> None:
        async with AsyncSubscriber("127.0.0.1:9", connect_timeout_s=0.1) as stories:
            await anext(stories)

    with pytest.raises(ConnectError, match="no stories from"):
        asyncio.run(follow())
