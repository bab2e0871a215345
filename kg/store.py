"""The store: the statements as they are now, in an embedded engine. Written by the library only."""

import json
import logging
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, Literal, TypeAlias

from pyoxigraph import (
    DefaultGraph,
    NamedNode,
    Quad,
    QueryBoolean,
    QuerySolutions,
    QueryTriples,
    RdfFormat,
)
from pyoxigraph import Store as Engine
from pyoxigraph import Triple as TripleTerm

from kg import feed
from kg.border import guarded
from kg.canonical import sort, write
from kg.contents import Shift
from kg.errors import QuerySyntax, StoreError
from kg.folder import write_safely
from kg.reading import Reading
from kg.terms import Triple

log = logging.getLogger(__name__)

Answer: TypeAlias = QuerySolutions | QueryBoolean | QueryTriples

_MARK = "applied.json"
LARGE = 200_000
"""Statements from which a shift is loaded in bulk: bounded memory and log, but more steps than one."""
_PIECE = 20_000
_NO_SEAL: Callable[[], None] = lambda: None  # noqa: E731


class Store:
    """Statements in named graphs.

    applied: the number of the last change that is surely in it, on disk. is_replaced: on opening it was
    found to be made from another journal, and thrown away.
    """

    def __init__(
        self, engine: Engine, path: Path | None = None, *, identity: str = "", applied: int = 0,
        is_replaced: bool = False,
    ) -> None:  # fmt: skip
        self._engine: Engine | None = engine
        self._path, self._identity = path, identity
        self.applied, self.is_replaced = applied, is_replaced

    @classmethod
    def open(cls, path: Path, *, identity: str = "", newest: int = 0) -> "Store":
        """The store in the folder *path*; a new one where there is none.

        identity, newest: the journal it belongs to and its last change. A store of another journal, or
        ahead of this one, is thrown away and made anew. Raises StoreLocked, StoreError.
        """
        with guarded(f"store {str(path)!r}"):
            path.mkdir(parents=True, exist_ok=True)
            applied = _mark(path, identity)
            is_foreign = (path / _MARK).exists() and (applied is None or applied > newest)
            if applied is None or is_foreign:
                applied = _start_anew(path, identity)
            for orphan in (path / "live").glob("bulk-*.sst"):
                orphan.unlink()  # A bulk load that was killed; the engine never removes it.
            for orphan in path.glob("trial-*"):
                shutil.rmtree(orphan)  # See kg.sparql.update.trial.
            engine = Engine(str(path / "live"))
        return cls(engine, path, identity=identity, applied=applied, is_replaced=is_foreign)

    @classmethod
    def in_memory(cls) -> "Store":
        """A store that is gone when it is closed."""
        return cls(Engine())

    @property
    def engine(self) -> Engine:
        """The engine itself, for reading."""
        if self._engine is None:
            raise StoreError("the store is closed", hint="open the library again")
        return self._engine

    @property
    def reading(self) -> Reading:
        """The store as descriptions of things read it."""
        return Reading(self.engine)

    def close(self) -> None:
        """Ends the use of the store; the engine lets go when nothing reads from it any more."""
        self._engine = None

    def graph(self, iri: str) -> list[Triple]:
        """All statements of the graph of that IRI, sorted; "": the default graph."""
        name = NamedNode(iri) if iri else DefaultGraph()
        nquads = self.engine.dump(format=RdfFormat.N_TRIPLES, from_graph=name) or b""
        return sorted(_triple(line) for line in nquads.decode().split("\n")[:-1])

    def about(self, iri: str) -> list[tuple[str, Triple]]:
        """Every statement with that subject, with the IRI of its graph; sorted."""
        quads = self.engine.quads_for_pattern(NamedNode(iri), None, None, None)
        return sorted((_graph_of(quad), _triple_of(quad)) for quad in quads)

    def graphs_about(self, iri: str) -> list[str]:
        """IRIs of the graphs that say something about a thing, sorted; "" is the default graph."""
        rows = self.query(f"SELECT DISTINCT ?g {{ GRAPH ?g {{ {NamedNode(iri)} ?p ?o }} }}")
        named = sorted(row[0].value for row in rows)  # type: ignore[union-attr]  # ?g of a SELECT is a NamedNode
        unnamed = self.engine.quads_for_pattern(NamedNode(iri), None, None, DefaultGraph())
        return ["", *named] if next(unnamed, None) is not None else named

    def is_filled(self, iri: str) -> bool:
        """Whether the graph of that IRI holds anything; "": the default graph."""
        name = NamedNode(iri) if iri else DefaultGraph()
        return next(self.engine.quads_for_pattern(None, None, None, name), None) is not None

    def graphs(self) -> Iterator[str]:
        """IRIs of all named graphs, in no order."""
        for name in self.engine.named_graphs():
            yield name.value if isinstance(name, NamedNode) else str(name)

    def quads(self) -> Iterator[tuple[str, Triple]]:
        """Every statement with the IRI of its graph, in no order."""
        for quad in self.engine:
            yield _graph_of(quad), _triple_of(quad)

    def query(self, sparql: str) -> Answer:
        """The answer to one of our own queries, over the union of all graphs; not for strangers' queries."""
        try:
            return self.engine.query(sparql, use_default_graph_as_union=True)
        except SyntaxError as error:
            raise QuerySyntax(error.msg, line=error.lineno or 0, column=error.offset or 0) from error

    def dump(self, output: BinaryIO, *, is_sorted: bool = False) -> None:
        """Writes all statements as N-Quads, in bounded memory; sorted, equal stores give equal bytes."""
        if not is_sorted:
            self.engine.dump(output, RdfFormat.N_QUADS)
            return
        with tempfile.TemporaryFile() as file:
            self.engine.dump(file, RdfFormat.N_QUADS)
            file.seek(0)
            output.writelines(sort(file))

    def apply(self, shifts: Sequence[Shift]) -> None:
        """Takes graphs to their new content: one atomic step, but for what is so large that it is loaded.

        Doing it twice is the same as doing it once.
        """
        if max(_count(shifts, "came"), _count(shifts, "gone")) < LARGE:
            self._update(_removals(shifts) + _additions(shifts))
            return
        self.load([write(shift.graph, shift.came).encode() for shift in shifts])
        for shift in shifts:
            for start in range(0, len(shift.gone), _PIECE):
                self._update(_removals([replace(shift, gone=shift.gone[start : start + _PIECE])]))

    def clear(self) -> None:
        """Takes everything out."""
        with guarded("the store"):
            self.engine.clear()

    def load(self, nquads: Iterable[bytes | memoryview], *, seal: Callable[[], None] = _NO_SEAL) -> None:
        """Adds N-Quads at one stroke. *seal* runs when all are parsed; if it raises, nothing is added."""
        with guarded("the store"):
            try:
                feed.pour(self._bulk_load, nquads, seal)
            except SyntaxError as error:
                raise ValueError(f"the statements are not N-Quads: {error.msg}") from error

    def mark(self, applied: int) -> None:
        """Notes that all changes up to *applied* are in the store, and makes that last."""
        if self._path:
            with guarded(f"store {str(self._path)!r}"):
                self.engine.flush()
                _write_mark(self._path, self._identity, applied)
        self.applied = applied

    def tidy(self) -> None:
        """Puts into one order what was loaded in parts; about 2 s a million statements.

        Queries take a quarter less time from then on.
        """
        if self._path:
            with guarded(f"store {str(self._path)!r}"):
                self.engine.optimize()

    def backup(self, folder: Path) -> None:
        """Puts a copy that never changes into *folder*, which must not exist yet."""
        with guarded(f"store {str(folder)!r}"):
            if self._path is None:  # What is in memory has no files to share.
                _copy(self.engine, folder)
            else:
                self.engine.backup(folder)

    def _bulk_load(self, path: str) -> None:
        self.engine.bulk_load(path=path, format=RdfFormat.N_QUADS)

    def _update(self, operations: list[str]) -> None:
        if operations:
            with guarded("the store"):
                self.engine.update(" ;\n".join(operations))


