"""History: who changed what is said about a thing, and what differs between two numbers. Reads only."""

from collections.abc import Iterator

from kg.change import Change
from kg.contents import Shift
from kg.journal import Journal
from kg.store import Store
from kg.terms import Triple


def of(iri: str, journal: Journal, store: Store, *, before: int | None, limit: int) -> list[Change]:
    """The changes that altered what is said about *iri* or its sub-nodes (`{iri}#…`), newest first.

    Exact: a change is listed where some statement came or went. Candidates are the changes of all graphs
    that describe the thing now (the store knows) or once did (the journal notes each such loss).
    """
    graphs = {graph.number for graph in journal.known(store.graphs_about(iri)).values()}
    graphs.update(journal.departed(iri))
    found: list[Change] = []
    for number, touched in journal.touching(graphs, before=before or journal.last + 1):
        if len(found) == limit:
            break
        if any(_altered(iri, journal, graph, number) for graph in touched):
            found.append(journal.change(number))
    return found


def diff(first: int, last: int, journal: Journal) -> Iterator[tuple[str, list[Triple], list[Triple]]]:
    """Graph by graph, what is gone and what has come from change *first* to change *last*.

    Backwards, where *first* is the later one. Raises NotFound.
    """
    for number in (first, last):
        if number:
            journal.change(number)
    contents = journal.contents
    for graph, iri in contents.touched(min(first, last), max(first, last)):
        if shift := Shift.between(iri, contents.after(graph, first), contents.after(graph, last)):
            yield iri, shift.gone, shift.came


def discrepancies(journal: Journal, store: Store) -> Iterator[str]:
    """Graphs in which the store is not as the journal says, in words."""
    known = {}
    for number, iri in journal.contents.touched(0, journal.last):
        known[iri] = number
        if store.graph(iri) != sorted(journal.contents.after(number, journal.last)):
            yield f"graph {iri!r} in the store is not as the journal has it"
    for name in filter(store.is_filled, ("", *store.graphs())):
        if name not in known:
            yield f"graph {name!r} is in the store and not in the journal"


def _altered(iri: str, journal: Journal, graph: int, number: int) -> bool:
    contents = journal.contents
    return contents.after(graph, number - 1, about=iri) != contents.after(graph, number, about=iri)
