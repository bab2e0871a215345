"""The pool: who is served when, by which worker, and for how long. Not what is done: see kg.pool.tasks."""

import asyncio
import logging
import os
from collections import Counter
from time import monotonic

from kg.errors import Overloaded, WorkerLost
from kg.pool.limits import Limits
from kg.pool.process import Process
from kg.pool.running import Running
from kg.pool.task import Task

log = logging.getLogger(__name__)

_MARGIN = 2
"""Seconds of a processor beyond the deadline, after which the system ends a worker that we could not."""
_SLOW, _SLOW_ONCE = 0.1, 1.0
"""Seconds after which a task gives way to others; the second where the system lets nobody take that back."""
_CORES = os.cpu_count() or 1
_GROWN = 0.5
"""Of its memory; a worker that ever held more is replaced."""


class _Waiting:
    """A task without a place. number: of its arrival. place: done when it has one, or is sent away."""

    def __init__(self, task: Task, number: int) -> None:
        self.task, self.number = task, number
        self.place: asyncio.Future[None] = asyncio.get_running_loop().create_future()


class Pool:
    """Workers that answer, and the line before them.

    Nobody waits behind one asker who asks much: among those of the best rank, who holds the fewest places
    comes first; who holds none finds one of limits.reserve where limits.workers are taken.

    begun: workers so far; ends: how tasks ended, by the names of errors, "" for those that were answered.
    """

    def __init__(self, limits: Limits, *, base_iri: str) -> None:
        self.limits = limits
        self._base_iri = base_iri
        self._idle: list[Process] = []
        self._all: set[Process] = set()
        self._busy = 0
        self._held: Counter[str] = Counter()
        self._line: list[_Waiting] = []
        self._arrived = 0
        self._usual = 0.05
        self._slow = _SLOW
        self._is_closing = self._is_warm = False
        self._tasks: set[asyncio.Task[None]] = set()
        self.missing: str | None = None
        self.begun = 0
        self.ends: Counter[str] = Counter()

    async def start(self, *, is_warm: bool = True) -> None:
        """Begins the workers; where not *is_warm*, each when it is first needed."""
        self._is_warm = is_warm
        self._refill()

    async def close(self, *, grace: float = 5) -> None:
        """Takes nothing more, lets what runs end within *grace* seconds, and ends the rest."""
        self._is_closing = True
        for waiting in self._line:
            if not waiting.place.done():
                waiting.place.set_exception(Overloaded("the server is stopping", retry_after=10))
        until = monotonic() + grace
        while self._busy and monotonic() < until:
            await asyncio.sleep(0.02)
        for process in list(self._all):
            process.kill()
        while self._all:
            await asyncio.sleep(0.005)

    async def run(self, task: Task) -> Running:
        """Gives *task* to a worker; what comes back has its head already.

        Raises QueryTimeout, Overloaded, WorkerLost, and what the task raises: QuerySyntax, QueryRefused.
        """
        await self._take_place(task)
        try:
            process = await self._process(task)
        except BaseException:
            self._give_place(task.asker)
            raise
        seconds = task.seconds or self.limits.seconds
        running: Running
        running = Running(
            process, seconds=seconds, slow=self._slow, on_end=lambda: self._ended(running, process, task)
        )
        process.send(task, running, cpu=seconds * _CORES + _MARGIN)
        return await running.begun()

    @property
    def processes(self) -> list[Process]:
        """The workers that live."""
        return list(self._all)

    @property
    def state(self) -> dict[str, int]:
        """Figures for those who watch: workers alive, places taken, tasks waiting."""
        return {"workers": len(self._all), "busy": self._busy, "waiting": len(self._line)}

    async def _take_place(self, task: Task) -> None:
        if self._is_closing:
            raise Overloaded("the server is stopping", retry_after=10)
        if not self._line and self._may_begin(task):
            self._begin(task)
            return
        waiting = self._queue(task)
        self._serve_line()
        try:
            await asyncio.wait([waiting.place], timeout=self.limits.patience)
        except asyncio.CancelledError:
            if _is_granted(waiting.place):
                self._give_place(task.asker)
            raise
        finally:
            if waiting in self._line:
                self._line.remove(waiting)
        if not waiting.place.done():
            raise self._overload(f"no place was free within {self.limits.patience:g} seconds")
        waiting.place.result()

    def _queue(self, task: Task) -> _Waiting:
        """Puts *task* in the line; where that is full, one of who waits with most goes."""
        waiting = _Waiting(task, self._arrived)
        self._arrived += 1
        self._line.append(waiting)
        if len(self._line) > self.limits.queue:
            waits = Counter(each.task.asker for each in self._line)
            last = max(self._line, key=lambda each: (each.task.rank, waits[each.task.asker], each.number))
            self._line.remove(last)
            last.place.set_exception(self._overload(f"{self.limits.queue:,} queries are waiting already"))
        return waiting

    def _serve_line(self) -> None:
        """Gives the places that are free to those who come first."""
        while self._line:
            fit = [each for each in self._line if self._may_begin(each.task)]
            if not fit:
                return
            first = min(fit, key=lambda each: (each.task.rank, self._held[each.task.asker], each.number))
            self._line.remove(first)
            self._begin(first.task)
            first.place.set_result(None)

    def _may_begin(self, task: Task) -> bool:
        if self._busy < self.limits.workers:
            return True
        has_reserve = self._busy < self.limits.workers + self.limits.reserve
        return has_reserve and bool(task.asker) and not self._held[task.asker]

    def _begin(self, task: Task) -> None:
        self._busy += 1
        if task.asker:
            self._held[task.asker] += 1

    def _give_place(self, asker: str) -> None:
        self._busy -= 1
        if asker:
            self._held[asker] -= 1
            if not self._held[asker]:
                del self._held[asker]
        if self._line:
            self._serve_line()

    async def _process(self, task: Task) -> Process:
        """A worker for *task*: one that has its generation open, else one that is ready, else any."""
        if not self._idle:
            return await self._spawn()
        generation = str(task.generation or "")
        process = max(self._idle, key=lambda each: (each.generation == generation, each.missing is not None))
        self._idle.remove(process)
        return process

    async def _spawn(self) -> Process:
        try:
            process = Process(memory=self.limits.memory, base_iri=self._base_iri, on_end=self._gone)
            self._all.add(process)
            self.begun += 1
            await process.connect()
        except OSError as error:
            raise WorkerLost(f"no worker can be begun: {error.strerror}") from error
        return process

    def _ended(self, running: Running, process: Process, task: Task) -> None:
        """A task is over: its worker, if it is fit, is free for the next."""
        self._usual += 0.1 * (running.cost.seconds - self._usual)
        self.ends[type(running.error).__name__ if running.error else ""] += 1
        if process.missing is not None:
            self.missing = process.missing
        if self._is_fit(running, process):
            self._idle.append(process)
        else:
            process.kill()
        self._give_place(task.asker)

    def _is_fit(self, running: Running, process: Process) -> bool:
        if not process.is_alive or running.is_fatal or self._is_closing:
            return False
        if process.tasks >= self.limits.tasks or running.grown > self.limits.memory * _GROWN:
            return False
        if running.is_slow and not process.give_way(False):
            self._slow = _SLOW_ONCE  # It costs a worker each time, so only what is slow indeed gives way.
            return False
        return True

    def _gone(self, process: Process) -> None:
        """A worker is dead."""
        self._all.discard(process)
        if process in self._idle:
            self._idle.remove(process)
        if process.missing is None and not self._is_closing and not process.is_killed:
            log.error("a worker did not begin: %s", process.last_words)
            return  # Another one would do no better. The next task tries again.
        self._refill()

    def _refill(self) -> None:
        """Begins as many workers as there are places, so that nobody waits for one to begin."""
        if self._is_warm and not self._is_closing and len(self._all) < self.limits.workers + 1:
            task = asyncio.get_running_loop().create_task(self._add())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _add(self) -> None:
        try:
            self._idle.append(await self._spawn())
        except WorkerLost as error:
            log.error("%s", error)
            return
        self._refill()

    def _overload(self, why: str) -> Overloaded:
        self.ends[Overloaded.__name__] += 1
        wait = max(1.0, self._usual * (len(self._line) + 1) / self.limits.workers)
        return Overloaded(why, retry_after=round(min(wait, 60)), hint="try again in a moment")


def _is_granted(place: "asyncio.Future[None]") -> bool:
    return place.done() and not place.cancelled() and place.exception() is None
