"""Moving columns forward: those of a later generation made from an earlier one's and from what changed.

The outcome is what kg.columns.build makes, but that terms which nothing says any more keep their numbers.
Run as a process of its own, with what changed as lines of "+" or "-" and a statement on its standard input:

    python -m kg.columns.forward EARLIER LATER MARK
"""

import sys
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, RdfFormat, Store, parse

from kg.columns.build import figures, made_aside, write_meta
from kg.columns.index import Index, Longs
from kg.columns.order import Class, key, kind, language, number

_PIECE = 1 << 20

Told: TypeAlias = Callable[[bytes, bytes], float]
"""What is known of a term, by its key and its text."""
Row: TypeAlias = tuple[str, str, str, str]
"""A statement's terms; the graph is "" for the default graph."""


class Lost(ValueError):
    """What changed does not fit the columns: they have to be made anew."""


@dataclass(slots=True)
class Changed:
    """What changed in all, between two generations."""

    came: set[Row] = field(default_factory=set)
    gone: set[Row] = field(default_factory=set)

    def take(self, row: Row, *, is_gone: bool) -> None:
        """Counts one more change in; what comes and goes again is none."""
        one, other = (self.came, self.gone) if is_gone else (self.gone, self.came)
        if row in one:
            one.remove(row)
        else:
            other.add(row)


def forward(folder: Path, engine: Store, target: Path, changed: Changed) -> None:
    """Makes columns in *target* from those in *folder*; engine: the later generation. Raises Lost."""
    index = Index(folder)
    came = sorted(_as_stored(engine, row) for row in changed.came)
    target.mkdir(parents=True)
    terms = _Terms(index, {term for row in came for term in row if term})
    terms.write(folder, target)
    predicates = _rows(index, target, terms, came, changed.gone)
    starts = [0, *np.cumsum([count for _, _, count in predicates], dtype=np.int64).tolist()]
    write_meta(
        target,
        {
            **index.meta,
            "moves": index.meta.get("moves", 0) + 1,
            "statements": starts[-1],
            "terms": terms.count,
            "classes": terms.classes,
            "languages": terms.languages,
            "predicates": [
                {"term": term, "number": each, "start": start, **told}
                for (term, each, _), start, told in zip(
                    predicates, starts, figures(target, starts), strict=False
                )
            ],
        },
    )


class _Terms:
    """The terms of the earlier columns with new ones between them."""

    def __init__(self, index: Index, wanted: Iterable[str]) -> None:
        self._index = index
        new = sorted((key(term.encode()), term.encode()) for term in wanted if index.number(term) is None)
        self._keys = [each for each, _ in new]
        self._new = [term for _, term in new]
        self._places = np.array([index.place(term.decode()) for term in self._new], np.int64)
        self._numbers = {
            term.decode(): int(place) + before
            for before, (term, place) in enumerate(zip(self._new, self._places, strict=True))
        }
        self.count = index.terms + len(new)
        self.languages: list[str] = list(index.meta["languages"])
        self.classes = [
            int(bound) + bisect_left(self._keys, bytes([group])) for group, bound in enumerate(index.classes)
        ]

    def number(self, term: str) -> int:
        """The number of a term now; raises Lost where there is none."""
        if term in self._numbers:
            return self._numbers[term]
        old = self._index.number(term)
        if old is None:
            raise Lost(f"{term} is not known")
        return int(self.moved(np.array([old]))[0])

    def moved(self, numbers: NDArray[Any]) -> Longs:
        """The numbers that terms have now; -1 stays."""
        made: Longs = numbers + np.searchsorted(self._places, numbers, side="right")
        return made

    def write(self, folder: Path, target: Path) -> None:
        """Writes the terms and what is known of them."""
        offsets = np.fromfile(folder / "offsets", np.int64)
        lengths = np.insert(np.diff(offsets), self._places, [len(term) for term in self._new])
        np.concatenate(([0], np.cumsum(lengths))).astype(np.int64).tofile(target / "offsets")
        with open(folder / "terms", "rb") as source, open(target / "terms", "wb") as file:
            for place, term in zip(offsets[self._places].tolist(), self._new, strict=True):
                _copy(source, file, place)
                file.write(term)
            _copy(source, file, int(offsets[-1]))
        tags = {tag: each for each, tag in enumerate(self.languages)}
        self._insert(folder, target, "values", np.float64, Class.NUMBER, lambda sort, _: number(sort))
        self._insert(folder, target, "kinds", np.uint8, Class.NUMBER, lambda _, term: kind(term))
        self._insert(
            folder, target, "languages", np.uint16, Class.TEXT,
            lambda _, term: tags.setdefault(language(term), len(tags)),
        )  # fmt: skip
        self.languages = list(tags)

    def _insert(
        self, folder: Path, target: Path, name: str, form: type[Any], group: Class, told: Told
    ) -> None:
        """Writes what is known of the terms of one class, the new ones among them."""
        first, end = (bisect_left(self._keys, bytes([each])) for each in (group, group + 1))
        added = [told(self._keys[each], self._new[each]) for each in range(first, end)]
        places = self._places[first:end] - self._index.classes[group]
        np.insert(np.fromfile(folder / name, form), places, added).astype(form).tofile(target / name)


