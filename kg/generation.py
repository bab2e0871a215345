"""Generations: copies of the store that never change, for readers in other processes. Not for writing.

store/gen-12          the store as it was after change 12 (hard links: it costs little)
store/gen-12.readers  locked by everyone who reads it
store/current         the name of the newest one
"""

import fcntl
import logging
import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import IO, Self

from pyoxigraph import Store as Engine

from kg.border import guarded
from kg.columns import folder as columns
from kg.errors import StoreError
from kg.folder import sync, write_safely
from kg.store import Store

log = logging.getLogger(__name__)

_POINTER = "current"
_ATTEMPTS = 5


class Generation:
    """An open generation: engine for queries, number of its last change. It stays on disk until closed."""

    def __init__(self, path: Path, readers: IO[str]) -> None:
        self.path = path
        self.number = number(path)
        self._readers = readers
        with guarded(f"generation {str(path)!r}"):
            self.engine = Engine.read_only(str(path))

    def close(self) -> None:
        """Lets go: the generation may be removed."""
        del self.engine
        self._readers.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def publish(store: Store, folder: Path, last: int) -> Path:
    """Makes the store as it is now, after change *last*, the current generation in *folder*.

    Older ones that nobody reads are removed. The caller sees to it that nothing is written meanwhile.
    """
    target = folder / f"gen-{last}"
    with guarded(f"store {str(folder)!r}"):
        if current(folder) != target:
            shutil.rmtree(target, ignore_errors=True)  # One that was begun and never pointed to.
            store.backup(target)
            sync(target)
            write_safely(folder / _POINTER, target.name)
        for old in folder.glob("gen-*"):
            if old.is_dir() and old != target:
                remove_unread(old)
    return target


def current(folder: Path) -> Path | None:
    """The current generation in *folder*; None where none was ever published."""
    try:
        name = (folder / _POINTER).read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None
    return folder / name if (folder / name / "CURRENT").is_file() else None


def open_current(folder: Path) -> Generation:
    """Opens the current generation for reading, from any process. Raises StoreError where there is none."""
    for _ in range(_ATTEMPTS):
        path = current(folder)
        if path is None:
            break
        readers = open(_lock_file(path), "a+", encoding="utf-8")  # noqa: SIM115  (held by the Generation)
        fcntl.flock(readers, fcntl.LOCK_SH)
        if current(folder) == path:
            return Generation(path, readers)
        readers.close()  # Replaced between the look and the lock; the next look finds the new one.
    raise StoreError(f"no generation in {str(folder)!r}", hint="publish one: Library.publish()")


def hold(path: Path) -> IO[str]:
    """The lock of a generation that was just published: it stays on disk until that is closed."""
    readers = open(_lock_file(path), "a+", encoding="utf-8")  # noqa: SIM115  (held by the caller)
    fcntl.flock(readers, fcntl.LOCK_SH)
    return readers


def remove_unread(path: Path) -> None:
    """Removes a generation unless somebody holds its lock."""
    with open(_lock_file(path), "a+", encoding="utf-8") as readers, suppress(BlockingIOError):
        fcntl.flock(readers, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(path)
        columns.remove(path)
        os.unlink(_lock_file(path))
        log.debug("removed generation %s", path)


def _lock_file(path: Path) -> Path:
    return path.with_name(path.name + ".readers")


def number(path: Path) -> int:
    """The number of the last change in the generation in that folder."""
    return int(path.name.removeprefix("gen-"))
