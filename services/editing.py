"""Editing: who may change which graphs, and where statements go for which no graph is named."""

import re
from collections.abc import Iterable

from kg.errors import NotAllowed
from services.roles import Role

CURATED = "graph/curated/"
"""What the IRIs of the graphs that people write begin with, after the library's own base."""
SOURCES = "graph/src/"
"""What those of source records begin with: the next ingest of the source replaces them."""


def home(name: str, base_iri: str) -> str:
    """The graph of a person's own statements; name: that of the key."""
    return f"{base_iri}{CURATED}{name}"


def check_right(role: Role, graphs: Iterable[str], *, base_iri: str, is_sweeping: bool = False) -> None:
    """Raises NotAllowed where somebody with that role may not change one of the graphs.

    A cataloguer writes in curated graphs, a steward in all, and only an administrator empties all at once
    (is_sweeping). "" is the default graph.
    """
    if is_sweeping and role < Role.ADMINISTRATOR:
        raise NotAllowed(
            "only an administrator empties all graphs at once", hint="name the graphs one by one"
        )
    if role >= Role.STEWARD:
        return
    own = f"{base_iri}{CURATED}"
    for graph in graphs:
        if role < Role.CATALOGUER or not graph.startswith(own) or _climbs(graph):
            raise NotAllowed(
                f"a {role.word} may not change {f'the graph {graph!r}' if graph else 'the default graph'}",
                hint=f"leave out GRAPH, or write in graphs that begin with {own}",
            )


def _climbs(graph: str) -> bool:
    """Whether whoever resolves the IRI, as browsers do, comes to another one: …/graph/curated/../src/x."""
    steps = re.split("/|%2f", graph.lower().replace("%2e", "."))
    return "." in steps or ".." in steps


def check_undo(role: Role, name: str, who: str) -> None:
    """Raises NotAllowed where *name*, with that role, may not take back what *who* did."""
    if role < Role.STEWARD and not (role >= Role.CATALOGUER and name == who):
        raise NotAllowed(
            f"a {role.word} takes back changes of their own, and this one is by {who!r}", hint="ask a steward"
        )


def replaced_by_ingest(graphs: Iterable[str], *, base_iri: str) -> list[str]:
    """Those of the graphs whose edits do not last: the next ingest of their source replaces them."""
    return [graph for graph in graphs if graph.startswith(f"{base_iri}{SOURCES}")]
