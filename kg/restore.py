"""Restoring: a backup checked to the last byte and tried out, or put in the place of a data folder."""

import ctypes
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

from kg import manifest
from kg.backup import chosen
from kg.border import guarded
from kg.errors import StoreError
from kg.folder import Folder, Lock, make_folder, sync
from kg.library import Library
from kg.manifest import DATA, Manifest, Part, difference

_DRAFT = ".restoring"
_OLD = ".replaced"
_IMMUTABLE = (".sst", ".blob", ".zst")
_EXCHANGE = 2
_AT_FOLDER = -100


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check of a backup found. problems: what is wrong, in words; nothing where it is well."""

    path: Path
    manifest: Manifest
    problems: tuple[str, ...]


def check(source: Path) -> Checked:
    """Everything that can be known of a backup: its bytes, and whether a library comes out of them.

    Every hash is compared. The copy is opened in a place of its own: databases are sound, numbers and counts
    are as promised, the store holds graph by graph what the journal says, and a query is answered. Raises
    StoreError where there is no backup.
    """
    place = chosen(source)
    known = manifest.read(place)
    problems = [*_differences(place, known), *_strangers(place, known)]
    if not problems:
        with tempfile.TemporaryDirectory(prefix=".checking-", dir=_scratch(place)) as scratch:
            _copy(place / DATA, Path(scratch) / DATA)
            problems = list(_trials(Path(scratch) / DATA, known, is_thorough=True))
    return Checked(place, known, tuple(problems))


def restore(source: Path, target: Path, *, is_replacing: bool = False) -> Checked:
    """Makes *target* the data folder that the backup holds, once all of it is there and sound.

    is_replacing: the folder may hold something already; it is kept until the new one is in its place, and is
    left untouched where anything is wrong. Raises StoreError, StoreLocked where it is in use.
    """
    place = chosen(source)
    known = manifest.read(place)
    target = target.absolute()
    if not is_replacing and _is_filled(target):
        raise StoreError(
            f"data folder {str(target)!r} is not empty",
            hint="restore to another place with --to, or put the backup in its place with --replace",
        )
    if problems := _differences(place, known):
        raise StoreError(f"the backup is damaged: {'; '.join(problems[:5])}", hint="use an earlier one")
    draft = target.with_name(target.name + _DRAFT)
    with guarded(f"data folder {str(target)!r}"), ExitStack() as held:
        if _is_filled(target):
            for folder in (target, *sorted((target / "spaces").glob("*/"))):
                held.enter_context(Lock(Folder(folder)))
        make_folder(target.parent)
        shutil.rmtree(draft, ignore_errors=True)
        try:
            for path in known.files:
                target_file = draft / Path(path).relative_to(DATA)
                target_file.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(place / path, target_file, follow_symlinks=False)
            # What was read a moment ago and what was written now are compared, not believed.
            problems = [*_differences(draft.parent, known, data=draft.name), *_trials(draft, known)]
            if problems:
                raise StoreError(f"the copy is not sound: {'; '.join(problems[:5])}")
            _sync(draft)
            _swap(draft, target)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    return Checked(place, known, ())


def _differences(place: Path, known: Manifest, *, data: str = DATA) -> list[str]:
    """The files that are not as the manifest has them."""
    found = []
    for path, expected in known.files.items():
        if problem := difference(place / data / Path(path).relative_to(DATA), expected):
            found.append(f"{path} {problem}")
    return found


def _strangers(place: Path, known: Manifest) -> Iterator[str]:
    """Files in the backup of which the manifest does not know."""
    for file in sorted((place / DATA).rglob("*")):
        path = file.relative_to(place).as_posix()
        if not file.is_dir() and path not in known.files:
            yield f"{path} is not in the manifest"


def _trials(folder: Path, known: Manifest, *, is_thorough: bool = False) -> Iterator[str]:
    """What is wrong with a copy of the data folder, found by using it."""
    for place in sorted(folder.rglob("*.sqlite")):
        if problem := _unsound(place):
            yield f"{place.relative_to(folder)}: {problem}"
    for part in known.parts:
        place = Folder(folder).space(part.space) if part.space else folder
        named = f"space {part.space!r}: " if part.space else ""
        try:
            with Library.open(place) as library:
                for problem in _of_library(library, part, is_thorough=is_thorough):
                    yield named + problem
        except StoreError as error:
            yield f"{named}{error}"


def _of_library(library: Library, part: Part, *, is_thorough: bool) -> Iterator[str]:
    counts = library.counts()
    found = Part(part.space, library.journal.identity, library.generation, counts.statements, counts.graphs)
    if found != part:
        yield f"it is {found} and not {part}"
    if library.store.is_replaced:
        yield "its store was made from another journal"
    if is_thorough:
        held = len(library.store.engine)
        if held != part.statements:
            yield f"its store holds {held} statements instead of {part.statements}"
        yield from library.verify()
        solutions = library.store.query("SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }")
        if not list(solutions):  # type: ignore[arg-type]  # a SELECT gives solutions
            yield "it does not answer a query"


def _unsound(place: Path) -> str:
    """What SQLite finds wrong with a database; "" where it is sound."""
    try:
        with closing(sqlite3.connect(place)) as database:
            found = [str(row[0]) for row in database.execute("PRAGMA integrity_check(5)")]
    except sqlite3.Error as error:
        return str(error)
    return "" if found == ["ok"] else "; ".join(found)


def _copy(source: Path, target: Path) -> None:
    """A copy to try things with: of files that nobody writes to, links where that is possible."""

    def take(origin: str, place: str) -> str:
        if Path(origin).suffix in _IMMUTABLE:
            try:
                os.link(origin, place)
                return place
            except OSError:
                pass  # Another file system, or one without links.
        return shutil.copyfile(origin, place)

    with guarded(f"scratch folder {str(target)!r}"):
        shutil.copytree(source, target, copy_function=take)


def _scratch(place: Path) -> Path | None:
    """Where to copy to: beside the backup, where links are cheap; None for the usual place."""
    return place.parent if os.access(place.parent, os.W_OK) else None


def _is_filled(folder: Path) -> bool:
    return folder.is_dir() and any(folder.iterdir())


def _swap(draft: Path, target: Path) -> None:
    """Puts *draft* in the place of *target*, at one stroke where the system can, and removes the old one."""
    if not target.exists():
        draft.rename(target)
    elif _exchanged(draft, target):
        shutil.rmtree(draft)  # The old folder, now under this name.
    else:
        old = target.with_name(target.name + _OLD)
        target.rename(old)
        draft.rename(target)
        shutil.rmtree(old)
    sync(target.parent)


def _exchanged(first: Path, second: Path) -> bool:
    """Whether the two folders could change names (renameat2 of Linux, with RENAME_EXCHANGE)."""
    rename = getattr(ctypes.CDLL(None), "renameat2", None)
    if rename is None:
        return False
    return bool(rename(_AT_FOLDER, os.fsencode(first), _AT_FOLDER, os.fsencode(second), _EXCHANGE) == 0)


def _sync(folder: Path) -> None:
    for place, _, names in os.walk(folder):
        for name in names:
            number = os.open(Path(place) / name, os.O_RDONLY)
            try:
                os.fsync(number)
            finally:
                os.close(number)
        sync(Path(place))
