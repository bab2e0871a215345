"""The journal: every change in order, on disk for good; store and search index are made from it."""

import threading
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias

from kg import frames, tables, undo
from kg.border import guarded
from kg.change import Change, Note
from kg.contents import Contents, Shift
from kg.draft import Draft, Known
from kg.errors import StoreError
from kg.folder import make_folder
from ontology.errors import NotFound

_ASKED = 500
"""How many values one look-up carries."""
Row: TypeAlias = tuple[Any, ...]
"""What SQLite gives; the tables promise the types."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_COLUMNS = "number, at, who, activity, reason, source, batch, added, removed, graphs, undone_by, is_undo"


@dataclass(frozen=True, slots=True)
class Counts:
    """How much the library holds."""

    statements: int
    graphs: int


class Journal:
    """An ordered log with numbers from 1 without gaps. One writer; reading is free at any time."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._chunks = folder / "chunks" if folder else None
        if self._chunks:
            with guarded(f"journal {str(folder)!r}"):
                make_folder(self._chunks)
        place = folder / tables.FILE_NAME if folder else None
        self._db = tables.connect(place)
        self._reads = tables.Readers(place, self._db)
        self._frames = frames.Reader(self._chunks, self._frame)
        self.contents = Contents(self._reads, self._frames)
        self._lock = threading.Lock()
        self._open: Draft | None = None
        with guarded(f"journal {str(folder)!r}"):
            self.identity = tables.identity(self._db)
            self.last = self._newest()
        self._sweep()

    def close(self) -> None:
        """Ends the use of the journal."""
        self._reads.close()
        self._db.close()

    @contextmanager
    def draft(self, note: Note, *, is_undo: bool = False) -> Iterator[Draft]:
        """A change to be written in the block; it counts when the block ends, and not if it raises."""
        draft = self.begin(note, is_undo=is_undo)
        try:
            yield draft
            self.commit(draft)
        except BaseException:
            self.drop(draft)
            raise

    def begin(self, note: Note, *, is_bulk: bool = False, is_undo: bool = False) -> Draft:
        """A change to be written, ended by commit() or drop(); until then no other can begin."""
        self._lock.acquire()
        try:
            first = 1 + (self._db.execute("SELECT MAX(id) FROM frame").fetchone()[0] or 0)
            writer = frames.Writer(self._chunks, self.last + 1, first, level=1 if is_bulk else 3)
            self._open = Draft(
                self._db, note, self.last + 1, writer, self._frames, is_bulk=is_bulk, is_undo=is_undo
            )
            return self._open
        except BaseException:
            self._end()
            raise

    def commit(self, draft: Draft) -> None:
        """Makes the change count: on return it survives a power cut."""
        draft.commit()
        self.last = draft.number
        self._end()

    def drop(self, draft: Draft) -> None:
        """Gives the change up, where it does not count yet."""
        if self._open is draft:
            draft.rollback()
            self._end()

    def known(self, iris: Sequence[str]) -> dict[str, Known]:
        """Those of the graphs that the journal has ever held, by IRI."""
        found = (
            Known(number, iri, size, stamp or b"", digest or b"")
            for number, iri, size, stamp, digest in self._among(
                "SELECT id, iri, size, stamp, digest FROM graph WHERE iri IN ({})", iris
            )
        )
        return {graph.iri: graph for graph in found}

    def numbered(self, iris: Sequence[str]) -> list[Known]:
        """The graphs of those IRIs in order, new ones with the numbers they are going to have."""
        known = self.known(iris)
        following = 1 + (self._rows("SELECT MAX(id) FROM graph", ())[0][0] or 0)
        for iri in iris:
            if iri not in known:
                known[iri] = Known(following, iri)
                following += 1
        return [known[iri] for iri in iris]

    def unchanged(self, stamps: Sequence[bytes]) -> set[bytes]:
        """Those of the stamps that a graph carries now."""
        # A graph that was emptied keeps its stamp for when it is undone, but its record is new again.
        query = "SELECT stamp FROM graph WHERE stamp IN ({}) AND size > 0"
        return {row[0] for row in self._among(query, stamps)}

    def restamp(self, pairs: Iterable[tuple[str, bytes]]) -> None:
        """Gives graphs new stamps: their raw records changed, their statements did not."""
        rows = [(stamp or None, iri) for iri, stamp in pairs]
        if not rows:
            return
        with self._lock, guarded("the journal"):
            self._db.execute("BEGIN IMMEDIATE")
            try:
                self._db.executemany("UPDATE graph SET stamp = ? WHERE iri = ? AND size > 0", rows)
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    def change(self, number: int) -> Change:
        """The change of that number; raises NotFound."""
        found = self._changes("WHERE number = ?", (number,))
        if not found:
            raise NotFound(f"no change {number}; the last one is {self.last}")
        return found[0]

    def changes(
        self,
        *,
        before: int | None = None,
        limit: int = 50,
        batch: str | None = None,
        source: str | None = None,
    ) -> list[Change]:
        """Changes, newest first; *before* that number, of that batch, of that source."""
        asked = {"number < ?": before, "batch = ?": batch, "source = ?": source}
        wanted = {test: value for test, value in asked.items() if value is not None}
        where = f"WHERE {' AND '.join(wanted)}" if wanted else ""
        return self._changes(f"{where} ORDER BY number DESC LIMIT ?", (*wanted.values(), limit))

    def batch(self, name: str) -> list[int]:
        """The numbers of all changes of a batch."""
        return [
            row[0] for row in self._rows("SELECT number FROM change WHERE batch = ? ORDER BY number", (name,))
        ]

    def standing(self, numbers: Collection[int]) -> list[int]:
        """Those of the changes that nothing has undone; raises NotFound for one that is not there."""
        return [number for number in sorted(numbers) if self.change(number).undone_by is None]

    def touching(self, graphs: Iterable[int], *, before: int) -> Iterator[tuple[int, list[int]]]:
        """Changes with edits in those graphs, newest first, each with those of the graphs it edits."""
        wanted = list(graphs)
        edited: dict[int, set[int]] = {}
        for change, graph in self._among("SELECT change, graph FROM edit WHERE graph IN ({})", wanted):
            if change < before:
                edited.setdefault(change, set()).add(graph)
        for number in sorted(edited, reverse=True):
            yield number, sorted(edited[number])

    def last_edit(self, graph: str) -> int:
        """The number of the last change that edited the graph of that IRI; 0 where none did."""
        query = "SELECT MAX(change) FROM edit WHERE graph = (SELECT id FROM graph WHERE iri = ?)"
        return self._rows(query, (graph,))[0][0] or 0

    def departed(self, iri: str) -> list[int]:
        """The graphs that described a thing at some time and ceased to."""
        return [row[0] for row in self._rows("SELECT graph FROM departed WHERE iri = ?", (iri,))]

    def counts(self, number: int | None = None) -> Counts:
        """How much the library holds, or held after change *number*; known without counting."""
        rows = self._rows(
            "SELECT all_statements, all_graphs FROM change WHERE number <= ? ORDER BY number DESC LIMIT 1",
            (self.last if number is None else number,),
        )
        return Counts(*rows[0]) if rows else Counts(0, 0)

    def is_bulk(self, number: int) -> bool:
        """Whether the change only brought in new graphs, as one load."""
        return bool(self._rows("SELECT is_bulk FROM change WHERE number = ?", (number,))[0][0])

    def payload(self, number: int) -> Iterator[bytes]:
        """All statements written by the change, as N-Quads in pieces of whole lines."""
        for (frame,) in self._rows("SELECT id FROM frame WHERE change = ? ORDER BY id", (number,)):
            yield self._frames.unpacked(frame)

    def shifts(self, number: int) -> Iterator[Shift]:
        """What the change did, graph by graph."""
        return self.contents.shifts(number)

    def _end(self) -> None:
        self._open = None
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")
        self._lock.release()

    def _changes(self, end: str, values: Sequence[object]) -> list[Change]:
        return [self._made(row) for row in self._rows(f"SELECT {_COLUMNS} FROM change {end}", values)]

    def _made(self, row: Row) -> Change:
        number, at, who, activity, reason, source, batch, added, removed, graphs, undone_by, is_undo = row
        note = Note(who, activity, reason, source, batch)
        undoes = tuple(undo.undoes(self._reads, number)) if is_undo else ()
        when = _EPOCH + timedelta(microseconds=at)
        return Change(number, when, note, added, removed, graphs, undoes, undone_by)

    def _rows(self, query: str, values: Sequence[object]) -> list[Row]:
        with guarded("the journal"):
            return self._reads.execute(query, values).fetchall()

    def _among(self, query: str, values: Sequence[object]) -> Iterator[Row]:
        """Rows of *query* for all *values*, some hundreds at a time; "{}" in it becomes their places."""
        with guarded("the journal"):
            for start in range(0, len(values), _ASKED):
                part = values[start : start + _ASKED]
                places = ",".join("?" * len(part))
                yield from self._reads.execute(query.format(places), part).fetchall()

    def _frame(self, number: int) -> frames.Row:
        with guarded("the journal"):
            row: frames.Row | None = self._reads.execute(
                "SELECT * FROM frame WHERE id = ?", (number,)
            ).fetchone()
        if row is None:
            raise StoreError(f"the journal lacks its record {number}", hint="restore it from a backup")
        return row

    def _newest(self) -> int:
        number, count = self._db.execute("SELECT COALESCE(MAX(number), 0), COUNT(*) FROM change").fetchone()
        if number != count:
            raise StoreError(
                f"the journal holds {count} changes but numbers up to {number}",
                hint="restore it from a backup",
            )
        return int(number)

    def _sweep(self) -> None:
        """Removes chunk files of changes that were never finished."""
        if self._chunks is None:
            return
        for place in self._chunks.glob("*.nq.zst"):
            if place.name.partition(".")[0].isdigit() and int(place.name.partition(".")[0]) > self.last:
                place.unlink()
