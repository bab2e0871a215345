"""A thing as data: its statements, those of its sub-nodes, and what the things it links to are called."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from kg.labels import kind_of, naming
from kg.layout import place
from kg.reading import Reading, is_valid
from kg.statements import Property, is_fragment, properties
from kg.terms import Triple, is_iri, value_of
from ontology.namespaces import expand

VALUES = 10_000
"""Distinct values of one property that a description holds."""

_TYPE = expand("rdf:type")
_RECORD = 200


@dataclass(frozen=True, slots=True)
class Said:
    """A statement with graphs that make it, best first, at most kg.statements.SOURCES."""

    triple: Triple
    graphs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Description:
    """What a document about a thing says, in the order to write it.

    own: about the thing and its sub-nodes. names: of the things they link to. records: about the source
    records the statements come from, where asked for. is_whole: False where a property had more than
    VALUES values or a statement more graphs than are listed.
    """

    iri: str
    own: tuple[Said, ...]
    names: tuple[Said, ...] = ()
    records: tuple[Said, ...] = ()
    is_whole: bool = True

    def triples(self) -> list[Triple]:
        """Each statement once, whoever makes it."""
        return list(dict.fromkeys(said.triple for said in (*self.own, *self.names, *self.records)))

    def quads(self) -> Iterator[tuple[Triple, str]]:
        """Each statement with each graph that makes it."""
        for said in (*self.own, *self.names, *self.records):
            for graph in said.graphs or ("",):
                yield said.triple, graph


def statements_about(reading: Reading, iri: str, *, with_records: bool = False) -> Description | None:
    """The description of a thing; None where nothing is said about it."""
    told = properties(reading, iri, values=VALUES) if is_valid(iri) else []
    if not told:
        return None
    own = list(_said(iri, told))
    is_whole = _is_whole(told)
    for fragment in _linked(own, lambda term: is_fragment(term, iri)):
        parts = properties(reading, fragment, values=VALUES)
        own += _said(fragment, parts)
        is_whole = is_whole and _is_whole(parts)
    others = _linked(own, lambda term: is_iri(term) and not is_fragment(term, iri) and term != f"<{iri}>")
    names = [said for other in others for said in _names(reading, other)]
    records = _records(reading, own) if with_records else []
    return Description(iri, tuple(own), tuple(names), tuple(records), is_whole)


def _said(iri: str, told: Iterable[Property]) -> Iterator[Said]:
    """The statements of a thing, its types first, then in the order of a page."""
    for each in sorted(told, key=lambda each: (each.iri != _TYPE, place(each.iri))):
        for statement in sorted(each.statements, key=lambda statement: statement.term):
            yield Said((f"<{iri}>", f"<{each.iri}>", statement.term), statement.graphs)


def _is_whole(told: Iterable[Property]) -> bool:
    return all(
        len(each.statements) == each.total and all(len(said.graphs) == said.count for said in each.statements)
        for each in told
    )


def _linked(statements: Iterable[Said], is_wanted: Callable[[str], bool]) -> list[str]:
    """The IRIs of things that the statements link to, each once."""
    objects = (said.triple[2] for said in statements if said.triple[1] != f"<{_TYPE}>")
    return list(dict.fromkeys(value_of(term) for term in objects if is_wanted(term)))


def _names(reading: Reading, iri: str) -> list[Said]:
    """What a linked thing is called, in every language: by the first property that names it."""
    for predicate in naming(kind_of(iri)):
        if found := reading.said(iri, predicate):
            return [
                Said((f"<{iri}>", f"<{predicate}>", term), graphs) for term, graphs in sorted(found.items())
            ]
    return []


def _records(reading: Reading, own: Iterable[Said]) -> list[Said]:
    """What is said about the source records that *own* comes from."""
    graphs = dict.fromkeys(graph for said in own for graph in said.graphs)
    return [
        Said((f"<{graph}>", f"<{predicate}>", term), (said_in,))
        for graph in sorted(graphs)
        for predicate, term, said_in in sorted(reading.about(graph, limit=_RECORD))
    ]
