"""Pages about changes: the list of who wrote what and why, of everything or of one thing, and one change."""

from dataclasses import dataclass
from itertools import islice
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from api import state
from api.captions import graph_name
from api.pages import reader, render
from kg.change import Change
from kg.labels import Labels, Name
from kg.reading import is_valid
from kg.terms import Triple, is_iri, value_of
from ontology.errors import NotFound
from ontology.namespaces import compact

router = APIRouter(include_in_schema=False)

PAGE = 50
"""Changes on a page."""
GRAPHS = 40
"""Graphs shown of one change."""
LINES = 60
"""Statements shown of one graph, gone and come each."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One graph as a change left it: the statements that went and came, as lines to read."""

    iri: str
    gone: tuple[str, ...]
    come: tuple[str, ...]
    gone_count: int
    come_count: int


@router.get("/changes")
def changes(
    request: Request,
    before: Annotated[int | None, Query(ge=1, lt=1 << 63)] = None,
    source: str = "",
    batch: str = "",
    thing: str = "",
) -> HTMLResponse:
    """The changes, newest first; of one source, one batch, or those that altered one thing."""
    library = state.library(request)
    if thing and not is_valid(thing):
        raise NotFound(f"no thing {thing!r}", hint="give the full IRI")
    if thing:
        found = library.history(thing, before=before, limit=PAGE + 1)
    else:
        found = library.changes(before=before, limit=PAGE + 1, source=source or None, batch=batch or None)
    return render(
        request,
        "changes.html",
        changes=found[:PAGE],
        older=found[PAGE - 1].number if len(found) > PAGE else None,
        source=source,
        batch=batch,
        thing=_thing(request, thing) if thing else None,
        is_latest=before is None,
    )


@router.get("/changes/{number}")
def change(request: Request, number: int) -> HTMLResponse:
    """One change, with what it took away and brought, graph by graph."""
    library = state.library(request)
    if not 0 < number <= library.generation:
        raise NotFound(f"no change {number}; the last one is {library.generation}")
    found: Change = library.change(number)
    return render(
        request,
        "change.html",
        change=found,
        graphs=[_shown(*each) for each in islice(library.diff(number - 1, number), GRAPHS)],
        graph_name=graph_name,
    )


def _thing(request: Request, iri: str) -> tuple[str, Name]:
    labels = Labels(state.now(request).reading, reader(request).language)
    return iri, labels.show(iri)


def _shown(graph: str, gone: list[Triple], come: list[Triple]) -> Shown:
    return Shown(
        graph, tuple(map(_line, gone[:LINES])), tuple(map(_line, come[:LINES])), len(gone), len(come)
    )


def _line(statement: Triple) -> str:
    """A statement for people: prefixed names where there are prefixes."""
    return " ".join(compact(value_of(term)) if is_iri(term) else term for term in statement)
