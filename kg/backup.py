"""Backups: a whole data folder as it was at one moment, made while it is in use. Not how to take one back.

DEST/2026-11-22T21-15-00Z/manifest.json   what is in it, with sizes and hashes
                          data/           laid out as a data folder: journal, store, search index, raw files,
                                          rejected records, keys (as hashes), and the same of every space

What did not change since the backup before is a hard link to it, so that many of them cost little more
than one. A backup has its name only once it is whole and on disk; what a killed run left is swept away.
"""

import fcntl
import os
import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from kg import generation, manifest
from kg.border import guarded
from kg.errors import StoreError, StoreLocked
from kg.folder import Folder, make_folder, sync
from kg.library import Library
from kg.manifest import DATA, File, Manifest, Part

_UNFINISHED = ".part"
_MARK = "applied.json"
"""In a store, how far it is made from which journal; see kg.store."""
_DERIVED = ("lock", "server.json", "store", "journal", "spaces", "search.sqlite")
"""Names in a data folder that are not copied as they lie there."""
_ENGINE = ("*.sst", "*.blob", "*.log", "CURRENT", "MANIFEST-*", "OPTIONS-*", "IDENTITY")
"""The files of a store; others beside them are made by whoever opens it."""
_PASSING = (".new", "-wal", "-shm", "-journal", ".part")
_LINKED = (".sst", ".blob", ".zst")
"""Endings of files that are never written to again: a link to them is as good as a copy."""


@dataclass(frozen=True, slots=True)
class Made:
    """A backup that was made. reused: files that the one before has, too."""

    path: Path
    manifest: Manifest
    reused: int


def backup(
    destination: Path, folder: Path, libraries: Mapping[str, Library], *, settings: Mapping[str, str],
    program: str,
) -> Made:  # fmt: skip
    """Copies the data folder into a new folder within *destination*, while others read and write it.

    libraries: the open libraries by the names of their spaces, "" for the main one. Each is as it was after
    one of its changes, exactly. Raises StoreLocked where another backup is being made there, StoreError.
    """
    with guarded(f"backup {str(destination)!r}"), _alone(destination):
        moment = datetime.now(UTC)
        name = _free(destination, moment)
        draft = destination / f"{name}{_UNFINISHED}"
        before = newest(destination)
        copying = _Copying(draft, before, manifest.read(before).files if before else {})
        try:
            draft.mkdir()
            parts = _copy_all(copying, folder, libraries)
            made = Manifest(moment.isoformat(timespec="seconds"), program, settings, parts, copying.files)
            manifest.write(made, draft)
            _sync_folders(draft)
            draft.rename(destination / name)
            sync(destination)
        except BaseException:
            shutil.rmtree(draft, ignore_errors=True)
            raise
        return Made(destination / name, made, copying.reused)


def newest(folder: Path) -> Path | None:
    """The newest whole backup within *folder*."""
    return max(all_in(folder), key=lambda path: path.name, default=None)


def all_in(folder: Path) -> list[Path]:
    """The whole backups within *folder*, in no order."""
    places = (place.parent for place in folder.glob(f"*/{manifest.FILE_NAME}"))
    return [place for place in places if not place.name.endswith(_UNFINISHED)]


def thin_out(destination: Path, keep: int) -> list[Path]:
    """Removes all but the newest *keep* backups within *destination*; gives those removed."""
    with guarded(f"backup {str(destination)!r}"), _alone(destination):
        old = sorted(all_in(destination), key=lambda path: path.name)[: -max(keep, 1)]
        for place in old:
            # Under another name first, so that one that is half removed is taken for none.
            doomed = place.with_name(place.name + _UNFINISHED)
            place.rename(doomed)
            shutil.rmtree(doomed)
    return old


@dataclass(slots=True)
class _Copying:
    """A backup in the making: what is in it so far, and what the one before had."""

    draft: Path
    before: Path | None
    known: Mapping[str, File]
    files: dict[str, File] = field(default_factory=dict)
    reused: int = 0

    def place(self, path: str) -> Path:
        """Where the file of that path is to be, in a folder that is there."""
        target = self.draft / path
        target.parent.mkdir(parents=True, exist_ok=True)
        return target

    def take(self, source: Path, path: str) -> None:
        """Takes a file: a link to what the backup before has of it, a link to itself, or a copy."""
        target = self.place(path)
        status = source.stat()
        if self._is_known(path, status) and self._link(self._earlier(path), target):
            self.files[path] = self.known[path]
            self.reused += 1
            return
        if not (source.suffix in _LINKED and self._link(source, target)):
            shutil.copyfile(source, target)
            os.utime(target, ns=(status.st_atime_ns, status.st_mtime_ns))
        self.enter(path)

    def enter(self, path: str) -> None:
        """Notes a file that lies in its place, and puts it on disk for good."""
        target = self.draft / path
        _sync_file(target)
        self.files[path] = File(target.stat().st_size, manifest.digest(target))
        if self.known.get(path) == self.files[path] and not target.samefile(self._earlier(path)):
            spare = target.with_name(target.name + _UNFINISHED)
            if self._link(self._earlier(path), spare):
                spare.replace(target)
                self.reused += 1

    def _is_known(self, path: str, status: os.stat_result) -> bool:
        """Whether the backup before has the same: by size and time of writing, as rsync has it."""
        if self.before is None or path not in self.known:
            return False
        with suppress(OSError):
            earlier = self._earlier(path).stat()
            return (earlier.st_size, earlier.st_mtime_ns) == (status.st_size, status.st_mtime_ns)
        return False

    def _earlier(self, path: str) -> Path:
        return (self.before or self.draft) / path

    def _link(self, source: Path, target: Path) -> bool:
        """Whether *target* could be made another name of *source*: on one file system, if that has them."""
        try:
            os.link(source, target)
        except OSError:
            return False
        return True


