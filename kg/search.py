"""The search index: names, words, identifiers, facets and places of things, in one SQLite file. Derived.

Not a store: what a thing is, the graph says; the index says where to look. It moves with the journal:
`apply` counts in what one change made the graphs say, together with the number of that change.
"""

import sqlite3
import threading
import unicodedata
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import Protocol, Self

from kg import spots
from kg.border import guarded
from kg.completion import Completion, complete
from kg.counting import Counting
from kg.entries import Entry, entries
from kg.errors import StoreError
from kg.finding import Hit, Listed, Page, Results, find, listed
from kg.geometry import Box, around
from kg.spots import Row
from kg.suggestion import suggest
from kg.terms import Triple

__all__ = ["Completion", "Hit", "Results", "SearchIndex"]

_LAYOUT = 7
"""Version of the tables, and of all that makes tokens and keys: an index of another is emptied on opening."""

_TABLES = """
CREATE TABLE state(name TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE thing(
    id INTEGER PRIMARY KEY, hash INTEGER, iri TEXT, kind TEXT, year INTEGER, sort TEXT,
    weight INTEGER, tally BLOB
);
CREATE INDEX thing_hash ON thing(hash);
CREATE TABLE facets_of(thing INTEGER PRIMARY KEY, packed BLOB);
CREATE TABLE name(key TEXT, thing INTEGER, form INTEGER, PRIMARY KEY(key, thing, form)) WITHOUT ROWID;
CREATE TABLE facet(number INTEGER PRIMARY KEY, facet TEXT, value TEXT, count INTEGER);
CREATE INDEX facet_often ON facet(facet, count) WHERE count > 20;
CREATE VIRTUAL TABLE text USING fts5(names, alternatives, identifiers, words, facets, content='',
    tokenize="ascii tokenchars '_|='");
CREATE VIRTUAL TABLE vocabulary USING fts5vocab(text, row);
INSERT INTO text(text, rank) VALUES('hashsize', 8000000);
INSERT INTO state VALUES('applied', 0), ('things', 0);
"""
_DROP = "".join(
    f"DROP TABLE IF EXISTS {name};"
    for name in ("vocabulary", "state", "thing", "facets_of", "name", "facet", "text")
)
_GRAPHS = 1_000
"""Graphs that a rebuild counts in together."""


class Graphs(Protocol):
    """What an index is rebuilt from: a store."""

    def graphs(self) -> Iterable[str]:
        """The IRIs of all graphs."""

    def graph(self, iri: str) -> Iterable[Triple]:
        """The statements of one of them."""


