"""The tables of the journal, and the connections to them."""

import sqlite3
import threading
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from kg.border import guarded
from kg.errors import StoreError

VERSION = 1
FILE_NAME = "journal.sqlite"

SCHEMA = """
CREATE TABLE identity (id TEXT NOT NULL);
CREATE TABLE change (
    number INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,                 -- microseconds since 1970, UTC
    who TEXT NOT NULL, activity TEXT NOT NULL, reason TEXT NOT NULL,
    source TEXT NOT NULL, batch TEXT NOT NULL,
    added INTEGER NOT NULL DEFAULT 0, removed INTEGER NOT NULL DEFAULT 0, graphs INTEGER NOT NULL DEFAULT 0,
    first_edit INTEGER, last_edit INTEGER,
    is_bulk INTEGER NOT NULL, is_undo INTEGER NOT NULL,
    undone_by INTEGER,
    all_statements INTEGER NOT NULL DEFAULT 0, all_graphs INTEGER NOT NULL DEFAULT 0   -- totals after it
);
CREATE INDEX change_batch ON change (batch) WHERE batch <> '';
CREATE INDEX change_source ON change (source) WHERE source <> '';
CREATE TABLE undoing (
    undo INTEGER NOT NULL, undone INTEGER NOT NULL, PRIMARY KEY (undo, undone)
) WITHOUT ROWID;
CREATE INDEX undoing_undone ON undoing (undone);
CREATE TABLE graph (                     -- what each graph is now
    id INTEGER PRIMARY KEY, iri TEXT NOT NULL UNIQUE, size INTEGER NOT NULL, stamp BLOB, digest BLOB
);
CREATE INDEX graph_stamp ON graph (stamp) WHERE size > 0;
CREATE TABLE edit (
    id INTEGER PRIMARY KEY, change INTEGER NOT NULL, graph INTEGER NOT NULL, op INTEGER NOT NULL,
    frame INTEGER NOT NULL, start INTEGER NOT NULL, length INTEGER NOT NULL,
    stamp BLOB, digest BLOB, raw TEXT
);
CREATE INDEX edit_graph ON edit (graph);
CREATE TABLE frame (                     -- compressed N-Quads: here, or in the chunk file of the change
    id INTEGER PRIMARY KEY, change INTEGER NOT NULL,
    start INTEGER NOT NULL, length INTEGER NOT NULL, packed BLOB
);
CREATE TABLE departed (                  -- things that a graph once described
    iri TEXT NOT NULL, graph INTEGER NOT NULL, PRIMARY KEY (iri, graph)
) WITHOUT ROWID;
"""


class Rows(Protocol):
    """What reads rows: a connection, or the connections of all threads."""

    def execute(self, query: str, values: Sequence[object] = ..., /) -> sqlite3.Cursor:
        """The rows of a query."""


def connect(place: Path | None, *, cache: int = 64) -> sqlite3.Connection:
    """A connection to the journal at *place*, made with its tables where there is none; None: in memory.

    cache: megabytes.
    """
    # A commit returns when it is on disk for good (synchronous=FULL): that is what acknowledged means.
    settings = (
        "journal_mode=WAL", "synchronous=FULL", "wal_autocheckpoint=4000",
        f"cache_size={-1024 * cache}", "temp_store=MEMORY",
    )  # fmt: skip
    with guarded(f"journal {str(place)!r}"):
        db = sqlite3.connect(place or ":memory:", isolation_level=None, check_same_thread=False, timeout=5)
        try:
            for setting in settings:
                db.execute(f"PRAGMA {setting}")
            _prepare(db, place)
        except BaseException:
            db.close()
            raise
        return db


class Readers:
    """Connections to read with, one for each thread: each statement sees all that is committed by then.

    Threads that share a connection would share what an unfinished statement of another one sees. A
    journal in memory has only the one it is written with, so its readers may see a change in the making.
    """

    def __init__(self, place: Path | None, writer: sqlite3.Connection) -> None:
        self._place, self._writer = place, writer
        self._local = threading.local()
        self._open: list[sqlite3.Connection] = []

    def execute(self, query: str, values: Sequence[object] = ()) -> sqlite3.Cursor:
        """The rows of a query."""
        if self._place is None:
            return self._writer.execute(query, values)
        db: sqlite3.Connection | None = getattr(self._local, "db", None)
        if db is None:
            db = self._local.db = connect(self._place, cache=16)
            self._open.append(db)
        return db.execute(query, values)

    def close(self) -> None:
        """Closes the connections of all threads."""
        for db in self._open:
            db.close()


def identity(db: sqlite3.Connection) -> str:
    """The name of this journal, by which a store knows which one it was made from."""
    return str(db.execute("SELECT id FROM identity").fetchone()[0])


def _prepare(db: sqlite3.Connection, place: Path | None) -> None:
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if version > VERSION:
        raise StoreError(
            f"journal {str(place)!r} is of version {version}; this Wenyuan knows {VERSION}",
            hint="use a newer one",
        )
    if version == 0:
        name = uuid.uuid4()
        db.executescript(
            f"BEGIN; {SCHEMA} INSERT INTO identity VALUES ('{name}'); PRAGMA user_version = {VERSION}; COMMIT"
        )
