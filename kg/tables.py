"""The tables of the journal, and the connections to them."""

import sqlite3
import uuid
from pathlib import Path

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


def connect(place: Path | None) -> sqlite3.Connection:
    """A connection to the journal at *place*, made with its tables where there is none; None: in memory."""
    with guarded(f"journal {str(place)!r}"):
        # A commit returns when it is on disk for good (synchronous=FULL): that is what acknowledged means.
        db = sqlite3.connect(place or ":memory:", isolation_level=None, check_same_thread=False, timeout=5)
        try:
            for setting in ("journal_mode=WAL", "synchronous=FULL", "wal_autocheckpoint=4000",
                            "cache_size=-65536", "temp_store=MEMORY"):  # fmt: skip
                db.execute(f"PRAGMA {setting}")
            _prepare(db, place)
        except BaseException:
            db.close()
            raise
        return db


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
