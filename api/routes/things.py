"""Things: their own addresses, which lead on to documents (303); merged ones (301) and gone ones (410)."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api import state
from api.addresses import document_path, local, spellings, thing_path
from api.documentation import ERRORS
from api.failures import Failed, Failure
from api.pages import reader
from kg.reading import is_valid
from kg.terms import value_of
from ontology.errors import NotFound
from ontology.namespaces import expand

router = APIRouter(tags=["things"])

_REPLACED = ("wy:replacedBy", "dcterms:isReplacedBy")


@router.get(
    "/id/{kind}/{key:path}",
    status_code=303,
    response_class=Response,
    responses={301: {"description": "Merged into the thing at Location"}, **ERRORS},
)
def thing(request: Request, kind: str, key: str) -> Response:
    """A thing itself cannot be sent: leads to the document about it, in the format the client wants there."""
    iri = find(request, local(request))
    base = state.settings(request).base_iri
    root = reader(request).root
    if moved := replacement(request, iri):
        return Response(status_code=301, headers={"Location": _at(root, thing_path(moved, base))})
    headers = {"Location": root + document_path(iri, base), "Vary": "Accept"}
    headers["Link"] = f'<{headers["Location"]}>; rel="describedby"'
    return Response(status_code=303, headers=headers)


@router.get("/graph/{path:path}", status_code=303, response_class=Response, responses=ERRORS)
@router.get("/.well-known/genid/{path:path}", status_code=303, response_class=Response, responses=ERRORS)
def other(request: Request, path: str) -> Response:
    """A source record, named by its graph, or a node without a name: leads to what is said about it."""
    iri = find(request, local(request))
    place = reader(request).root + document_path(iri, state.settings(request).base_iri)
    return Response(status_code=303, headers={"Location": place, "Vary": "Accept"})


def find(request: Request, path: str) -> str:
    """The IRI of ours that *path* stands for.

    Raises NotFound where nothing was ever said about it, Failed (410) where it is not said any more.
    """
    base = state.settings(request).base_iri
    return known(request, [base + way for way in spellings(path)])


def known(request: Request, iris: list[str]) -> str:
    """The first of *iris* that the library says something about. Raises as find does."""
    reading = state.now(request).reading
    possible = [iri for iri in iris if is_valid(iri)]
    for iri in possible:
        if reading.knows(iri):
            return iri
    for iri in possible:
        if gone := state.library(request).history(iri, limit=1):
            change = gone[0]
            raise Failed(
                Failure(
                    410,
                    "gone",
                    "It was here and has been withdrawn",
                    f"change {change.number} took away what was said about it",
                    f"/changes/{change.number} tells who and why",
                    more={"change": change.number},
                )
            )
    raise NotFound(f"nothing is said about {iris[0]!r}")


def replacement(request: Request, iri: str) -> str:
    """The thing that *iri* was merged into; "" where it was not."""
    reading = state.now(request).reading
    for name in _REPLACED:
        for _, term, _ in reading.about(iri, expand(name), limit=1):
            if value_of(term) != iri:
                return value_of(term)
    return ""


def _at(root: str, place: str) -> str:
    return root + place if place.startswith("/") else place