def _copy(engine: Engine, folder: Path) -> None:
    """Writes what *engine* holds as a store of its own."""
    copy = Engine(str(folder))
    with tempfile.TemporaryFile() as file:
        engine.dump(file, RdfFormat.N_QUADS)
        file.seek(0)
        copy.bulk_load(file, RdfFormat.N_QUADS)
    copy.flush()


def _removals(shifts: Iterable[Shift]) -> list[str]:
    gone = [_block(shift.graph, shift.gone) for shift in shifts if shift.gone and shift.after]
    # Dropped, not emptied: the engine would go on listing an empty graph.
    dropped = [_drop(shift.graph) for shift in shifts if not shift.after]
    return [f"DELETE DATA {{ {' '.join(gone)} }}", *dropped] if gone else dropped


def _additions(shifts: Iterable[Shift]) -> list[str]:
    came = [_block(shift.graph, shift.came) for shift in shifts if shift.came]
    return [f"INSERT DATA {{ {' '.join(came)} }}"] if came else []


def _block(graph: str, statements: Iterable[Triple]) -> str:
    """The statements as a block of quads; those of the default graph stand by themselves."""
    return f"GRAPH <{graph}> {{ {_text(statements)} }}" if graph else f"{_text(statements)} ."


def _drop(graph: str) -> str:
    return f"DROP SILENT GRAPH <{graph}>" if graph else "CLEAR SILENT DEFAULT"


def _count(shifts: Iterable[Shift], part: Literal["gone", "came"]) -> int:
    return sum(len(getattr(shift, part)) for shift in shifts)


def _text(statements: Iterable[Triple]) -> str:
    return " . ".join([" ".join(statement) for statement in statements])


def _triple(line: str) -> Triple:
    subject, predicate, value = line[:-2].split(" ", 2)
    return subject, predicate, value


def _triple_of(quad: Quad) -> Triple:
    value = quad.object
    # The engine prints a triple term without the marks that N-Triples wants around it.
    text = f"<<( {value} )>>" if isinstance(value, TripleTerm) else str(value)
    return str(quad.subject), str(quad.predicate), text


def _graph_of(quad: Quad) -> str:
    name = quad.graph_name
    return "" if isinstance(name, DefaultGraph) else name.value


def _mark(path: Path, identity: str) -> int | None:
    """The number up to which the store in *path* is made from that journal; None where that is unknown."""
    try:
        mark = json.loads((path / _MARK).read_text(encoding="utf-8"))
        known = mark["journal"] == identity and (path / "live" / "CURRENT").is_file()
        return int(mark["applied"]) if known else None
    except (FileNotFoundError, ValueError, TypeError, KeyError):
        return None


def _write_mark(path: Path, identity: str, applied: int) -> None:
    write_safely(path / _MARK, json.dumps({"journal": identity, "applied": applied}))


def _start_anew(path: Path, identity: str) -> int:
    if (path / "live").exists():
        log.warning("the store in %s was not made from this journal; it is made anew", path)
        shutil.rmtree(path / "live")
    # A generation with the same number would be taken for one of this journal.
    (path / "current").unlink(missing_ok=True)
    (path / "live").mkdir()
    _write_mark(path, identity, 0)
    return 0
