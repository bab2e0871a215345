"""The pool: who is served when, by which worker, and for how long. Not what is done: see kg.pool.tasks."""

import asyncio
import logging
import os
from collections import Counter
from time import monotonic

from kg.errors import WorkerLost
from kg.pool.limits import Limits
from kg.pool.memory import Memory
from kg.pool.places import YOUNG, Places
from kg.pool.process import Process
from kg.pool.running import Running
from kg.pool.task import Task

log = logging.getLogger(__name__)

_MARGIN = 2
"""Seconds of a processor beyond the deadline, after which the system ends a worker that we could not."""
_SLOW_ONCE = 1.0
"""Seconds after which a task gives way to others, where the system lets nobody take that back."""
_LAST = 5
"""Seconds in which killed workers are gone."""
_CORES = os.cpu_count() or 1
_GROWN = 0.5
"""Of its memory; a worker that ever held more is replaced."""


class Pool:
    """Workers that answer, and the line before them.

    Who runs and who waits is for kg.pool.places to say.

    begun: workers so far; ends: how tasks ended, by the names of errors, "" for those that were answered.
    """

    def __init__(self, limits: Limits, *, base_iri: str) -> None:
        self.limits = limits
        self._base_iri = base_iri
        self._idle: list[Process] = []
        self._all: set[Process] = set()
        self._places = Places(limits)
        self._running: set[Running] = set()
        self._memory = Memory(self._running, limits.all_memory)
        self._slow = YOUNG
        self._beginning = 0
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
        self._places.close()
        until = monotonic() + grace
        while self._places.busy and monotonic() < until:
            await asyncio.sleep(0.02)
        until = monotonic() + _LAST
        while self._all and monotonic() < until:
            # Again each time: one that was just being begun can only be ended once it is connected.
            for process in list(self._all):
                process.kill()
            await asyncio.sleep(0.005)

    async def run(self, task: Task) -> Running:
        """Gives *task* to a worker; what comes back has its head already.

        Raises QueryTimeout, Overloaded, WorkerLost, and what the task raises: QuerySyntax, QueryRefused.
        """
        await self._places.take(task)
        try:
            process = await self._process(task)
        except BaseException:
            self._places.give(task)
            raise
        seconds = task.seconds or self.limits.seconds
        running: Running
        running = Running(
            process, seconds=seconds, slow=self._slow, on_end=lambda: self._ended(running, process, task)
        )
        self._places.enter(running)
        self._running.add(running)
        self._memory.watch()
        process.send(task, running, cpu=seconds * _CORES + _MARGIN)
        return await running.begun()

    @property
    def processes(self) -> list[Process]:
        """The workers that live."""
        return list(self._all)

    @property
    def state(self) -> dict[str, int]:
        """Figures for those who watch: workers alive, places taken, tasks that wait, that stand still."""
        places = self._places
        return {
            "workers": len(self._all),
            "busy": places.busy,
            "waiting": places.waiting,
            "suspended": places.suspended,
        }

    async def _process(self, task: Task) -> Process:
        """A worker for *task*: one that has its generation open, else one that is ready, else any."""
        if not self._idle:
            return await self._spawn()
        generation = str(task.generation or "")
        process = max(self._idle, key=lambda each: (each.generation == generation, each.missing is not None))
        self._idle.remove(process)
        self._refill()
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
        self._running.discard(running)
        self.ends[type(running.error).__name__ if running.error else ""] += 1
        if process.missing and not self.missing:
            log.warning("queries are answered without full confinement: %s", process.missing)
        if process.missing is not None:
            self.missing = process.missing
        if self._is_fit(running, process):
            self._idle.append(process)
        else:
            process.kill()
            self._refill()
        self._places.give(task, running, seconds=running.cost.seconds)

    def _is_fit(self, running: Running, process: Process) -> bool:
        if not process.is_alive or running.is_fatal or self._is_closing:
            return False
        if len(self._idle) > self.limits.workers or process.tasks >= self.limits.tasks:
            return False
        if running.grown > self.limits.memory * _GROWN:
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
        """Keeps a worker ready, and one more than there are places, so that nobody waits for one to begin."""
        if self._is_warm and not self._is_closing and self._is_short:
            self._beginning += 1
            task = asyncio.get_running_loop().create_task(self._add())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    @property
    def _is_short(self) -> bool:
        limits = self.limits
        living = sum(process.is_alive for process in self._all) + self._beginning
        is_allowed = living <= limits.workers + limits.reserve + limits.suspended
        return is_allowed and (living <= limits.workers or not (self._idle or self._beginning))

    async def _add(self) -> None:
        try:
            if self._is_closing:
                return
            self._idle.append(await self._spawn())
        except WorkerLost as error:
            log.error("%s", error)
            return
        finally:
            self._beginning -= 1
        self._refill()
