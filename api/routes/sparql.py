"""The SPARQL endpoint: what it takes, in OpenAPI's words, and who answers: api.sparql.door, a page, RDF."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from fastapi.routing import APIRoute
from starlette.types import Receive, Scope, Send

from api import state
from api.documentation import RESULTS
from api.failures import Failed, Failure
from api.negotiate import best
from api.protocol import DIRECT, FORM, UpdateAsked, asked, bad, kind
from api.routes.update import DIRECT as UPDATE
from api.routes.update import update_post, updated
from api.sparql.description import describe_service
from api.sparql.door import RESULT_ALIASES, asking, checked, format_of, serve
from api.sparql.door import RESULTS as RESULTS_OFFERED
from api.sparql_page import render_query
from kg.sparql.query import Question

PAGE = "text/html"

_PREFLIGHT = {
    "Allow": "GET, HEAD, POST, OPTIONS",
    "Access-Control-Allow-Methods": "GET, HEAD, POST, OPTIONS",
    "Access-Control-Allow-Headers": "Accept, Authorization, Content-Type, If-None-Match, Min-Generation, "
    "X-Request-Id, X-Requested-With, Cache-Control",
    "Access-Control-Max-Age": "86400",
    "Vary": "Origin",
}
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
                        "min-generation": {"type": "integer"},
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
Least = Annotated[int, Query(description="The generation that the answer is to include at least.")]
Graphs = Annotated[list[str] | None, Query(description="IRIs of graphs; by default all are read as one.")]


class Raw(APIRoute):
    """A route that is described like any other, and handled without what the framework does for each."""

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request."""
        if scope["method"] in (self.methods or ()):
            await _answer(Request(scope, receive), send)
        else:
            await super().handle(scope, receive, send)


router = APIRouter(tags=["sparql"], route_class=Raw)


@router.get("/sparql", response_class=Response, responses=RESULTS)
async def query_get(
    query: Text = "",
    format: Name = "",
    default_graph_uri: Annotated[Graphs, Query(alias="default-graph-uri")] = None,
    named_graph_uri: Annotated[Graphs, Query(alias="named-graph-uri")] = None,
    min_generation: Annotated[Least, Query(alias="min-generation")] = 0,
) -> None:
    """Answers a query. Without one, describes the endpoint, to people on a page and to programs in RDF."""


@router.post("/sparql", response_class=Response, responses=RESULTS, openapi_extra=_BODY)
async def query_post() -> None:
    """Answers a query that is the body, or a field of a form in it."""


@router.options("/sparql", include_in_schema=False)
async def options() -> None:
    """What a page of another site may send."""


async def _answer(request: Request, send: Send) -> None:
    if request.method == "OPTIONS":
        await Response(status_code=204, headers=_PREFLIGHT)(request.scope, request.receive, send)
        return
    if request.method == "POST" and kind(request) == UPDATE:
        answer = await update_post(request)
        await answer(request.scope, request.receive, send)
        return
    try:
        given = await asked(request, size=state.settings(request).max_query_bytes)
    except UpdateAsked as update:
        if request.method != "POST":
            raise bad("an update is sent with POST") from update
        answer = await updated(request, update.values)
        await answer(request.scope, request.receive, send)
        return
    accept = request.headers.get("accept", "")
    if not given.format and best(accept, (*RESULTS_OFFERED, PAGE), aliases=RESULT_ALIASES) == PAGE:
        page = await render_query(request, given)
        await page(request.scope, request.receive, send)
    elif given.query.strip():
        passed = checked(request, given.query)
        form = format_of(given, passed, accept)
        question = Question(passed, form, given.default_graphs, given.named_graphs)
        await serve(asking(request, given, question), send)
    else:
        await _describe(request, send)


async def _describe(request: Request, send: Send) -> None:
    """Describes the endpoint; raises Failed (400) where a query was to come."""
    if request.method != "GET":
        raise Failed(Failure(400, "bad-request", "There is no query", hint="send it as the parameter query"))
    description = await describe_service(request)
    await description(request.scope, request.receive, send)
