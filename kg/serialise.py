"""Writing statements in the formats of kg.formats, tidily: with those prefixes only that occur."""

from collections.abc import Iterable
from typing import TypeAlias, cast

from pyoxigraph import NamedNode, Quad, RdfFormat, Triple, parse, serialize

from kg.context import Context
from kg.description import Description
from kg.errors import QueryRefused
from kg.formats import Format
from kg.jsonld import document
from kg.rdfxml import rdf_xml
from ontology.namespaces import PREFIXES

Statement: TypeAlias = Triple | Quad


def write(statements: Iterable[Statement], form: Format) -> bytes:
    """*statements* as a document. A format without graphs loses the graphs of quads.

    Raises QueryRefused where the format cannot say what they say.
    """
    kept = list(statements) if form.has_graphs else list(_triples(statements))
    if form.engine == RdfFormat.RDF_XML:
        return rdf_xml(_triples(kept), PREFIXES)
    try:
        # Quads or triples, as they come: the engine takes either.
        written = serialize(cast(Iterable[Quad], kept), format=form.engine, prefixes=_used(kept))
    except (ValueError, OSError) as error:  # The engine says so with either.
        raise QueryRefused(
            f"{form.name} cannot write this: {error}", hint="ask for Turtle or TriG"
        ) from error
    return cast(bytes, written)  # Bytes, since no file was given to write to.


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