class SearchIndex:
    """The index of one library. Any thread may read it; one at a time writes."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._lock = threading.RLock()
        self._local = threading.local()
        self._readers: list[sqlite3.Connection] = []
        self._writer = sqlite3.connect(path or ":memory:", isolation_level=None, check_same_thread=False)
        try:
            self._prepare()
        except sqlite3.DatabaseError as error:
            hint = "delete it; it is made again from the journal"
            raise StoreError(f"search index {str(path)!r} cannot be read: {error}", hint=hint) from error

    @classmethod
    def open(cls, path: Path) -> Self:
        """The index in the file *path*, made there where there is none. Raises StoreError."""
        return cls(path)

    @classmethod
    def in_memory(cls) -> Self:
        """An empty index that ends with the process."""
        return cls(None)

    def close(self) -> None:
        """Ends its use, in all threads."""
        with self._lock:
            for connection in (*self._readers, self._writer):
                connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def applied(self) -> int:
        """The number of the last change that is counted in."""
        with self._reading() as db:
            return int(db.execute("SELECT value FROM state WHERE name = 'applied'").fetchone()[0])

    def apply(
        self,
        number: int,
        gone: Iterable[Entry],
        came: Iterable[Entry],
        *,
        left: Iterable[Row] = (),
        found: Iterable[Row] = (),
    ) -> None:
        """Counts out what is *gone* and in what *came*, and notes *number*: all of it, or nothing.

        left, found: the same for where things are; read when the entries are.
        """
        with self._writing() as db:
            Counting(db).count(gone, came)
            spots.count(db, left, found)
            db.execute("UPDATE state SET value = ? WHERE name = 'applied'", (number,))

    def clear(self) -> None:
        """Empties the index; `applied` is 0 then."""
        with self._lock:
            tables = f"{_DROP} {spots.DROP} {_TABLES} {spots.TABLES}"
            self._writer.executescript(f"BEGIN; {tables} PRAGMA user_version = {_version()}; COMMIT;")

    def rebuild(self, store: Graphs, *, number: int = 0) -> None:
        """Makes the index anew from all graphs of *store*, which are as of change *number*."""
        with self._lock:
            self.clear()
            names = iter(store.graphs())
            while some := list(islice(names, _GRAPHS)):
                graphs = [(name, list(store.graph(name))) for name in some]
                self.apply(
                    0,
                    (),
                    (entry for name, said in graphs for entry in entries(name, said)),
                    found=(row for _, said in graphs for row in spots.told(said)),
                )
            self.apply(number, (), ())

    def search(
        self,
        query: str,
        *,
        filters: Mapping[str, Sequence[str]] | None = None,
        limit: int = 20,
        offset: int = 0,
        sort: str = "relevance",
    ) -> Results:
        """Things that have all words of *query* and, of each facet in *filters*, one of the values.

        An empty query finds everything. sort: one of kg.matches.SORTS. A year may be a range: "1990..1999".
        """
        with self._reading() as db:
            return find(db, query, filters or {}, Page(limit, offset, sort))

    def listed(
        self,
        query: str,
        *,
        filters: Mapping[str, Sequence[str]] | None = None,
        limit: int = 1_000,
        sort: str = "relevance",
        is_told: bool = False,
    ) -> Listed:
        """IRIs of the first matches in the order of `search`, many at once; is_told: with snippets."""
        with self._reading() as db:
            return listed(db, query, filters or {}, Page(limit, 0, sort), is_told=is_told)

    def complete(self, text: str, *, limit: int = 10, kind: str = "") -> list[Completion]:
        """Names that begin with *text*, in any form of Chinese, in pinyin or its initials; the best first."""
        with self._reading() as db:
            return complete(db, text, limit=limit, kind=kind)

    def suggest(self, text: str, *, limit: int = 5) -> list[Completion]:
        """Names that look like *text*, where nothing is called so: "did you mean"."""
        with self._reading() as db:
            return suggest(db, text, limit=limit)

    def nearby(self, east: float, north: float, metres: float) -> list[tuple[str, float]]:
        """Things with a point within *metres*, and how far each is, nearest first."""
        with self._reading() as db:
            return spots.nearby(db, (east, north), metres, around(east, north, metres))

    def within(self, boxes: Iterable[Box]) -> list[str]:
        """Things that lie within one of the boxes, sorted."""
        with self._reading() as db:
            return spots.within(db, boxes)

    def geometries(self, boxes: Iterable[Box], *, most: int) -> list[str] | None:
        """All geometries that may touch one of the boxes; None where there are more than *most*."""
        with self._reading() as db:
            return spots.geometries(db, boxes, most=most)

    def _prepare(self) -> None:
        if self._path is not None:
            self._writer.execute("PRAGMA journal_mode = WAL")
            self._writer.execute("PRAGMA synchronous = NORMAL")
        self._writer.execute("PRAGMA cache_size = -65536")
        self._writer.execute("PRAGMA temp_store = MEMORY")
        if self._writer.execute("PRAGMA user_version").fetchone()[0] != _version():
            self.clear()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield self._writer
            except BaseException:
                self._writer.execute("ROLLBACK")
                raise
            self._writer.execute("COMMIT")

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        """A connection to read with: each thread's own for a file, the only one for memory."""
        if self._path is None:
            with self._lock:
                yield self._writer
            return
        with guarded(f"search index {str(self._path)!r}"):
            reader = self._reader()
            reader.execute("BEGIN")
            try:
                yield reader
            finally:
                reader.execute("ROLLBACK")

    def _reader(self) -> sqlite3.Connection:
        """The connection with which this thread reads."""
        reader: sqlite3.Connection | None = getattr(self._local, "reader", None)
        if reader is None:
            reader = sqlite3.connect(str(self._path), isolation_level=None, check_same_thread=False)
            reader.execute("PRAGMA query_only = 1")
            # Many threads may read: they share the pages that the system keeps, and keep few of their own.
            reader.execute("PRAGMA cache_size = -4096")
            reader.execute("PRAGMA mmap_size = 134217728")
            self._local.reader = reader
            with self._lock:
                self._readers.append(reader)
        return reader


def _version() -> int:
    """A number for the layout and for what folding rests on: tokens must go just as they came."""
    parts = (str(_LAYOUT), version("opencc"), unicodedata.unidata_version)
    return zlib.crc32(" ".join(parts).encode()) & 0x7FFF_FFFF
