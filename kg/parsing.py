"""RDF of others as statements fit for the store: no blank nodes, and literals as the store has them.

What parses here may fall over or grow without end, so it is done where that hurts nobody: in a worker of
the pool (the task "rdf"), or in a process of its own (ingest.statements).
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pyoxigraph import DefaultGraph, parse

from kg.errors import QueryRefused, QuerySyntax
from kg.formats import by_name
from kg.pool.place import Out, Place
from kg.sparql.update.templates import Names
from kg.stored import as_stored

REMOTE = (
    "its JSON-LD context is an address, and addresses are not fetched; put the context itself into the file"
)
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
        _refuse_bomb(path)
    names = Names(nodes)
    for quad in parse(path=str(path), format=by_name(format).engine, base_iri=base):
        if not (takes_graphs or isinstance(quad.graph_name, DefaultGraph)):
            raise ValueError(f"it names graphs, such as {quad.graph_name}, and one graph is to be filled")
        line = f"{names.term(quad.subject)} {quad.predicate} {names.term(quad.object)} .\n"
        yield as_stored(line)


def said(error: SyntaxError) -> str:
    """What is wrong, for people; without the place."""
    return REMOTE if "LoadDocumentCallback" in error.msg else error.msg


def _refuse_bomb(path: Path) -> None:
    """Raises ValueError for an entity made of entities, by which a kilobyte of XML becomes gigabytes."""
    with path.open("rb") as stream:
        if _ENTITY_OF_ENTITIES.search(stream.read(_PROLOG)):
            raise ValueError("its XML entities are made of other entities, which no RDF needs")
