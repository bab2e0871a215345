"""The list of the spaces: those that who asks may know of."""

from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api import state
from api.asker import SPACE
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


@router.get("/spaces", summary="The spaces besides the main library")
def spaces(request: Request, response: Response) -> List:
    """The public ones, and those that your key opens."""
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Vary"] = "Authorization"
    root = request.scope.get("root_path", "").rstrip("/")
    base = state.settings(request).base_iri
    return List(
        [
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
    )
