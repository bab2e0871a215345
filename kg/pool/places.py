"""Who may run, who waits, and who steps aside: the places of a pool. Knows no processes.

Those who have been served least go first. A newcomer who finds every place taken by tasks that have run for
a while takes the place of the one that ran longest, which is suspended until there is room again, or its turn
comes. So somebody with a small question hardly notices how many long ones there are.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Protocol

from kg.errors import Overloaded
from kg.pool.limits import Limits
from kg.pool.task import Task

YOUNG = 0.05
"""Seconds that a task may run before it has to step aside for others."""
_TURN = 0.02
"""Seconds between two looks at those who wait, while somebody waits."""
_SHIFT = 0.1
"""Seconds by which a task must have run longer than a suspended one to change with it."""


class Runner(Protocol):
    """A task that runs. served: seconds of a processor that it had."""

    @property
    def served(self) -> float:
        """Seconds."""

    def suspend(self) -> None:
        """Stands still until it is resumed."""

    def resume(self) -> None:
        """Goes on."""


class _Waiting:
    """A task without a place. number: of its arrival. place: done when it has one, or is sent away."""

    def __init__(self, task: Task, number: int) -> None:
        self.task, self.number = task, number
        self.place: asyncio.Future[None] = asyncio.get_running_loop().create_future()


class Places:
    """limits.workers places for everybody, limits.reserve further ones for askers who hold none."""

    def __init__(self, limits: Limits) -> None:
        self.busy = 0
        self._limits = limits
        self._held: Counter[str] = Counter()
        self._line: list[_Waiting] = []
        self._running: list[Runner] = []
        self._suspended: list[Runner] = []
        self._arrived = 0
        self._usual = 0.05
        self._turn: asyncio.TimerHandle | None = None
        self._is_closed = False

    @property
    def waiting(self) -> int:
        """How many wait in the line."""
        return len(self._line)

    @property
    def suspended(self) -> int:
        """How many stand still, so that others can go on."""
        return len(self._suspended)

    async def take(self, task: Task) -> None:
        """Waits for a place; raises Overloaded where none is to be had."""
        if self._is_closed:
            raise _closing()
        if not self._line and self._has_place(task):
            self._begin(task)
            return
        waiting = self._queue(task)
        self._serve()
        try:
            await asyncio.wait([waiting.place], timeout=self._limits.patience)
        except asyncio.CancelledError:
            if _is_granted(waiting.place):
                self.give(task)
            raise
        finally:
            if waiting in self._line:
                self._line.remove(waiting)
        if not waiting.place.done():
            raise self._overload(f"no place was free within {self._limits.patience:g} seconds")
        waiting.place.result()

    def enter(self, runner: Runner) -> None:
        """Notes who runs on a place that was taken."""
        self._running.append(runner)

    def give(self, task: Task, runner: Runner | None = None, *, seconds: float | None = None) -> None:
        """Takes a place back, of one who runs, who is suspended, or who never ran. seconds: that it took."""
        if seconds is not None:
            self._usual += 0.1 * (seconds - self._usual)
        if runner in self._suspended:
            self._suspended.remove(runner)
        else:
            self.busy -= 1
            if runner in self._running:
                self._running.remove(runner)
        if task.asker:
            self._held[task.asker] -= 1
            if not self._held[task.asker]:
                del self._held[task.asker]
        if self._line or self._suspended:
            self._serve()

    def close(self) -> None:
        """Sends away who waits and who comes; who runs goes on, and all at once."""
        self._is_closed = True
        for waiting in self._line:
            waiting.place.set_exception(_closing())
        self._line.clear()
        while self._suspended:
            self._resume(self._suspended[0])

    def _queue(self, task: Task) -> _Waiting:
        """Puts *task* in the line; where that is full, one of who waits with most goes."""
        waiting = _Waiting(task, self._arrived)
        self._arrived += 1
        self._line.append(waiting)
        if len(self._line) > self._limits.queue:
            waits = Counter(each.task.asker for each in self._line)
            last = max(self._line, key=lambda each: (each.task.rank, waits[each.task.asker], each.number))
            self._line.remove(last)
            last.place.set_exception(self._overload(f"{self._limits.queue:,} queries are waiting already"))
        return waiting

    def _serve(self) -> None:
        """Gives places to those who come first, then to those who stand still; looks again later."""
        while fit := [each for each in self._line if self._may_begin(each.task)]:
            first = min(fit, key=lambda each: (each.task.rank, self._held[each.task.asker], each.number))
            self._line.remove(first)
            if not self._has_place(first.task):
                self._suspend(_most_served(self._running))
            self._begin(first.task)
            first.place.set_result(None)
        while self._suspended and not self._is_full:
            self._resume(_least_served(self._suspended))
        if self._turn is None and (self._line or self._suspended):
            self._turn = asyncio.get_running_loop().call_later(_TURN, self._look_again)

    def _look_again(self) -> None:
        self._turn = None
        if self._suspended and self._running:
            longest, shortest = _most_served(self._running), _least_served(self._suspended)
            if longest.served > shortest.served + _SHIFT:
                self._suspend(longest)
                self._resume(shortest)
        self._serve()

    def _may_begin(self, task: Task) -> bool:
        """Whether there is a place for *task*, or one would be made by suspending another."""
        if self._has_place(task):
            return True
        if not task.asker or self._held[task.asker] or len(self._suspended) >= self._limits.suspended:
            return False
        return bool(self._running) and _most_served(self._running).served > YOUNG

    def _has_place(self, task: Task) -> bool:
        if self.busy < self._limits.workers:
            return True
        return not self._is_full and bool(task.asker) and not self._held[task.asker]

    @property
    def _is_full(self) -> bool:
        return self.busy >= self._limits.workers + self._limits.reserve

    def _begin(self, task: Task) -> None:
        self.busy += 1
        if task.asker:
            self._held[task.asker] += 1

    def _suspend(self, runner: Runner) -> None:
        self._running.remove(runner)
        self._suspended.append(runner)
        self.busy -= 1
        runner.suspend()

    def _resume(self, runner: Runner) -> None:
        self._suspended.remove(runner)
        self._running.append(runner)
        self.busy += 1
        runner.resume()

    def _overload(self, why: str) -> Overloaded:
        wait = max(1.0, self._usual * (len(self._line) + 1) / self._limits.workers)
        return Overloaded(why, retry_after=round(min(wait, 60)), hint="try again in a moment")


def _closing() -> Overloaded:
    return Overloaded("the server is stopping", retry_after=10)


def _most_served(runners: Sequence[Runner]) -> Runner:
    return max(runners, key=lambda each: each.served)


def _least_served(runners: Sequence[Runner]) -> Runner:
    return min(runners, key=lambda each: each.served)


def _is_granted(place: "asyncio.Future[None]") -> bool:
    return place.done() and not place.cancelled() and place.exception() is None
