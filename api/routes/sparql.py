"""The SPARQL endpoint: reads the request, passes the guard, chooses a format, asks the evaluator."""

import hashlib
import re
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from api import state
from api.documentation import RESULTS
from api.failures import Failed, Failure
from api.negotiate import best
from api.protocol import DIRECT, FORM, Asked, asked
from api.sparql_page import answered, render_query
from kg.formats import FORMATS, Format, by_name
from kg.serialise import write
from kg.sparql.guard import Checked, Limits, check
from kg.sparql.query import Question
from kg.sparql.results import RESULT_FORMATS, ResultFormat, result_format
from kg.sparql.service import service

router = APIRouter(tags=["sparql"])

PAGE = "text/html"

_CHANGING = re.compile(r"\b(?:NOW|RAND|UUID|STRUUID|BNODE)\s*\(", re.IGNORECASE)
_GRAPH_FORMS = ("CONSTRUCT", "DESCRIBE")
_RESULTS = {known.media_type: known for known in RESULT_FORMATS}
_ALIASES = {alias: known.media_type for known in RESULT_FORMATS for alias in known.aliases}
_GRAPHS = {known.media_type: known for known in FORMATS}
_GRAPH_ALIASES = {"application/json": "application/ld+json", "application/xml": "application/rdf+xml"}
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            DIRECT: {
                "schema": {"type": "string"},
                "example": "SELECT ?title { ?work wy:title ?title } LIMIT 10",
            },
            FORM: {
                "schema": {
                    "type": "object",
                    "required": ["query"],
                    "properties": {
                        "query": {"type": "string"},
                        "format": {"type": "string"},
                        "default-graph-uri": {"type": "array", "items": {"type": "string"}},
                        "named-graph-uri": {"type": "array", "items": {"type": "string"}},
                    },
                }
            },
        },
    }
}

Text = Annotated[str, Query(description="A SPARQL 1.1 query; wy:, skos:, dcterms: ... need not be declared.")]
Name = Annotated[
    str, Query(description="json, xml, csv, tsv; for graphs turtle, jsonld, ntriples, rdfxml ...")
]
Graphs = Annotated[list[str] | None, Query(description="IRIs of graphs; by default all are read as one.")]


@router.get("/sparql", response_class=Response, responses=RESULTS)
async def query_get(
    request: Request,
    query: Text = "",
    format: Name = "",
    default_graph_uri: Annotated[Graphs, Query(alias="default-graph-uri")] = None,
    named_graph_uri: Annotated[Graphs, Query(alias="named-graph-uri")] = None,
) -> Response:
    """Answers a query. Without one, describes the endpoint, to people on a page and to programs in RDF."""
    return await _answer(request)


@router.post("/sparql", response_class=Response, responses=RESULTS, openapi_extra=_BODY)
async def query_post(request: Request) -> Response:
    """Answers a query that is the body, or a field of a form in it."""
    return await _answer(request)


@router.options("/sparql", include_in_schema=False)
async def options() -> Response:
    """What a page of another site may send."""
    return Response(
        status_code=204,
        headers={
            "Allow": "GET, HEAD, POST, OPTIONS",
            "Access-Control-Allow-Methods": "GET, HEAD, POST",
            "Access-Control-Allow-Headers": "Accept, Content-Type",
            "Access-Control-Max-Age": "86400",
        },
    )


async def _answer(request: Request) -> Response:
    limits = Limits(size=state.settings(request).max_query_bytes)
    given = await asked(request, size=limits.size)
    is_page = not given.format and best(_accept(request), (*_RESULTS, PAGE), aliases=_ALIASES) == PAGE
    if is_page:
        return await render_query(request, given, limits)
    if not given.query.strip():
        return _description(request)
    checked = check(given.query, limits)
    form = _format(request, given, checked)
    headers = _headers(request, given, form)
    if headers.get("ETag") in request.headers.get("if-none-match", "").split(", "):
        return Response(status_code=304, headers=headers)
    question = Question(checked, form, given.default_graphs, given.named_graphs)
    body = await answered(request, question)
    return Response(body, headers=headers | {"Content-Type": typed(form.media_type)})


def typed(media_type: str) -> str:
    """A media type with its charset, where it is one of text."""
    return f"{media_type}; charset=utf-8" if media_type.startswith("text/") else media_type


def _accept(request: Request) -> str:
    return request.headers.get("accept", "")


def _format(request: Request, given: Asked, checked: Checked) -> ResultFormat | Format:
    """The format by name, else by what the client accepts; raises UnknownFormat, Failed (406)."""
    is_graph = checked.form in _GRAPH_FORMS
    if given.format:
        return by_name(given.format) if is_graph else result_format(given.format)
    offers = _GRAPHS if is_graph else _RESULTS
    chosen = best(_accept(request), tuple(offers), aliases=_GRAPH_ALIASES if is_graph else _ALIASES)
    if chosen is None:
        raise Failed(
            Failure(
                406,
                "not-acceptable",
                "None of the wanted formats is there",
                hint=f"a {checked.form} can be had as {', '.join(offers)}",
            )
        )
    return offers[chosen]


def _headers(request: Request, given: Asked, form: ResultFormat | Format) -> dict[str, str]:
    """What a cache needs to know: an answer holds until the next change, unless it depends on the time."""
    headers = {"Vary": "Accept", "Cache-Control": "no-cache"}
    if request.method == "GET" and not _CHANGING.search(given.query):
        asked_for = "\n".join((given.query, form.name, *given.default_graphs, "", *given.named_graphs))
        digest = hashlib.sha256(asked_for.encode()).hexdigest()[:16]
        headers["ETag"] = f'"{state.edition(request)}-{state.library(request).generation}-{digest}"'
    return headers


def _description(request: Request) -> Response:
    """The endpoint in RDF; raises Failed (400) where a query was to come."""
    if request.method != "GET":
        raise Failed(Failure(400, "bad-request", "There is no query", hint="send it as the parameter query"))
    chosen = best(_accept(request), tuple(_GRAPHS), aliases=_GRAPH_ALIASES) or "text/turtle"
    body = write(service(f"{state.settings(request).base_iri}sparql"), _GRAPHS[chosen])
    return Response(body, headers={"Vary": "Accept", "Content-Type": typed(chosen)})
