"""Whether the server lives, and whether it can answer: for whoever watches over it."""

from dataclasses import dataclass

from fastapi import APIRouter, Request

from api import state
from api.failures import Failed, Failure
from kg.reading import Reading
from ontology.errors import WenyuanError

router = APIRouter(tags=["operation"])


@dataclass(frozen=True, slots=True)
class Alive:
    """The process runs."""

    status: str = "ok"


@dataclass(frozen=True, slots=True)
class Ready:
    """The library answers. generation: the number of its last change, which store and index have too."""

    generation: int
    statements: int
    status: str = "ok"


@router.get("/healthz")
async def healthz() -> Alive:
    """The process runs and takes requests. Asks nothing of the library."""
    return Alive()


@router.get("/readyz")
def readyz(request: Request) -> Ready:
    """The library is open, and its journal, its store and its index agree; otherwise 503.

    503 as well when the server has been told to stop: who balances loads sends nothing more.
    """
    if state.is_leaving(request):
        raise _not_ready("the server is stopping")
    try:
        library = state.library(request)
        generation = library.generation
        behind = generation - library.search.applied
        statements = library.counts().statements
        Reading(library.store.engine).knows(state.settings(request).base_iri)
    except WenyuanError as error:
        raise _not_ready(str(error)) from error
    if behind > 0:
        raise _not_ready(f"the index is {behind} changes behind")
    return Ready(generation, statements)


def _not_ready(detail: str) -> Failed:
    return Failed(
        Failure(503, "not-ready", "The library cannot answer now", detail, headers={"Retry-After": "5"})
    )
