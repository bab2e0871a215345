"""What is said about a thing: each statement once, with the graphs that make it, best first, and bounded."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from kg.reading import Reading

SCAN = 400
"""Statements of a thing, counted once a graph, up to which they are simply read; above, the engine counts."""
SOURCES = 20
"""Graphs listed for one statement."""
RANKS = ("curated", "authority", "source", "machine")
"""Who says so, in the order of trust."""

_FAMILY = re.compile(r"/graph/(curated|auth|src|enrich|inferred|identity)(?:/|$)")
_RANK_OF = {
    "curated": "curated", "auth": "authority", "src": "source", "enrich": "machine", "inferred": "machine",
    "identity": "machine",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Statement:
    """A property's value with the graphs that state it, best first, at most SOURCES; count: how many do."""

    term: str
    graphs: tuple[str, ...]
    count: int

    @property
    def rank(self) -> str:
        """The rank of the best of its graphs."""
        return rank(self.graphs[0]) if self.graphs else "source"


@dataclass(frozen=True, slots=True)
class Property:
    """All that is said about a thing by one property; total may exceed the number of statements read."""

    iri: str
    statements: tuple[Statement, ...]
    total: int


def rank(graph: str) -> str:
    """Who speaks in *graph*: one of RANKS, by the family its IRI names."""
    found = _FAMILY.search(graph)
    return _RANK_OF[found[1]] if found else "source"


def is_fragment(term: str, owner: str) -> bool:
    """Whether *term* is a sub-node of the thing *owner*: {owner}#..."""
    return term.startswith(f"<{owner}#")


def properties(reading: Reading, iri: str, *, values: int = 200) -> list[Property]:
    """The properties of *iri* with their distinct values, best said first.

    A publisher is named again in each of 100,000 records; so above SCAN rows the engine counts and
    groups (0.3 µs a row instead of 5), and only the *values* most often stated of a property are kept.
    """
    rows = reading.about(iri, limit=SCAN + 1)
    if len(rows) > SCAN:
        return _often_said(reading, iri, values)
    told: dict[str, dict[str, list[str]]] = {}
    for predicate, term, graph in rows:
        told.setdefault(predicate, {}).setdefault(term, []).append(graph)
    return [
        Property(predicate, tuple(_ordered(_statement(*said) for said in terms.items())), len(terms))
        for predicate, terms in told.items()
    ]


def _statement(term: str, graphs: list[str]) -> Statement:
    best = sorted(graphs, key=lambda graph: (RANKS.index(rank(graph)), graph))
    return Statement(term, tuple(best[:SOURCES]), len(graphs))


def _ordered(statements: Iterable[Statement]) -> list[Statement]:
    return sorted(statements, key=lambda said: (RANKS.index(said.rank), -said.count, said.term))


def _often_said(reading: Reading, iri: str, values: int) -> list[Property]:
    """The properties of a thing that very many statements are about."""
    query = (
        f"SELECT ?p ?o (COUNT(*) AS ?n) {{ GRAPH ?g {{ <{iri}> ?p ?o }} }} GROUP BY ?p ?o LIMIT {SCAN + 1}"
    )
    rows = list(reading.select(query))
    if len(rows) > SCAN:
        return [
            _counted(reading, iri, predicate, total, values) for predicate, total in _totals(reading, iri)
        ]
    told: dict[str, list[Statement]] = {}
    for predicate, term, count in rows:
        said = _sampled(reading, iri, predicate[1:-1], term, _number(count))
        told.setdefault(predicate[1:-1], []).append(said)
    return [
        Property(predicate, tuple(_ordered(said)[:values]), len(said)) for predicate, said in told.items()
    ]


def _sampled(reading: Reading, iri: str, predicate: str, term: str, count: int) -> Statement:
    """A statement that *count* graphs make, with some of them."""
    found = _statement(term, reading.graphs(iri, predicate, term, limit=SOURCES))
    return Statement(term, found.graphs, count)


def _totals(reading: Reading, iri: str) -> list[tuple[str, int]]:
    rows = reading.select(f"SELECT ?p (COUNT(DISTINCT ?o) AS ?n) {{ <{iri}> ?p ?o }} GROUP BY ?p")
    return [(predicate[1:-1], _number(count)) for predicate, count in rows]


def _counted(reading: Reading, iri: str, predicate: str, total: int, values: int) -> Property:
    """One property of a thing with very many values."""
    rows = reading.select(
        f"SELECT ?o (COUNT(*) AS ?n) {{ GRAPH ?g {{ <{iri}> <{predicate}> ?o }} }} "
        f"GROUP BY ?o ORDER BY DESC(?n) LIMIT {values}"
    )
    said = [_sampled(reading, iri, predicate, term, _number(count)) for term, count in rows]
    return Property(predicate, tuple(_ordered(said)), total)


def _number(term: str) -> int:
    """The number in a literal that the engine counted: "12"^^<...integer>."""
    return int(term[1 : term.index('"', 1)])
