"""Writing statements in the formats of kg.formats, tidily: with those prefixes only that occur."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import chain, islice
from typing import IO, TypeAlias, cast

from pyoxigraph import NamedNode, Quad, RdfFormat, Triple, parse, serialize

from kg.context import Context
from kg.description import Description
from kg.errors import QueryRefused
from kg.formats import Format
from kg.jsonld import document
from kg.rdfxml import rdf_xml
from ontology.namespaces import PREFIXES

Statement: TypeAlias = Triple | Quad

_TIDY = 5_000
"""Statements up to which a document is made at one stroke, with those prefixes only that occur."""


def write(statements: Iterable[Statement], form: Format) -> bytes:
    """*statements* as a document. A format without graphs loses the graphs of quads.

    Raises QueryRefused where the format cannot say what they say.
    """
    kept = list(statements) if form.has_graphs else list(_triples(statements))
    if form.engine == RdfFormat.RDF_XML:
        return rdf_xml(_triples(kept), PREFIXES)
    with _speaking(form):
        # Quads or triples, as they come: the engine takes either.
        written = serialize(cast(Iterable[Quad], kept), format=form.engine, prefixes=_used(kept))
    return cast(bytes, written)  # Bytes, since no file was given to write to.


def stream(statements: Iterable[Triple], form: Format, *, to: Callable[[bytes], object]) -> None:
    """Gives *statements*, each of which comes once, as a document to *to*, piece by piece.

    A long document is not held in memory, but for RDF/XML; its prefixes are those of its beginning. What
    *statements* raises ends the document before its end. Raises QueryRefused like write.
    """
    coming = iter(statements)
    first = list(islice(coming, _TIDY))
    if len(first) < _TIDY or form.engine == RdfFormat.RDF_XML:
        to(write(chain(first, coming), form))
        return
    file = cast(IO[bytes], _Pieces(to))  # The engine calls write() and nothing else.
    with _speaking(form):
        serialize(chain(first, coming), file, form.engine, prefixes=_used(first))


def write_description(
    described: Description, form: Format, context: Context, *, is_inline: bool = False
) -> bytes:
    """The document about a thing; is_inline: with the JSON-LD context inside.

    Formats with graphs say which graph makes each statement; JSON-LD, which people read, does not.
    """
    if form.engine == RdfFormat.JSON_LD:
        return document(described, context, is_inline=is_inline)
    if form.has_graphs:
        quads = (" ".join((*triple, f"<{graph}> ." if graph else ".")) for triple, graph in described.quads())
        return write(_parsed(quads, RdfFormat.N_QUADS), form)
    triples = [f"{' '.join(triple)} .\n" for triple in described.triples()]
    if form.engine == RdfFormat.N_TRIPLES:
        return "".join(triples).encode()
    return write(_parsed(triples, RdfFormat.N_QUADS), form)


class _Pieces:
    """A file that hands on what is written to it."""

    def __init__(self, to: Callable[[bytes], object]) -> None:
        self._to = to

    def write(self, piece: bytes) -> int:
        self._to(piece)
        return len(piece)

    def flush(self) -> None:
        """Nothing to do: all was handed on."""


@contextmanager
def _speaking(form: Format) -> Iterator[None]:
    """What the engine says of statements that it cannot write comes out as QueryRefused."""
    try:
        yield
    except (ValueError, OSError) as error:  # The engine says so with either.
        raise QueryRefused(
            f"{form.name} cannot write this: {error}", hint="ask for Turtle or TriG"
        ) from error


def _parsed(lines: Iterable[str], form: RdfFormat) -> Iterable[Quad]:
    return cast(Iterable[Quad], parse("\n".join(lines).encode(), format=form))


def _triples(statements: Iterable[Statement]) -> dict[Triple, None]:
    """The statements without their graphs, each once, in order."""
    return dict.fromkeys(each.triple if isinstance(each, Quad) else each for each in statements)


def _used(statements: Iterable[Statement]) -> dict[str, str]:
    """The prefixes whose namespace occurs."""
    terms = (term for each in statements for term in (each.predicate, each.object))
    iris = {term.value for term in terms if isinstance(term, NamedNode)}
    return {prefix: space for prefix, space in PREFIXES.items() if any(iri.startswith(space) for iri in iris)}
