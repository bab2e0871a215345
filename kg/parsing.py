"""RDF of others as statements fit for the store: no blank nodes, and literals as the store has them.

What parses here may fall over or grow without end, so it is done where that hurts nobody: in a worker of
the pool (the task "rdf"), or in a process of its own (ingest.statements).
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from xml.parsers import expat

from pyoxigraph import DefaultGraph, parse

from kg.errors import QueryRefused, QuerySyntax
from kg.formats import by_name
from kg.pool.place import Out, Place
from kg.sparql.update.templates import Names
from kg.stored import as_stored

REMOTE = (
    "its JSON-LD context is an address, and addresses are not fetched; put the context itself into the file"
)
DEPTH = 256
"""Elements of RDF/XML that may stand within each other."""
_PROLOG = 1 << 20
_ENTITY_OF_ENTITIES = re.compile(rb"""<!ENTITY\s+[^>]*["'][^"'>]*&(?!#|amp;|lt;|gt;|quot;|apos;)\w""")


def run(place: Place, head: Mapping[str, Any], body: bytes, out: Out) -> None:
    """Parses a file, in a worker. head: its "path", "format" and "base", and "nodes" as for `statements`.

    Gives N-Triples lines. Raises QuerySyntax with the place, QueryRefused where graphs are named.
    """
    out.begin({})
    try:
        for line in statements(
            Path(head["path"]),
            format=head["format"],
            base=head["base"],
            nodes=head["nodes"],
            takes_graphs=False,
        ):
            out.write(line.encode())
            out.rows += 1
    except SyntaxError as error:
        raise QuerySyntax(said(error), line=error.lineno or 0, column=error.offset or 0) from error
    except (ValueError, OSError) as error:
        raise QueryRefused(str(error)) from error


def statements(path: Path, *, format: str, base: str, nodes: str, takes_graphs: bool = True) -> Iterator[str]:
    """The statements of the file as N-Triples lines, repetitions included.

    format: a name of kg.formats. base: for relative IRIs. nodes: what the names of blank nodes begin with,
    which are numbered in the order of their appearance, so that the same file gives the same names (RDF 1.1
    Concepts, § 3.5). takes_graphs: whether statements of named graphs are taken like others. Raises
    SyntaxError, ValueError.
    """
    if format == "rdfxml":
        _check_xml(path)
    names = Names(nodes)
    for quad in parse(path=str(path), format=by_name(format).engine, base_iri=base):
        if not (takes_graphs or isinstance(quad.graph_name, DefaultGraph)):
            raise ValueError(f"it names graphs, such as {quad.graph_name}, and one graph is to be filled")
        line = f"{names.term(quad.subject)} {quad.predicate} {names.term(quad.object)} .\n"
        yield as_stored(line)


def said(error: SyntaxError) -> str:
    """What is wrong, for people; without the place."""
    return REMOTE if "LoadDocumentCallback" in error.msg else error.msg


def _check_xml(path: Path) -> None:
    """Raises SyntaxError for XML that is not whole, ValueError for bombs and for what nests too deep.

    The engine takes a file that breaks off for a whole one, and its time grows with the square of the depth.
    """
    with path.open("rb") as stream:
        if _ENTITY_OF_ENTITIES.search(stream.read(_PROLOG)):
            raise ValueError("its XML entities are made of other entities, which no RDF needs")
        stream.seek(0)
        depth = 0

        def begin(name: str, attributes: object) -> None:
            nonlocal depth
            depth += 1
            if depth > DEPTH:
                raise ValueError(f"its XML nests more than {DEPTH} elements within each other")

        def end(name: str) -> None:
            nonlocal depth
            depth -= 1

        parser = expat.ParserCreate()
        parser.StartElementHandler, parser.EndElementHandler = begin, end
        try:
            parser.ParseFile(stream)
        except expat.ExpatError as error:
            message = expat.ErrorString(error.code) or "not well-formed"
            raise SyntaxError(message, (path.name, error.lineno, error.offset + 1, None)) from error
