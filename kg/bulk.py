"""The check that a bulk is what it promises to be, before it is loaded without a second look."""

import re

from kg.canonical import ending
from kg.change import Bulk

# N-Quads end their lines with a line feed and nothing else, and write it as \n inside literals.
_BLANK_OBJECT = re.compile(rb"^<[^>]*> <[^>]*> _:", re.MULTILINE)


def check_bulk(bulk: Bulk) -> None:
    """Raises ValueError where bytes and graphs do not fit together, or where there are blank nodes.

    Whether the bytes are N-Quads at all the engine finds out while it loads.
    """
    nquads, end = bulk.nquads, 0
    if len({graph.graph for graph in bulk.graphs}) < len(bulk.graphs):
        raise ValueError("a graph comes twice in one bulk")
    for graph in bulk.graphs:
        start, end = end, end + graph.length
        if graph.start != start or not nquads.endswith(f"{ending(graph.graph)}\n".encode(), start, end):
            raise ValueError(f"the bytes {start} to {end} of the bulk are not those of graph {graph.graph!r}")
    if end != len(nquads):
        raise ValueError(f"the graphs of the bulk end at byte {end}, its bytes at {len(nquads)}")
    lines = nquads.count(b"\n")
    if lines != bulk.statements:
        raise ValueError(f"the bulk has {lines} lines for {bulk.statements} statements")
    if _has_blank_nodes(nquads):
        raise ValueError("the bulk has blank nodes; name them first")


def _has_blank_nodes(nquads: bytes) -> bool:
    """Whether a subject or object is a blank node. The quick looks hardly ever find anything."""
    if b"_:" not in nquads:
        return False
    if nquads.startswith(b"_:") or b"\n_:" in nquads:
        return True
    return b"> _:" in nquads and _BLANK_OBJECT.search(nquads) is not None