def _copy_all(copying: _Copying, folder: Path, libraries: Mapping[str, Library]) -> tuple[Part, ...]:
    parts: list[Part] = []
    for name, library in libraries.items():
        place = Folder(folder).space(name) if name else folder
        prefix = f"{DATA}/{place.relative_to(folder).as_posix()}" if name else DATA
        parts.append(_copy_library(copying, library, Folder(place), prefix, name))
        # After the library: raw files come before the changes that name them, and are never taken away.
        _copy_others(copying, place, prefix)
    return tuple(parts)


def _copy_library(copying: _Copying, library: Library, place: Folder, prefix: str, space: str) -> Part:
    with ExitStack() as stack:
        # While the writer is held nothing is copied: a generation and two snapshots take no time.
        with library.at_rest():
            number, counts, identity = library.generation, library.counts(), library.journal.identity
            published = library.publish()
            stack.enter_context(generation.hold(published))
            journal = stack.enter_context(_pinned(place.journal / "journal.sqlite"))
            search = stack.enter_context(_pinned(place.search))
            mark = (place.store / _MARK).read_bytes()
        for pattern in _ENGINE:
            for file in sorted(published.glob(pattern)):
                copying.take(file, f"{prefix}/store/live/{file.name}")
        copying.place(f"{prefix}/store/{_MARK}").write_bytes(mark)
        copying.enter(f"{prefix}/store/{_MARK}")
        for file in sorted((place.journal / "chunks").glob("*.nq.zst")):
            if int(file.name.partition(".")[0]) <= number:
                copying.take(file, f"{prefix}/journal/chunks/{file.name}")
        _copy_snapshot(copying, journal, f"{prefix}/journal/journal.sqlite")
        _copy_snapshot(copying, search, f"{prefix}/search.sqlite")
    return Part(space, identity, number, counts.statements, counts.graphs)


def _copy_others(copying: _Copying, folder: Path, prefix: str) -> None:
    """What lies in a data folder beside the library: databases, raw files, whatever a person put there."""
    for place in sorted(folder.iterdir()):
        if place.name in _DERIVED or place.name.endswith(_PASSING):
            continue
        if place.suffix == ".sqlite":
            with _pinned(place) as pinned:
                _copy_snapshot(copying, pinned, f"{prefix}/{place.name}")
            continue
        for file in sorted(place.rglob("*")) if place.is_dir() else [place]:
            is_passing = file.name.startswith("incoming-") or file.name.endswith(_PASSING)
            if file.is_file() and not file.is_symlink() and not is_passing:
                with suppress(FileNotFoundError):  # It may go while we look: a log that is begun anew.
                    copying.take(file, f"{prefix}/{file.relative_to(folder).as_posix()}")


@contextmanager
def _pinned(place: Path) -> Iterator[sqlite3.Connection]:
    """A connection that goes on seeing the database as it is now, whatever others write."""
    with closing(sqlite3.connect(place, isolation_level=None, timeout=5)) as connection:
        connection.execute("BEGIN")
        connection.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()
        yield connection


def _copy_snapshot(copying: _Copying, pinned: sqlite3.Connection, path: str) -> None:
    target = copying.place(path)
    # The mode is given at creation: hashes of keys are nobody's business, and records may not be either.
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    with closing(sqlite3.connect(target)) as copy:
        pinned.backup(copy)
    copying.enter(path)


@contextmanager
def _alone(destination: Path) -> Iterator[None]:
    """Sees to it that one backup at a time is made there, and that a dead one leaves nothing."""
    make_folder(destination)
    with open(destination / ".lock", "a+", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StoreLocked(
                f"another backup is being made in {str(destination)!r}", hint="wait for it to end"
            ) from error
        for dead in destination.glob(f"*{_UNFINISHED}"):
            shutil.rmtree(dead)
        yield


def _free(destination: Path, moment: datetime) -> str:
    """A name for a backup of that moment that no other has."""
    name = moment.strftime("%Y-%m-%dT%H-%M-%SZ")
    taken = len(list(destination.glob(f"{name}*")))
    return f"{name}-{taken + 1}" if taken else name


def _sync_file(path: Path) -> None:
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _sync_folders(folder: Path) -> None:
    for place, _, _ in os.walk(folder):
        sync(Path(place))


def chosen(source: Path) -> Path:
    """The backup that is meant by *source*: itself, or the newest one within it. Raises StoreError."""
    if (source / manifest.FILE_NAME).is_file():
        return source
    found = newest(source)
    if found is None:
        raise StoreError(
            f"there is no whole backup in {str(source)!r}",
            hint="name a backup, or the folder that holds them",
        )
    return found
