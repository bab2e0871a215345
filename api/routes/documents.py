"""Documents about things, by what the client accepts or by the ending of the address."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from api import state
from api.addresses import SUFFIXES, cut, document_path, local, spellings
from api.documentation import DOCUMENTS, ERRORS
from api.pages import reader
from api.representation import represent, wanted
from api.routes.things import known, replacement
from ontology.errors import NotFound

router = APIRouter(tags=["things"])

Inline = Annotated[str, Query(alias="context", description="`inline`: the JSON-LD context inside.")]


@router.get("/doc/{kind}/{key:path}", response_class=Response, responses=DOCUMENTS | ERRORS)
def document(request: Request, kind: str, key: str, context: Inline = "") -> Response:
    """What is known of one of our things. The format may end the address: .html, .ttl, .jsonld, .nt ..."""
    path = local(request).removeprefix("doc/")
    base = state.settings(request).base_iri
    stem, suffix = cut(path)
    whole = [f"{base}id/{way}" for way in spellings(path)]
    reading = state.now(request).reading
    # A key may itself end like a document; then the thing of that name goes first.
    if suffix and any(reading.knows(iri) for iri in whole):
        stem, suffix = path, ""
    iri = known(request, [f"{base}id/{way}" for way in spellings(stem)])
    return _answer(request, iri, suffix, context)


@router.get("/doc", response_class=Response, responses=DOCUMENTS | ERRORS)
@router.get("/doc.{suffix}", response_class=Response, responses=DOCUMENTS | ERRORS)
def document_of(
    request: Request,
    iri: Annotated[str, Query(description="Any IRI that the library says something about.")],
    suffix: str = "",
    context: Inline = "",
) -> Response:
    """What is known of any thing, wherever its IRI comes from: an outside vocabulary, a record."""
    if suffix and suffix not in SUFFIXES:
        raise NotFound(f"no document ends in {suffix!r}", hint=f"known: {', '.join(SUFFIXES)}")
    return _answer(request, known(request, [iri]), suffix, context)


def _answer(request: Request, iri: str, suffix: str, context: str) -> Response:
    base = state.settings(request).base_iri
    if moved := replacement(request, iri):
        return Response(
            status_code=301, headers={"Location": reader(request).root + document_path(moved, base, suffix)}
        )
    form = SUFFIXES[suffix] if suffix else wanted(request)
    return represent(request, iri, form, is_inline=context == "inline")
