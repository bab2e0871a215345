"""The content of a graph, written out by a worker: all that it holds, in a format of kg.formats."""

from typing import Any

from pyoxigraph import DefaultGraph, NamedNode

from kg.formats import by_name
from kg.pool.place import Out, Place


def run(place: Place, head: dict[str, Any], body: bytes, out: Out) -> None:
    """Writes a graph, in a worker. head: its "graph", None for all of them, "" for the default one; "format".

    Raises QueryRefused where the format cannot say what the graph says.
    """
    from kg.serialise import stream

    graph = head["graph"]
    name = None if graph is None else NamedNode(graph) if graph else DefaultGraph()
    out.begin({})
    quads = place.engine.quads_for_pattern(None, None, None, name)
    stream((quad.triple for quad in quads), by_name(head["format"]), to=out.write)
