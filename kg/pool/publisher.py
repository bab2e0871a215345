"""Who makes generations, and when: on demand, not more often than worth while. Not how: see kg.generation."""

import asyncio
import fcntl
import logging
import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from kg import generation
from kg.library import Library
from ontology.errors import NotFound

log = logging.getLogger(__name__)

INTERVAL = 0.3
"""Seconds between two generations while changes keep coming."""
_PREFIX = "wenyuan-generations-"
BUSY = 0.2
"""Seconds that a reader who did not ask for the newest waits for it, where the writer is at work."""


@dataclass(frozen=True, slots=True)
class Held:
    """A generation that stays on disk while it is held. number: of the last change in it."""

    path: Path
    number: int


@dataclass(slots=True, eq=False)
class _Known:
    """A generation that was published. holders: who reads it. lock: keeps others from removing it."""

    held: Held
    lock: IO[str]
    holders: int = 0


class Publisher:
    """The generations of one library, for readers in other processes.

    interval: seconds that a reader who did not ask for the newest may lag behind, while changes keep coming.
    """

    def __init__(self, library: Library, *, interval: float = INTERVAL) -> None:
        self._library = library
        self._interval = interval
        self._current: _Known | None = None
        self._published = self._begun = 0.0
        self._publishing: asyncio.Task[_Known] | None = None
        # One thread of its own: it waits for the writer, and must not keep others from the common ones.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="publisher")
        self._scratch: _Scratch | None = None

    @property
    def number(self) -> int:
        """The number of the current generation; 0 where none was published yet."""
        return self._current.held.number if self._current else 0

    @asynccontextmanager
    async def current(self, at_least: int = 0) -> AsyncIterator[Held]:
        """The newest generation, or one that is hardly older; surely one with change *at_least* in it.

        Raises NotFound where there is no such change yet, StoreError where none can be made.
        """
        if at_least > self._library.generation:
            raise NotFound(f"there is no change {at_least} yet; the last one is {self._library.generation}")
        known = await self._known(at_least)
        known.holders += 1
        try:
            yield known.held
        finally:
            known.holders -= 1
            self._let_go(known)

    async def close(self) -> None:
        """Ends the work; what is held stays on disk until the next start."""
        if self._publishing is not None:
            await asyncio.wait([self._publishing])
        self._thread.shutdown()
        if self._current is not None:
            self._current.lock.close()
            self._current = None
        if self._scratch is not None:
            self._scratch.close()

    async def _known(self, at_least: int) -> _Known:
        known = self._current
        if known is not None and known.held.number >= self._library.generation:
            return known
        is_enough = known is not None and known.held.number >= at_least
        age = _now() - self._published
        if known is not None and is_enough and age < self._interval:
            return known
        while True:
            publishing = self._publish()
            # Whoever comes later does not wait anew for a writer that is at work for long.
            patience = max(0, self._begun + BUSY - _now()) if is_enough else None
            done, _ = await asyncio.wait([publishing], timeout=patience)
            if not done and known is not None:
                return self._current or known
            made = publishing.result()
            if made.held.number >= at_least:
                return made

    def _publish(self) -> "asyncio.Task[_Known]":
        """The publication that runs now, or a new one."""
        if self._publishing is None or self._publishing.done():
            self._begun = _now()
            self._publishing = asyncio.get_running_loop().create_task(self._make())
        return self._publishing

    async def _make(self) -> _Known:
        loop = asyncio.get_running_loop()
        before = self._current
        made = await loop.run_in_executor(self._thread, self._make_in_thread, before)
        self._published = _now()
        self._current = made
        if before is not None and before is not made:
            self._let_go(before)
        return made

    def _make_in_thread(self, before: _Known | None) -> _Known:
        if self._scratch is None and self._library.is_in_memory:
            self._scratch = _Scratch()
        path = self._library.publish(self._scratch.path if self._scratch else None)
        if before is not None and before.held.path == path:
            return before
        lock = generation.hold(path)
        return _Known(Held(path, generation.number(path)), lock)

    def _let_go(self, known: _Known) -> None:
        """Removes a generation that nobody reads any more and that is not the current one."""
        if known.holders or known is self._current or known.lock.closed:
            return
        known.lock.close()
        self._thread.submit(generation.remove_unread, known.held.path)


def _now() -> float:
    return asyncio.get_running_loop().time()


class _Scratch:
    """A folder for the generations of a library in memory; those that a killed process left are removed."""

    def __init__(self) -> None:
        parent = Path(_memory() or tempfile.gettempdir())
        for old in parent.glob(f"{_PREFIX}*"):
            _remove_abandoned(old)
        self.path = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
        self._lock = open(self.path / "lock", "a+", encoding="utf-8")  # noqa: SIM115  (held until close)
        fcntl.flock(self._lock, fcntl.LOCK_EX)

    def close(self) -> None:
        """Removes it."""
        shutil.rmtree(self.path, ignore_errors=True)
        self._lock.close()


def _remove_abandoned(folder: Path) -> None:
    """Removes a folder that no living process holds. One of another user, or one just begun, is left."""
    with suppress(OSError), open(folder / "lock", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder, ignore_errors=True)


def _memory() -> str | None:
    """Where files are in memory; None where the usual place for temporary ones has to do."""
    place = "/dev/shm"
    return place if os.access(place, os.W_OK) and shutil.disk_usage(place).free > 1 << 30 else None
