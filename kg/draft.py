"""Draft: a change while it is being written to the journal, in one transaction."""

import sqlite3
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kg.border import guarded
from kg.change import Bulk, BulkGraph, Note
from kg.contents import ADD, REPLACE, Contents
from kg.frames import Place, Writer
from kg.frames import Reader as Frames

_ROWS = 20_000

_EDIT = "INSERT INTO edit VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_GRAPH = """
    INSERT INTO graph VALUES (?, ?, ?, ?, ?) ON CONFLICT (id)
    DO UPDATE SET size = excluded.size, stamp = excluded.stamp, digest = excluded.digest
"""
_CHANGE = """
    INSERT INTO change (number, at, who, activity, reason, source, batch, is_bulk, is_undo)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_CLOSE = """
    UPDATE change SET added = ?, removed = ?, graphs = ?, first_edit = ?, last_edit = ?,
        all_statements = ? + COALESCE((SELECT all_statements FROM change WHERE number = ? - 1), 0),
        all_graphs = ? + COALESCE((SELECT all_graphs FROM change WHERE number = ? - 1), 0)
    WHERE number = ?
"""


@dataclass(frozen=True, slots=True)
class Known:
    """A graph as the journal lists it now; size 0: it is empty, or was never there."""

    number: int
    iri: str
    size: int = 0
    stamp: bytes = b""
    digest: bytes = b""


@dataclass(frozen=True, slots=True)
class Given:
    """An edit on its way into the journal."""

    op: int
    nquads: bytes | memoryview
    stamp: bytes = b""
    digest: bytes = b""
    raw: str = ""


class Draft:
    """One transaction: begun at once, ended by commit() or rollback(). Nothing counts before commit()."""

    def __init__(
        self, db: sqlite3.Connection, note: Note, number: int, frames: Writer, reader: Frames, *,
        is_bulk: bool = False, is_undo: bool = False,
    ) -> None:  # fmt: skip
        self.number = number
        self.contents = Contents(db, reader)
        self._db, self._frames = db, frames
        self._added = self._removed = self._moved = self._graph_count = 0
        self._edits: list[tuple[object, ...]] = []
        self._graphs: list[tuple[object, ...]] = []
        with guarded("the journal"):
            db.execute("BEGIN IMMEDIATE")
            now = time.time_ns() // 1000
            db.execute(_CHANGE, (number, now, *_words(note), is_bulk, is_undo))
            self._first = self._next = 1 + (db.execute("SELECT MAX(id) FROM edit").fetchone()[0] or 0)

    @property
    def db(self) -> sqlite3.Connection:
        """The connection of the transaction."""
        return self._db

    def take(self, graph: Known, given: Iterable[Given]) -> None:
        """Writes edits of one graph."""
        for edit in given:
            self._place(graph.number, edit, self._frames.add(edit.nquads))

    def settle(self, before: Known, after: Known, *, came: int, gone: int) -> None:
        """Lists the graph as it is now, and counts what moved."""
        marks = (after.stamp or None, after.digest or None)
        self._graphs.append((after.number, after.iri, after.size, *marks))
        self._added += came
        self._removed += gone
        self._moved += bool(came or gone)
        self._graph_count += bool(after.size) - bool(before.size)
        if len(self._graphs) >= _ROWS:
            self._flush()

    def take_bulk(self, bulk: Bulk, known: Sequence[Known]) -> None:
        """Writes all graphs of *bulk*; *known* lists them in the same order."""
        view = memoryview(bulk.nquads)
        for graph, old in zip(bulk.graphs, known, strict=True):
            given = _given(graph, view)
            size = bulk.nquads.count(b"\n", graph.start, graph.start + graph.length)
            self.take(old, (given,))
            self.settle(old, _extended(old, given, size), came=size, gone=0)

    def departed(self, graph: Known, iris: Iterable[str]) -> None:
        """Notes things that the graph no longer describes."""
        self._db.executemany(
            "INSERT OR IGNORE INTO departed VALUES (?, ?)", ((iri, graph.number) for iri in iris)
        )

    def commit(self) -> None:
        """Makes it count: on return the change survives a power cut."""
        with guarded("the journal"):
            try:
                self._flush()
                self._db.executemany("INSERT INTO frame VALUES (?, ?, ?, ?, ?)", self._frames.close())
                last = self._next - 1 if self._next > self._first else None
                first = self._first if last else None
                balance = self._added - self._removed
                self._db.execute(
                    _CLOSE,
                    (self._added, self._removed, self._moved, first, last,
                     balance, self.number, self._graph_count, self.number, self.number),
                )  # fmt: skip
                self._db.execute("COMMIT")
            except BaseException:
                self.rollback()
                raise

    def rollback(self) -> None:
        """Leaves nothing behind."""
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")
        self._frames.discard()

    def _place(self, graph: int, edit: Given, place: Place) -> None:
        self._edits.append(
            (self._next, self.number, graph, edit.op, place.frame, place.start, place.length,
             edit.stamp or None, edit.digest or None, edit.raw or None)
        )  # fmt: skip
        self._next += 1

    def _flush(self) -> None:
        with guarded("the journal"):
            self._db.executemany(_EDIT, self._edits)
            self._db.executemany(_GRAPH, self._graphs)
        self._edits, self._graphs = [], []


def _words(note: Note) -> tuple[str, ...]:
    return note.who, note.activity, note.reason, note.source, note.batch


def _given(graph: BulkGraph, view: memoryview) -> Given:
    op = ADD if graph.is_continued else REPLACE
    return Given(op, view[graph.start : graph.start + graph.length], graph.stamp, graph.digest, graph.raw)


def _extended(old: Known, given: Given, size: int) -> Known:
    """A graph after one more part of it came in; the digest of a graph in parts is not kept."""
    digest = b"" if old.size else given.digest
    return Known(old.number, old.iri, old.size + size, given.stamp or old.stamp, digest)
