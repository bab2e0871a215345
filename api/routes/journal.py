"""The history of the library for programs: who changed what, when and why. Its pages: api.routes.changes.

The same answers are at /api/changes, and at /changes for clients that would rather have JSON than a page.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.routing import APIRoute
from starlette.datastructures import Headers
from starlette.routing import Match
from starlette.types import Scope

from api import state
from api.negotiate import best
from kg.change import Change
from kg.reading import is_valid
from ontology.errors import NotFound

router = APIRouter(tags=["changes"])

MOST = 500
"""Changes of one answer."""


@dataclass(frozen=True, slots=True)
class Told:
    """One change. added, removed: statements; graphs: how many of them came out different.

    undoes: the changes that this one takes back; undone_by: the one that took this one back, while it stands.
    """

    number: int
    at: datetime
    who: str
    activity: str
    reason: str
    source: str
    batch: str
    added: int
    removed: int
    graphs: int
    undoes: tuple[int, ...]
    undone_by: int | None


@dataclass(frozen=True, slots=True)
class Page:
    """Changes, newest first. before: what to ask for to get the older ones; null where there are none."""

    changes: list[Told]
    before: int | None


class DataRoute(APIRoute):
    """A route for those alone who want JSON; others go on to the page at the same address."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Whether the route answers the request in *scope*."""
        match, child = super().matches(scope)
        accept = Headers(scope=scope).get("accept", "")
        is_data = match == Match.NONE or best(accept, ("text/html", "application/json")) == "application/json"
        return (match, child) if is_data else (Match.NONE, {})


_negotiated = APIRouter(route_class=DataRoute, include_in_schema=False)


@_negotiated.get("/changes")
@router.get("/api/changes", summary="The changes, newest first")
def changes(
    request: Request,
    before: Annotated[
        int | None, Query(ge=1, lt=1 << 63, description="Only those with a smaller number")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 50,
    source: Annotated[str, Query(description="Only those from this source")] = "",
    batch: Annotated[str, Query(description="Only those of this batch, which are undone together")] = "",
    thing: Annotated[str, Query(description="Only those that altered what is said about this IRI")] = "",
) -> Page:
    """Who changed what, when and why, of everything, one source, one batch, or one thing."""
    library = state.library(request)
    if thing and not is_valid(thing):
        raise NotFound(f"no thing {thing!r}", hint="give the full IRI")
    if thing:
        found = library.history(thing, before=before, limit=limit + 1)
    else:
        found = library.changes(before=before, limit=limit + 1, source=source or None, batch=batch or None)
    shown = found[:limit]
    return Page([_told(each) for each in shown], shown[-1].number if len(found) > limit else None)


@_negotiated.get("/changes/{number}")
@router.get("/api/changes/{number}", summary="One change")
def change(request: Request, number: int) -> Told:
    """Who made this change, when and why, and whether it still stands."""
    library = state.library(request)
    if not 0 < number <= library.generation:
        raise NotFound(f"no change {number}; the last one is {library.generation}")
    return _told(library.change(number))


def _told(change: Change) -> Told:
    note = change.note
    return Told(
        change.number,
        change.at,
        note.who,
        note.activity,
        note.reason,
        note.source,
        note.batch,
        change.added,
        change.removed,
        change.graphs,
        change.undoes,
        change.undone_by,
    )


router.include_router(_negotiated)
