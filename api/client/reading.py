"""Answers of a SPARQL endpoint, read as they come: tables, yes or no, and graphs."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, cast

from pyoxigraph import QueryBoolean, QueryResultsFormat, QuerySolutions, RdfFormat, parse, parse_query_results

from api.client.errors import unreachable
from api.client.values import Term
from kg.errors import QueryError

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse

TABLES = {
    "application/sparql-results+json": QueryResultsFormat.JSON,
    "application/json": QueryResultsFormat.JSON,
    "application/sparql-results+xml": QueryResultsFormat.XML,
    "application/xml": QueryResultsFormat.XML,
    "text/tab-separated-values": QueryResultsFormat.TSV,
}
GRAPHS = {
    "application/n-triples": RdfFormat.N_TRIPLES,
    "text/turtle": RdfFormat.TURTLE,
    "application/rdf+xml": RdfFormat.RDF_XML,
    "application/ld+json": RdfFormat.JSON_LD,
    "application/n-quads": RdfFormat.N_QUADS,
    "application/trig": RdfFormat.TRIG,
}
ACCEPT = (
    "application/sparql-results+json, application/sparql-results+xml;q=0.8, "
    "application/n-triples;q=0.7, text/turtle;q=0.6, application/rdf+xml;q=0.5"
)

Row = tuple[Term | None, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of which only the head has been read. rows: to be taken once, in order."""

    columns: tuple[str, ...]
    rows: Iterator[Row]
    is_graph: bool = False
    said: bool | None = None


def read(reply: "BaseHTTPResponse", address: str) -> Answer:
    """The answer that a reply begins. Raises QueryError where it is none, or breaks off."""
    kind = reply.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    stream = cast(IO[bytes], _Stream(reply, address))
    try:
        if kind in GRAPHS:
            parts = parse(stream, format=GRAPHS[kind], base_iri=address)
            rows = ((quad.subject, quad.predicate, quad.object) for quad in parts)
            return Answer(("subject", "predicate", "object"), _checked(rows, address), is_graph=True)
        found = parse_query_results(stream, format=TABLES[kind])
    except KeyError as error:
        raise QueryError(f"{address} answered with {kind!r}, which is no answer to a query") from error
    except (SyntaxError, ValueError) as error:
        raise _unreadable(address, error) from error
    if isinstance(found, QueryBoolean):
        return Answer((), iter(()), said=bool(found))
    return Answer(tuple(name.value for name in found.variables), _checked(_table(found), address))


class _Stream:
    """The body of a reply as a file; it raises QueryError where the body ends too early."""

    def __init__(self, reply: "BaseHTTPResponse", address: str) -> None:
        self._reply, self._address = reply, address

    def read(self, size: int = -1) -> bytes:
        from urllib3.exceptions import HTTPError

        try:
            return self._reply.read(size if size > 0 else None, decode_content=True)
        except HTTPError as error:
            raise unreachable(self._address, error) from error


def _table(found: QuerySolutions) -> Iterator[Row]:
    for solution in found:
        yield tuple(solution)


def _checked(rows: Iterator[Row], address: str) -> Iterator[Row]:
    with closing(rows):  # type: ignore[type-var]  # Both are generators.
        try:
            yield from rows
        except (SyntaxError, ValueError) as error:
            raise _unreadable(address, error) from error


def _unreadable(address: str, error: Exception) -> QueryError:
    return QueryError(f"the answer of {address} cannot be read: {error}", hint="it may have been broken off")
