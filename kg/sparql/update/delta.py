"""A delta: what an update takes out of graphs and puts into them, net. Text only; it knows no store.

Applied to a library it gives (what the graph holds, or nothing if it was cleared) minus *gone* plus *came*.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from kg.canonical import digest
from kg.change import Edit
from kg.errors import QueryRefused
from kg.terms import Triple

MOST = 250_000
"""Statements that one update may move."""
_CLEARED, _NAMED, _GONE, _CAME = "C", "G", "-", "+"


@dataclass(slots=True)
class GraphDelta:
    """What happens to one graph. is_cleared: it is emptied first. gone and came have nothing in common."""

    is_cleared: bool = False
    gone: set[Triple] = field(default_factory=set)
    came: set[Triple] = field(default_factory=set)


class Delta:
    """What happens to each graph, by its IRI; "" is the default graph. most: statements that it may hold."""

    def __init__(self, most: int = MOST) -> None:
        self.graphs: dict[str, GraphDelta] = {}
        self._most, self._size = most, 0

    def __bool__(self) -> bool:
        return any(graph.is_cleared or graph.gone or graph.came for graph in self.graphs.values())

    def graph(self, iri: str) -> GraphDelta:
        """What happens to that graph, to be added to."""
        return self.graphs.setdefault(iri, GraphDelta())

    def clear(self, iri: str) -> None:
        """Empties a graph."""
        self.graphs[iri] = GraphDelta(is_cleared=True)

    def remove(self, iri: str, statements: Iterable[Triple]) -> None:
        """Takes statements out of a graph."""
        graph, gone = self.graph(iri), set(statements)
        self._count(len(gone))
        graph.came -= gone
        if not graph.is_cleared:
            graph.gone |= gone

    def add(self, iri: str, statements: Iterable[Triple]) -> None:
        """Puts statements into a graph."""
        graph, came = self.graph(iri), set(statements)
        self._count(len(came))
        graph.gone -= came
        graph.came |= came

    def follow(self, later: "Delta") -> None:
        """Makes this what it and then *later* come to."""
        for iri, graph in later.graphs.items():
            if graph.is_cleared:
                self.clear(iri)
            self.remove(iri, graph.gone)
            self.add(iri, graph.came)

    def edits(self) -> list[Edit]:
        """The edits that make it so."""
        return [edit for iri in sorted(self.graphs) for edit in _edits(iri, self.graphs[iri])]

    def subjects(self) -> set[str]:
        """The terms about which something is said that was not, or no more; not those of cleared graphs."""
        return {
            statement[0]
            for graph in self.graphs.values()
            for part in (graph.gone, graph.came)
            for statement in part
        }

    def lines(self) -> Iterator[bytes]:
        """The delta as lines, for `read` in another process."""
        for iri, graph in self.graphs.items():
            yield f"{_CLEARED if graph.is_cleared else _NAMED}{iri}\n".encode()
            for mark, part in ((_GONE, graph.gone), (_CAME, graph.came)):
                for subject, predicate, value in part:
                    yield f"{mark}{subject} {predicate} {value}\n".encode()

    def _count(self, more: int) -> None:
        self._size += more
        if self._size > self._most:
            raise QueryRefused(
                f"the update moves more than {self._most:,} statements",
                hint="make it in several requests, or load a file with PUT to /graphs or `wenyuan load`",
            )


def read(lines: Iterable[bytes], *, most: int = MOST) -> Delta:
    """The delta that `Delta.lines` wrote. Raises ValueError for what it did not write."""
    delta, graph = Delta(most), GraphDelta()
    for line in lines:
        mark, rest = chr(line[0]), line[1:].decode().removesuffix("\n")
        if mark in (_CLEARED, _NAMED):
            graph = delta.graphs.setdefault(rest, GraphDelta(is_cleared=mark == _CLEARED))
            continue
        subject, predicate, value = rest.split(" ", 2)
        (graph.gone if mark == _GONE else graph.came).add((subject, predicate, value))
    return delta


def _edits(iri: str, graph: GraphDelta) -> Iterator[Edit]:
    if graph.is_cleared:
        # With its digest, the library sees without reading the graph where it has that content already.
        yield Edit(iri, "replace", sorted(graph.came), digest=digest(graph.came))
        return
    if graph.gone:
        yield Edit(iri, "remove", sorted(graph.gone))
    if graph.came:
        yield Edit(iri, "add", sorted(graph.came))
