"""The subscriber for asyncio services: the same promises, read in a thread of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar

from groundswell.record import StoryRecord
from groundswell.subscriber import Subscriber

if TYPE_CHECKING:
    from typing_extensions import Self

T = TypeVar("T")


class AsyncSubscriber(AsyncIterator[StoryRecord]):
    """Takes what `Subscriber` takes. Iterate in one task; `stories` is the subscriber behind it.

    A record counts as dealt with when the next one is asked for, as there. A wait that is cancelled loses nothing:
    the record it was for is given to the next.
    """

    def __init__(self, *given: Any, **options: Any) -> None:
        self.stories = Subscriber(*given, **options)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="groundswell")
        self._awaited: asyncio.Future[StoryRecord | None] | None = None

    async def __anext__(self) -> StoryRecord:
        if self._awaited is None:
            self._awaited = self._in_thread(lambda: next(self.stories, None))
        record = await asyncio.shield(self._awaited)
        self._awaited = None
        if record is None:
            raise StopAsyncIteration
        return record

    async def commit(self) -> None:
        """As `Subscriber.commit`. Raises CommitError."""
        await self._in_thread(self.stories.commit)

    async def aclose(self) -> None:
        """Commit what is dealt with and let go of the broker; also twice."""
        self.stories.stop()
        if self._awaited is not None:
            await asyncio.wait([self._awaited])
        await self._in_thread(self.stories.close)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()
        self._thread.shutdown()

    def _in_thread(self, work: Callable[[], T]) -> asyncio.Future[T]:
        return asyncio.get_running_loop().run_in_executor(self._thread, work)
