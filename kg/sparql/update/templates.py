"""Templates: the engine itself puts solutions into the quads of DELETE and INSERT, in a store of its own.

So blank nodes are fresh for each solution, and what would be no RDF is left out, just as the standard wants
(SPARQL 1.1 Update, § 3.1.3), without a second grammar of quads.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeAlias

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, Store
from pyoxigraph import Triple as TripleTerm

from kg.terms import Triple
from ontology.namespaces import PREFIXES

Term: TypeAlias = NamedNode | BlankNode | Literal | TripleTerm
Solution: TypeAlias = Sequence[Term | None]
Filled: TypeAlias = dict[str, set[Triple]]
"""Statements by graph; "" is that of quads without GRAPH."""

AT_ONCE = 2_000
"""Solutions that are filled in together."""


class Names:
    """IRIs for blank nodes, which a change cannot hold (RDF 1.1 Concepts, § 3.5). prefix: theirs."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._known: dict[str, str] = {}

    def term(self, term: Term) -> str:
        """*term* as N-Triples text, without blank nodes."""
        if isinstance(term, BlankNode):
            return self._known.setdefault(term.value, f"<{self._prefix}{len(self._known) + 1}>")
        if isinstance(term, TripleTerm):
            inner = (self.term(part) for part in (term.subject, term.predicate, term.object))
            return f"<<( {' '.join(inner)} )>>"
        return str(term)

    def quads(self, quads: Iterable[Quad]) -> Filled:
        """The statements of *quads* by graph."""
        filled: Filled = {}
        for quad in quads:
            name = "" if isinstance(quad.graph_name, DefaultGraph) else quad.graph_name.value
            statement = (self.term(quad.subject), str(quad.predicate), self.term(quad.object))
            filled.setdefault(name, set()).add(statement)
        return filled


def data(block: str, prologue: str, base_iri: str, names: Names) -> Filled:
    """The quads of INSERT DATA or DELETE DATA."""
    engine = Store()
    engine.update(f"{prologue}INSERT DATA {{{block}\n}}", base_iri=base_iri, prefixes=PREFIXES)
    return names.quads(engine)


def fill(template: str, prologue: str, values: str, *, base_iri: str, names: Names) -> Filled:
    """The quads of a template for the solutions in *values*, a VALUES clause.

    prologue: what stands before INSERT, a WITH included.
    """
    engine = Store()
    text = f"{prologue} INSERT {{{template}\n}} WHERE {{ {values} }}"
    engine.update(text, base_iri=base_iri, prefixes=PREFIXES)
    return names.quads(engine)


def values(variables: Sequence[str], solutions: Iterable[Solution], names: Names) -> Iterator[str]:
    """VALUES clauses that hold the solutions, some in each. variables: those of a solution, in order."""
    head, rest = " ".join(variables), iter(solutions)
    while some := list(islice(rest, AT_ONCE)):
        rows = "\n".join(f"({' '.join(_value(term, names) for term in row)})" for row in some)
        yield f"VALUES ({head}) {{ {rows} }}"


def _value(term: Term | None, names: Names) -> str:
    return "UNDEF" if term is None else names.term(term)