def _rows(
    index: Index, target: Path, terms: _Terms, came: Sequence[Row], gone: Iterable[Row]
) -> list[tuple[str, int, int]]:
    """Writes the statements; gives the predicates with their numbers and how many statements each has."""
    added, removed = _by_predicate(came), _by_predicate(gone)
    known = {each["term"]: each["number"] for each in index.meta["predicates"]}
    listed = sorted((terms.number(term), term) for term in {*known, *added, *removed})
    made = []
    with open(target / "s", "wb") as s, open(target / "o", "wb") as o, open(target / "g", "wb") as g:
        for each, term in listed:
            columns = _moved(index, terms, term, added.get(term, []), removed.get(term, []))
            for column, file in zip(columns, (s, o, g), strict=True):
                column.astype(np.int32).tofile(file)
            if len(columns[0]):
                made.append((term, each, len(columns[0])))
    return made


def _moved(
    index: Index, terms: _Terms, predicate: str, added: Sequence[Row], removed: Sequence[Row]
) -> list[Longs]:
    """The statements of one predicate as they are now, by subject."""
    found = index.statements(predicate)
    columns = [terms.moved(column) for column in (found.s, found.o, found.g)]
    if removed:
        keep = np.ones(len(found), np.bool_)
        for row in removed:
            keep[_place(columns, keep, _numbers(terms, row))] = False
        columns = [column[keep] for column in columns]
    if added:
        new = np.array([_numbers(terms, row) for row in added], np.int64).T
        columns = [np.concatenate(pair) for pair in zip(columns, new, strict=True)]
        order = np.argsort(columns[0], kind="stable")
        columns = [column[order] for column in columns]
    return columns


def _place(columns: Sequence[Longs], keep: NDArray[np.bool_], row: tuple[int, int, int]) -> int:
    """Where a statement stands; raises Lost where it does not."""
    s, o, g = columns
    start, end = np.searchsorted(s, row[0]), np.searchsorted(s, row[0], side="right")
    same = (o[start:end] == row[1]) & (g[start:end] == row[2]) & keep[start:end]
    if np.count_nonzero(same) != 1:
        raise Lost("a statement that went was not there")
    return int(start) + int(np.argmax(same))


def _numbers(terms: _Terms, row: Row) -> tuple[int, int, int]:
    subject, _, value, graph = row
    return terms.number(subject), terms.number(value), terms.number(graph) if graph else -1


def _by_predicate(rows: Iterable[Row]) -> dict[str, list[Row]]:
    made: dict[str, list[Row]] = {}
    for row in rows:
        made.setdefault(row[1], []).append(row)
    return made


def _as_stored(engine: Store, row: Row) -> Row:
    """The statement as the engine gives it back; raises Lost where it has none."""
    subject, predicate, value, graph = row
    (wanted,) = parse(f"{subject} {predicate} {value} {graph} .", format=RdfFormat.N_QUADS)
    for quad in engine.quads_for_pattern(wanted.subject, wanted.predicate, wanted.object, wanted.graph_name):
        return row_of(quad)
    raise Lost("a statement that came is not there")


def row_of(quad: Quad) -> Row:
    """The terms of a quad as N-Triples text."""
    graph = "" if isinstance(quad.graph_name, DefaultGraph) else str(quad.graph_name)
    if not isinstance(quad.object, NamedNode | Literal):
        raise Lost("a statement is about a statement")
    return str(quad.subject), str(quad.predicate), str(quad.object), graph


def read(lines: Iterable[bytes]) -> Changed:
    """What changed, from lines of a sign and a statement in N-Quads."""
    made = Changed()
    for line in lines:
        for quad in parse(line[1:], format=RdfFormat.N_QUADS):
            made.take(row_of(quad), is_gone=line.startswith(b"-"))
    return made


def _copy(source: IO[bytes], file: IO[bytes], end: int) -> None:
    """Copies what comes before the byte *end*."""
    while piece := source.read(min(_PIECE, end - source.tell())):
        file.write(piece)


def main() -> None:
    """Makes the columns of the later generation where they are looked for."""
    earlier, later = map(Path, sys.argv[1:3])
    with made_aside(later, sys.argv[3]) as draft:
        forward(earlier, Store.read_only(str(later)), draft, read(sys.stdin.buffer))


if __name__ == "__main__":
    main()
