"""A task on its way: its head, its chunks as they come, and its end. Not the worker: see kg.pool.process."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from types import TracebackType
from typing import Self

import orjson

from kg import errors
from kg.errors import Overloaded, QueryError, QueryTimeout, WorkerLost
from kg.pool.frames import DATA, END, HEAD
from kg.pool.memory import of_process
from kg.pool.process import Process
from kg.pool.task import Cost
from ontology import errors as roots
from ontology.errors import WenyuanError

AHEAD = 262_144
"""Bytes that may wait here for a slow reader; with more the worker waits."""
_ROOM = 10
"""Seconds after which there may be memory again."""


class Running:
    """A task that a worker does: an async iterator of chunks of bytes.

    head: what the task said first. cost: what it took, error: why it was not done; both complete once it has
    ended. Iterating raises what kg.pool.Pool.run raises: then the bytes so far are not the whole.
    """

    def __init__(self, process: Process, *, seconds: float, slow: float, on_end: Callable[[], None]) -> None:
        self.head: Mapping[str, object] = {}
        self.cost = Cost()
        self._process, self._seconds, self._on_end = process, seconds, on_end
        self._loop = asyncio.get_running_loop()
        self._began = self._since = self._loop.time()
        self._ran = 0.0
        self._used = process.cpu()
        self._chunks: deque[bytes] = deque()
        self.ahead = 0
        self._is_paused = self._has_head = self._has_ended = self.is_slow = False
        self.error: WenyuanError | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._timer = self._loop.call_later(min(slow, seconds), self._tick)
        self.grown = 0

    async def begun(self) -> Self:
        """Waits for the head. Raises what the task raised before it."""
        try:
            while not (self._has_head or self._has_ended):
                await self._wait()
        except asyncio.CancelledError:
            await self.close()
            raise
        if self.error is not None and not self._has_head:
            raise self.error
        return self

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        while not self._chunks:
            if self.error is not None:
                raise self.error
            if self._has_ended:
                raise StopAsyncIteration
            await self._wait()
        chunk = self._chunks.popleft()
        self.ahead -= len(chunk)
        if self._is_paused and self.ahead < AHEAD // 2:
            self._is_paused = False
            self._process.resume()
        return chunk

    async def close(self) -> None:
        """Ends the task, with its worker, unless it is done."""
        if not self._has_ended:
            self._end(QueryError("the query was given up"))
        self._chunks.clear()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def hear(self, kind: int, head: bytes, body: bytes) -> None:
        """Takes a frame from the worker."""
        if kind == DATA:
            self._chunks.append(body)
            self.ahead += len(body)
            if self.ahead > AHEAD and not self._is_paused:
                self._is_paused = True
                self._process.pause()
        elif kind == HEAD:
            self.head = orjson.loads(head)
            self._has_head = True
        else:
            told = orjson.loads(head)
            self.grown = int(told.get("grown", 0))
            self.cost = _cost(told)
            self._finish(None if kind == END else _error(told))
        self._wake()

    def lose(self, error: WorkerLost) -> None:
        """Learns that the worker is gone."""
        if not self._has_ended:
            self._finish(error)

    @property
    def served(self) -> float:
        """Seconds of a processor that it had, which tells long from short however busy the machine is.

        One that waits for its reader, or runs where the system does not tell, has the seconds on the clock.
        """
        if not self._process.ready:
            return 0
        used = self._process.cpu()
        if not used or self._is_paused:
            return self._passed
        return used - max(self._used, self._process.ready_cpu)

    @property
    def _passed(self) -> float:
        """Seconds for which it ran: without those when it was suspended, or its worker had to begin first."""
        if not self._since or not self._process.ready:
            return self._ran
        return self._ran + self._loop.time() - max(self._since, self._process.ready)

    def suspend(self) -> None:
        """Stands still until it is resumed. The deadline does not."""
        self._ran, self._since = self._passed, 0.0
        self._process.stop()

    def resume(self) -> None:
        """Goes on."""
        self._since = self._loop.time()
        self._process.go_on()

    @property
    def pid(self) -> int:
        """Of the process that does it."""
        return self._process.pid

    @property
    def memory(self) -> int:
        """Bytes that its worker holds."""
        return of_process(self._process.pid)

    def make_room(self) -> None:
        """Ends, since it holds the most and there is too little for all."""
        self._end(
            Overloaded(
                "the queries of this moment need more memory than there is, and this one needs the most",
                retry_after=_ROOM,
                hint="ask for less at a time: add LIMIT, sort or compare fewer rows",
            )
        )

    @property
    def is_fatal(self) -> bool:
        """Whether the worker does not survive it."""
        return isinstance(self.error, WorkerLost)

    def _tick(self) -> None:
        """The task is slow, or too slow."""
        left = self._began + self._seconds - self._loop.time()
        if left > 0.001:
            self.is_slow = self._process.give_way(True)
            self._timer = self._loop.call_later(left, self._tick)
            return
        self._end(
            QueryTimeout(
                f"the query was not done after {self._seconds:g} seconds",
                hint="ask for less at a time: name a class or a property, join fewer patterns, add LIMIT",
            )
        )

    def _end(self, error: WenyuanError) -> None:
        """Kills the worker."""
        self._process.listener = None
        self._process.kill()
        self._finish(error)

    def _finish(self, error: WenyuanError | None) -> None:
        self._has_ended = True
        self.error = error
        self._timer.cancel()
        if not self.cost.seconds:
            self.cost = Cost(seconds=self._passed, cpu=self._passed)
        if self._is_paused and self._process.is_alive:
            self._is_paused = False
            self._process.resume()
        self._on_end()
        self._wake()

    async def _wait(self) -> None:
        self._waiter = self._loop.create_future()
        await self._waiter

    def _wake(self) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():
            waiter.set_result(None)


def _cost(told: Mapping[str, float]) -> Cost:
    return Cost(
        seconds=told.get("seconds", 0),
        cpu=told.get("cpu", 0),
        bytes=int(told.get("bytes", 0)),
        rows=int(told.get("rows", 0)),
    )


def _error(told: dict[str, object]) -> WenyuanError:
    """The error that a worker told of, as the class of that name."""
    name, message, more = str(told["error"]), str(told["message"]), told.get("more")
    kind = getattr(errors, name, None) or getattr(roots, name, None)
    if not (isinstance(kind, type) and issubclass(kind, WenyuanError)):
        return QueryError(message)
    return kind(message, **(more if isinstance(more, dict) else {}))
