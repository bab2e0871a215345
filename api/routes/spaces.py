"""The list of the spaces: those that who asks may know of; a page for people."""

from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api import state
from api.asker import SPACE
from api.negotiate import best
from api.pages import render
from api.spaces import visible
from services.spaces import base_iri

router = APIRouter(tags=["spaces"])


@dataclass(frozen=True, slots=True)
class Told:
    """A space. address: where its doors are, sparql its SPARQL endpoint; base: how its things are named."""

    name: str
    title: str
    is_public: bool
    is_union: bool
    base: str
    address: str
    sparql: str


@dataclass(frozen=True, slots=True)
class List:
    """The spaces besides the main library, by name."""

    spaces: list[Told]


_HEADERS = {"Cache-Control": "private, no-cache", "Vary": "Accept, Accept-Language, Authorization, Cookie"}


@router.get("/spaces", summary="The spaces besides the main library", response_model=List)
def spaces(request: Request, response: Response) -> List | Response:
    """The public ones, and those that your key opens."""
    found = List(_visible(request))
    if best(request.headers.get("accept", ""), ("application/json", "text/html")) == "text/html":
        page = render(request, "spaces.html", spaces=found.spaces)
        page.headers.update(_HEADERS)
        return page
    response.headers.update(_HEADERS)
    return found


def _visible(request: Request) -> list[Told]:
    root = request.scope.get("root_path", "").rstrip("/")
    base = state.settings(request).base_iri
    return [
        Told(
            each.name,
            each.title,
            each.is_public,
            each.is_union,
            base_iri(base, each.name),
            f"{root}/spaces/{each.name}/",
            f"{root}/spaces/{each.name}/sparql",
        )
        for each in state.rooms(request).spaces.all()
        if visible(Request({**request.scope, SPACE: each.name}), each.name)
    ]
