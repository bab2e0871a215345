"""Loading: an RDF file becomes one graph of the library, replaced whole when the file changes."""

import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from hashlib import blake2b
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from time import monotonic
from typing import BinaryIO

from ingest.opening import opened, plain_name
from ingest.report import Report
from ingest.sources.rdf import serialisation
from ingest.statements import sorted_lines
from kg.canonical import write
from kg.change import Bulk, BulkGraph, Change, Edit, Note
from kg.entries import Entry, entries
from kg.library import Library
from kg.terms import Triple

BULK_STATEMENTS = 200_000


def load(
    library: Library, path: Path, *, graph: str, base: str, note: Note, report: Report, format: str = ""
) -> Report:
    """Loads the RDF file at *path*, packed or not, into the graph with that IRI, and fills *report*.

    A graph that is there gets the file's content instead of its own; statements that are in both stay.
    format: a name of kg.formats, else told by the file. Raises SourceError where it does not parse.
    """
    began = monotonic()
    with _unpacked(path) as plain:
        report.format = format or _told(plain, plain_name(path))
        stamp = _stamp(plain, graph)
        report.read = 1
        if library.unchanged([stamp]):
            report.unchanged = 1
        else:
            with sorted_lines(plain, format=report.format, base=base, source=note.source) as lines:
                _write(library, lines, graph=graph, stamp=stamp, note=note, report=report)
    report.seconds = monotonic() - began
    return report


def _write(
    library: Library, lines: BinaryIO, *, graph: str, stamp: bytes, note: Note, report: Report
) -> None:
    there = library.current([graph]).get(graph)
    if there is not None and there.size:
        changes = [library.commit(note, [Edit(graph, "replace", list(_triples(lines)), stamp)])]
        report.changed = 1
    else:
        # The stamp comes with the last bulk: a load cut short is not taken for a whole one.
        changes = list(bulks(library, lines, graph=graph, note=note))
        library.restamp([(graph, stamp)])
        report.new = 1
    for change in filter(None, changes):
        report.changes.append(change.number)
        report.statements += change.added
        report.batch = change.note.batch


def bulks(library: Library, lines: Iterable[bytes], *, graph: str, note: Note) -> Iterator[Change]:
    """Brings sorted N-Triples lines into a new graph, in changes of about BULK_STATEMENTS statements each."""
    is_first = True
    for triples in _portions(lines):
        yield library.commit_bulk(note, _bulk(graph, triples, is_continued=not is_first))
        is_first = False


def _bulk(graph: str, triples: list[Triple], *, is_continued: bool) -> Bulk:
    nquads = write(graph, triples).encode()
    found: list[Entry] = entries(graph, triples)
    return Bulk(nquads, [BulkGraph(graph, 0, len(nquads), is_continued=is_continued)], len(triples), found)


def _portions(lines: Iterable[bytes]) -> Iterator[list[Triple]]:
    """Statements in lists of about BULK_STATEMENTS, all that is said of one thing together."""
    portion: list[Triple] = []
    for _, said in groupby(_triples(lines), key=itemgetter(0)):
        portion.extend(said)
        if len(portion) >= BULK_STATEMENTS:
            yield portion
            portion = []
    if portion:
        yield portion


def _triples(lines: Iterable[bytes]) -> Iterator[Triple]:
    for line in lines:
        subject, predicate, rest = line.decode().split(" ", 2)
        yield subject, predicate, rest[:-3]


@contextmanager
def _unpacked(path: Path) -> Iterator[Path]:
    """The file itself, or an unpacked copy of it for as long as it is needed."""
    with opened(path) as stream, tempfile.NamedTemporaryFile(suffix=f"-{plain_name(path)}") as copy:
        shutil.copyfileobj(stream, copy, 1 << 20)
        copy.flush()
        yield Path(copy.name)


def _told(plain: Path, name: str) -> str:
    with plain.open("rb") as stream:
        return serialisation(stream.read(65_536), name)


def _stamp(plain: Path, graph: str) -> bytes:
    hashed = blake2b(graph.encode() + b"\0", digest_size=16)
    with plain.open("rb") as stream:
        while block := stream.read(1 << 20):
            hashed.update(block)
    return hashed.digest()
