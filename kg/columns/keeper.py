"""Who makes columns, and when: for the spaces whose readers would have used them, one after the other."""

import asyncio
import logging
import os
import shutil
import sys
import time
from contextlib import suppress
from pathlib import Path

from kg.columns.folder import columns_of, is_ready
from kg.columns.sizes import is_possible
from kg.pool.publisher import Publisher
from kg.settings import Settings

log = logging.getLogger(__name__)

QUIET = 1.0
"""Seconds that a library is left alone before its columns are made: another change may come."""
SHARE = 0.25
"""The part of the time that may go into making columns, where changes keep coming."""


class Keeper:
    """Makes columns in processes of their own, which give way to all others. In the loop of the server."""

    def __init__(self, settings: Settings) -> None:
        self.is_on = settings.columns and is_possible()
        self._wanted: dict[Publisher, None] = {}
        self._next: dict[Publisher, float] = {}
        self._work: asyncio.Task[None] | None = None

    def want(self, publisher: Publisher) -> None:
        """Sees to it that the columns of a library are made, soon; returns at once."""
        if not self.is_on:
            return
        self._wanted[publisher] = None
        if self._work is None or self._work.done():
            self._work = asyncio.get_running_loop().create_task(self._make_all())

    async def close(self) -> None:
        """Ends what is being made."""
        if self._work is not None:
            self._work.cancel()
            with suppress(asyncio.CancelledError):
                await self._work

    async def done(self) -> None:
        """Waits until all that was wanted is made."""
        if self._work is not None:
            await self._work

    async def _make_all(self) -> None:
        while self._wanted:
            publisher = next(iter(self._wanted))
            await asyncio.sleep(max(QUIET, self._next.get(publisher, 0) - time.monotonic()))
            del self._wanted[publisher]
            began = time.monotonic()
            await self._make(publisher)
            self._next[publisher] = time.monotonic() + (time.monotonic() - began) * (1 / SHARE - 1)

    async def _make(self, publisher: Publisher) -> None:
        """Makes the columns of the newest generation, which stays on disk meanwhile."""
        async with publisher.current() as held:
            if is_ready(held.path):
                return
            _sweep(held.path)
            command = (sys.executable, "-m", "kg.columns.build", str(held.path))
            process = await asyncio.create_subprocess_exec(*command, env=_environment())
            try:
                code = await process.wait()
            except asyncio.CancelledError:
                process.kill()
                await process.wait()
                raise
            if code:
                log.warning("the columns of %s could not be made; the engine answers", held.path)
            else:
                log.info("made the columns of %s", held.path)


def _sweep(generation: Path) -> None:
    """Removes columns whose generation is gone, and what a process that died has left."""
    kept = {each.name for each in generation.parent.glob("gen-*")}
    for folder in columns_of(generation).parent.glob("gen-*"):
        if folder.name not in kept:
            shutil.rmtree(folder, ignore_errors=True)


def _environment() -> dict[str, str]:
    # One thread: the process shares the machine with those who answer.
    return {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
