"""The ontology: as a page, as RDF, and the context, frames and shapes that go with it."""

import json
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response
from pyoxigraph import CanonicalizationAlgorithm, Dataset, parse, serialize

from api import state
from api.addresses import HTML, SUFFIXES, cut
from api.documentation import DOCUMENTS, ERRORS
from api.ontology_page import contents
from api.pages import reader, render
from api.representation import PAGE, has, wanted
from kg.formats import Format, by_name
from ontology import schema
from ontology.context import FRAMES, context, frame
from ontology.errors import NotFound
from ontology.namespaces import PREFIXES

router = APIRouter(tags=["ontology"])

FILES = {"core": "core.ttl", "shapes": "shapes.ttl", "types": "types.ttl"}
"""Parts of the ontology: what it means, what a record must look like, the types of work."""

_JSON_LD = by_name("jsonld")
_TURTLE = by_name("turtle")
_WITHOUT_GRAPHS = ("turtle", "jsonld", "ntriples", "rdfxml")
_SUFFIXES = {
    suffix: form for suffix, form in SUFFIXES.items() if form is None or form.name in _WITHOUT_GRAPHS
}


@router.get("/ontology", response_class=Response, responses=DOCUMENTS)
def ontology(request: Request) -> Response:
    """The ontology in the form that the client accepts: a page in Chinese or English, or RDF."""
    return _answer(request, "core", wanted(request))


@router.get("/ontology.{suffix}", response_class=Response, responses=DOCUMENTS | ERRORS)
def ontology_as(request: Request, suffix: str) -> Response:
    """The ontology as html, ttl, jsonld, nt or rdf."""
    return _answer(request, "core", _form(suffix))


@router.get("/ontology/context.jsonld", response_class=Response)
def published_context(request: Request) -> Response:
    """The JSON-LD context that documents name."""
    return _data(request, _json({"@context": context()}), _JSON_LD)


@router.get("/ontology/frames/{name}.jsonld", response_class=Response, responses=ERRORS)
def published_frame(
    request: Request, name: Annotated[str, Path(description=f"One of {', '.join(FRAMES)}.")]
) -> Response:
    """A JSON-LD frame with the context inside."""
    if name not in FRAMES:
        raise NotFound(f"no frame {name!r}", hint=f"known: {', '.join(FRAMES)}")
    return _data(request, _json(frame(name)), _JSON_LD)


@router.get("/ontology/{name}", response_class=Response, responses=DOCUMENTS | ERRORS)
def part(
    request: Request,
    name: Annotated[str, Path(description="The version, `shapes` or `types`, with .ttl, .jsonld, .nt, .rdf")],
) -> Response:
    """One version of the ontology, the SHACL shapes of records, or the list of types of work."""
    stem, suffix = cut(name)
    if stem not in (schema.version(), *FILES):
        raise NotFound(
            f"the ontology has no part {stem!r}",
            hint=f"known: version {schema.version()}, {', '.join(FILES)}, context.jsonld, frames",
        )
    stem = stem if stem in FILES else "core"
    form = _form(suffix) if suffix else wanted(request)
    # Only the ontology has a page; of the others Turtle is what people read.
    return _answer(request, stem, form if form is not None or stem == "core" else _TURTLE)


def _form(suffix: str) -> Format | None:
    if suffix not in _SUFFIXES:
        raise NotFound(f"the ontology is not there as {suffix!r}", hint=f"known: {', '.join(_SUFFIXES)}")
    return _SUFFIXES[suffix]


def _answer(request: Request, name: str, form: Format | None) -> Response:
    if form is None:
        return _page(request)
    return _data(request, serialised(name, form.name), form)


def _page(request: Request) -> Response:
    who = reader(request)
    # The foot of a page tells of the latest change, so a page is as old as the library.
    parts = (state.edition(request), str(state.now(request).generation), HTML, who.language, who.theme)
    headers = _headers(f'"{"-".join(filter(None, parts))}"', who.root)
    if has(request, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    page = render(request, "ontology.html", contents=contents(who.language))
    page.headers.update(headers)
    return page


def _data(request: Request, body: bytes, form: Format) -> Response:
    headers = _headers(f'"{sha256(body).hexdigest()[:24]}"', reader(request).root) | {"Vary": "Accept"}
    if has(request, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    charset = "; charset=utf-8" if form.media_type.startswith("text/") else ""
    return Response(body, headers=headers | {"Content-Type": form.media_type + charset})


def _headers(tag: str, root: str) -> dict[str, str]:
    links = [
        f'<{root}/ontology.{suffix}>; rel="alternate"; type="{form.media_type if form else PAGE}"'
        for suffix, form in _SUFFIXES.items()
    ]
    return {"ETag": tag, "Cache-Control": "no-cache", "Link": ", ".join(links)}


@cache
def serialised(name: str, form: str) -> bytes:
    """A part of the ontology in the RDF format of that name; Turtle is the file as it was written."""
    content = files("ontology").joinpath(FILES[name]).read_bytes()
    if form == "turtle":
        return content
    dataset = Dataset(parse(content, format=_TURTLE.engine))
    # Blank nodes get new names at every start; the canonical ones keep the entity tag as it was.
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    triples = sorted((quad.triple for quad in dataset), key=str)
    made = serialize(triples, format=by_name(form).engine, prefixes=_prefixes(content))
    # Without an output serialize gives the bytes back; its type cannot tell.
    return made or b""


def _prefixes(content: bytes) -> dict[str, str]:
    return {prefix: space for prefix, space in PREFIXES.items() if f"<{space}>".encode() in content}


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=2).encode()
