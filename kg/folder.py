"""The data folder: what lies where, who holds it, and how to reach the server that does.

lock            held by the one process that writes
server.json     address and key of the server that holds the folder, readable by its owner only
journal/        every change: the truth, the part to back up
store/          live/, generations and the pointer to the current one: made from the journal
search.sqlite   made from the journal
ops.sqlite      keys and spaces; the one file that others write while a server runs
spaces/         a data folder for each further space
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Self

from kg.border import guarded
from kg.errors import StoreError, StoreLocked


@dataclass(frozen=True, slots=True)
class Holder:
    """The server that holds a data folder. key: what a caller on this machine shows to be let in."""

    address: str
    key: str
    pid: int


@dataclass(frozen=True, slots=True)
class Folder:
    """A data folder and the places in it."""

    path: Path

    @property
    def journal(self) -> Path:
        return self.path / "journal"

    @property
    def store(self) -> Path:
        return self.path / "store"

    @property
    def search(self) -> Path:
        return self.path / "search.sqlite"

    @property
    def server(self) -> Path:
        return self.path / "server.json"

    def space(self, name: str) -> Path:
        """The data folder of the space of that name, within this one."""
        return self.path / "spaces" / name


class Lock:
    """The right to write to a data folder; the system takes it back when the process ends, however."""

    def __init__(self, folder: Folder) -> None:
        with guarded(f"data folder {str(folder.path)!r}"):
            make_folder(folder.path)
            self._file = open(folder.path / "lock", "a+", encoding="utf-8")  # noqa: SIM115  (held until close)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            owner = _owner(self._file)
            self._file.close()
            raise StoreLocked(
                f"data folder {str(folder.path)!r} is in use by {owner}",
                hint="stop it, or give this command another folder with --data-dir",
            ) from error
        self._file.truncate(0)
        self._file.write(str(os.getpid()))
        self._file.flush()

    def close(self) -> None:
        """Gives the folder free."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def announce(path: Path, address: str, key: str) -> None:
    """Writes down that this process serves the folder at *path*, for `holder` in another process."""
    with guarded(f"data folder {str(path)!r}"):
        place = Folder(path).server
        draft = place.with_suffix(".new")
        draft.unlink(missing_ok=True)
        # The mode is given at creation: there is no moment when another user can read the key.
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            json.dump(asdict(Holder(address, key, os.getpid())), file)
        draft.replace(place)


def withdraw(path: Path) -> None:
    """Takes the announcement back, where it is this process's own."""
    found = holder(path)
    if found and found.pid == os.getpid():
        Folder(path).server.unlink(missing_ok=True)


@contextmanager
def announced(path: Path, address: str, key: str) -> Iterator[None]:
    """Announces the server while the block runs."""
    announce(path, address, key)
    try:
        yield
    finally:
        withdraw(path)


def holder(path: Path) -> Holder | None:
    """The server that holds the folder at *path*; None where none does or its process is gone."""
    place = Folder(path).server
    try:
        found = Holder(**json.loads(place.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StoreError(
            f"{str(place)!r} cannot be read: {error.strerror}",
            hint="run this as the user who runs the server",
        ) from error
    except (ValueError, TypeError):
        return None  # Half-written by a process that died: nobody to talk to.
    return found if _lives(found.pid) else None


def make_folder(path: Path) -> None:
    """Makes the folder and those above it, where they are missing, safe against a power cut."""
    if not path.is_dir():
        make_folder(path.parent)
        path.mkdir(exist_ok=True)
        sync(path.parent)


def sync(folder: Path) -> None:
    """Makes the names in *folder* safe against a power cut."""
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def write_safely(place: Path, text: str) -> None:
    """Gives the file at *place* new content at one stroke, safe against a power cut."""
    draft = place.with_name(place.name + ".new")
    with open(draft, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(place)
    sync(place.parent)


def _owner(file: IO[str]) -> str:
    file.seek(0)
    number = file.read().strip()
    return f"process {number}" if number else "another process"


def _lives(pid: int) -> bool:
    with suppress(PermissionError):  # It lives, and belongs to somebody else.
        try:
            os.kill(pid, 0)
        except (ProcessLookupError, OverflowError):
            return False
    return True
