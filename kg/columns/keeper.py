"""Who makes columns, and when: for the spaces whose readers would have used them, one after the other."""

import asyncio
import json
import logging
import os
import shutil
import sys
import time
from contextlib import suppress
from pathlib import Path

from kg.columns.folder import BASE, META, columns_of, is_ready
from kg.columns.sizes import is_possible
from kg.library import Library
from kg.pool.publisher import Held
from kg.settings import Settings
from kg.space import Space

log = logging.getLogger(__name__)

QUIET = 1.0
"""Seconds that a library is left alone before its columns are made: another change may come."""
MOST_CHANGES = 1_000
MOST = 50_000
"""Changes, and statements in them, up to which columns are moved forward; beyond that they are made anew."""
MOVES = 100
"""So often in a row they are moved: terms that nothing says any more would pile up."""
SHARE = 0.25
"""The part of the time that may go into making columns, where changes keep coming."""


class Keeper:
    """Makes columns in processes of their own, which give way to all others. In the loop of the server."""

    def __init__(self, settings: Settings) -> None:
        self.is_on = settings.columns and is_possible()
        self._wanted: dict[Space, None] = {}
        self._next: dict[Space, float] = {}
        self._work: asyncio.Task[None] | None = None

    def want(self, space: Space) -> None:
        """Sees to it that the columns of a library are made, soon; returns at once."""
        if not self.is_on:
            return
        self._wanted[space] = None
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
            space = next(iter(self._wanted))
            await asyncio.sleep(max(QUIET, self._next.get(space, 0) - time.monotonic()))
            del self._wanted[space]
            began = time.monotonic()
            await self._make(space)
            self._next[space] = time.monotonic() + (time.monotonic() - began) * (1 / SHARE - 1)

    async def _make(self, space: Space) -> None:
        """Makes the columns of the newest generation, which stays on disk meanwhile."""
        async with space.publisher.current() as held:
            if is_ready(held.path):
                return
            _sweep(held.path)
            if not await self._moved(space.library, held):
                await self._run("build", (str(held.path), _mark(space.library, held.number)), b"")
            if is_ready(held.path):
                log.info("made the columns of %s", held.path)
            else:
                log.warning("the columns of %s could not be made; the engine answers", held.path)

    async def _moved(self, library: Library, held: Held) -> bool:
        """Whether the columns could be made from earlier ones."""
        mark = _mark(library, held.number)
        for base in list(columns_of(held.path).parent.glob(f"{BASE}*")):
            lines = await asyncio.to_thread(_changed, library, base, held.number)
            if lines is not None:
                await self._run("forward", (str(base), str(held.path), mark), lines)
        return is_ready(held.path)

    async def _run(self, module: str, words: tuple[str, ...], given: bytes) -> None:
        """Runs a process to its end."""
        command = (sys.executable, "-m", f"kg.columns.{module}", *words)
        process = await asyncio.create_subprocess_exec(
            *command, env=_environment(), stdin=asyncio.subprocess.PIPE
        )
        try:
            await process.communicate(given)
        except asyncio.CancelledError:
            process.kill()
            await process.wait()
            raise


def _changed(library: Library, base: Path, last: int) -> bytes | None:
    """What changed since the columns in *base* up to change *last*, for kg.columns.forward.

    None where it is so much that the columns are to be made anew.
    """
    number, _, mark = base.name.removeprefix(BASE).partition("-")
    first = int(number) + 1
    if first > last or last - first > MOST_CHANGES or mark != _mark(library, first - 1):
        return None
    changes = [library.change(number) for number in range(first, last + 1)]
    if sum(change.added + change.removed for change in changes) > MOST:
        return None
    if json.loads((base / META).read_text(encoding="utf-8")).get("moves", 0) >= MOVES:
        return None
    return b"".join(
        f"{sign}{' '.join(triple)} {f'<{shift.graph}>' if shift.graph else ''} .\n".encode()
        for number in range(first, last + 1)
        for shift in library.journal.shifts(number)
        for sign, triples in (("-", shift.gone), ("+", shift.came))
        for triple in triples
    )


def _mark(library: Library, number: int) -> str:
    """What no other history has: the journal, and when the change was made that is the last one."""
    at = f"{library.change(number).at:%Y%m%d%H%M%S%f}" if number else ""
    return f"{library.journal.identity}-{at}"


def _sweep(generation: Path) -> None:
    """Removes columns whose generation is gone, and what a process that died has left."""
    kept = {columns_of(each).name for each in generation.parent.glob("gen-*") if each.is_dir()}
    for folder in columns_of(generation).parent.glob("gen-*"):
        if folder.name not in kept:
            shutil.rmtree(folder, ignore_errors=True)


def _environment() -> dict[str, str]:
    # One thread: the process shares the machine with those who answer.
    return {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
