"""The border to disk and engines: their errors become StoreError here, with what a person can do."""

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from zstandard import ZstdError

from kg.errors import StoreError, StoreLocked

_FULL = "free some space; what was acknowledged before is safe"
_RIGHTS = "check that this user may write to the folder"
_DAMAGED = (
    "run `wenyuan doctor`; store/ and search.sqlite may be deleted, they are made anew from the journal"
)

_SQLITE = {
    sqlite3.SQLITE_FULL: ("the disk is full", _FULL),
    sqlite3.SQLITE_READONLY: ("it may not be written", _RIGHTS),
    sqlite3.SQLITE_CANTOPEN: ("it cannot be opened", _RIGHTS),
    sqlite3.SQLITE_PERM: ("it may not be opened", _RIGHTS),
    sqlite3.SQLITE_NOTADB: ("it is not a database", "restore it from a backup"),
    sqlite3.SQLITE_CORRUPT: ("it is damaged", "restore it from a backup"),
}
_SYSTEM = {
    errno.ENOSPC: ("the disk is full", _FULL),
    errno.EDQUOT: ("the quota of the disk is used up", _FULL),
    errno.EFBIG: ("the file may not grow further", _FULL),
    errno.EACCES: ("it may not be written", _RIGHTS),
    errno.EPERM: ("it may not be written", _RIGHTS),
    errno.EROFS: ("it may not be written", _RIGHTS),
}
_ENGINE = {
    "while lock file": errno.EAGAIN,
    "lock hold by current process": errno.EAGAIN,
    "No space left": errno.ENOSPC,
    "File too large": errno.EFBIG,
    "Permission denied": errno.EACCES,
    "Read-only file system": errno.EROFS,
}


@contextmanager
def guarded(what: object) -> Iterator[None]:
    """Errors of SQLite, zstd, the engine and the file system come out as StoreError about *what*."""
    try:
        yield
    except sqlite3.ProgrammingError:
        raise  # A mistake of ours, not of the disk.
    except sqlite3.Error as error:
        raise _from_sqlite(what, error) from error
    except ZstdError as error:
        raise StoreError(f"{what} is damaged: {error}", hint="restore it from a backup") from error
    except OSError as error:
        raise _from_system(what, error) from error


def _from_sqlite(what: object, error: sqlite3.Error) -> StoreError:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_BUSY:
        return StoreLocked(f"{what} is in use by another process", hint="close it and try again")
    reason, hint = _SQLITE.get(code, (str(error), _DAMAGED))
    return StoreError(f"{what}: {reason}", hint=hint)


def _from_system(what: object, error: OSError) -> StoreError:
    # The engine raises OSError without a number; what went wrong stands in its text.
    number = error.errno or next((code for text, code in _ENGINE.items() if text in str(error)), 0)
    if number == errno.EAGAIN:
        return StoreLocked(f"{what} is in use by another process", hint="close it and try again")
    reason, hint = _SYSTEM.get(number, (str(error), _DAMAGED))
    return StoreError(f"{what}: {reason}", hint=hint)
