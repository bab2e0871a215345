"""The SPARQL 1.1 Graph Store HTTP Protocol: whole graphs are read, replaced, added to and removed.

At /graphs?graph=IRI and /graphs?default, and at a graph's own address below /graph/.
"""

import asyncio
import re
from time import monotonic
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from fastapi import APIRouter, Request
from fastapi.responses import Response
from fastapi.routing import APIRoute
from starlette._utils import get_route_path
from starlette.datastructures import Headers
from starlette.routing import Match
from starlette.types import Receive, Scope, Send

from api import state
from api.addresses import local, spellings
from api.asker import require
from api.failures import Failed, Failure
from api.headers import HEAD
from api.negotiate import best
from api.protocol import bad, body_of, kind, parameters, text_of
from api.routes.update import CHANGED, PREFLIGHT, respond, respond_to_update
from api.routes.update import DIRECT as UPDATE
from api.sparql import answer
from api.sparql.answer import Head
from api.sparql.door import GRAPH_ALIASES, GRAPHS, OLD_HTTP, admitted, outcome
from api.sparql.held import Hold, beginning
from api.sparql.leaving import ClientLeft, while_there
from api.sparql.results import Whole
from api.updating import Update, default_graph, rules
from api.uploads import MULTIPART, parsed, received
from api.writing import Condition, Writing, Written, precondition, write
from kg.errors import QueryRefused
from kg.formats import FORMATS, Format
from kg.library import Library
from kg.pool.publisher import Held
from kg.pool.running import Running
from kg.pool.task import Cost, Task
from kg.reading import is_valid
from kg.sparql.update.delta import Delta
from kg.terms import iri as term
from ontology.errors import NotFound, WenyuanError
from services.editing import SOURCES, check_right, home
from services.roles import Role

PATH = "/graphs"
METHODS = "GET, HEAD, PUT, POST, DELETE, PATCH, OPTIONS"
_DOOR = "graphs"
_WHICH: dict[str, Any] = {
    "parameters": [
        {
            "name": "graph",
            "in": "query",
            "description": "The IRI of the graph",
            "schema": {"type": "string", "format": "uri"},
        },
        {
            "name": "default",
            "in": "query",
            "description": "Instead: the default graph",
            "allowEmptyValue": True,
            "schema": {"type": "string"},
        },
    ]
}
_SENT: dict[str, Any] = _WHICH | {
    "requestBody": {
        "required": True,
        "content": {known.media_type: {} for known in FORMATS} | {MULTIPART: {}},
    }
}
_CHANGING: dict[str, Any] = _WHICH | {"requestBody": {"required": True, "content": {UPDATE: {}}}}
_READ: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The statements of the graph",
        "content": {known.media_type: {} for known in FORMATS},
    },
    304: {"description": "The client has it already"},
    400: {"description": "Which graph is meant cannot be told"},
    406: {"description": "There is no such format"},
}
_MADE: dict[int | str, dict[str, Any]] = CHANGED | {201: {"description": "The graph is new"}}
_SUFFIX = re.compile(r'-[a-z0-9]+"$')


class Direct(APIRoute):
    """A route for a graph's own address. Source records lead on to their documents, and people to pages."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Whether the route answers the request in *scope*."""
        match, child = super().matches(scope)
        if match == Match.FULL and scope["method"] == "GET" and not _is_data(scope):
            return Match.NONE, {}
        return match, child


class _Known(Response):
    """What a client has already."""

    def __init__(self, head: Head) -> None:
        super().__init__()
        self._head = head

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Says so."""
        await answer.send_known(send, self._head, f'"{self._head.tag}"')


class _Content(Response):
    """A graph as a worker writes it; None: all of them. What fails before it begins is raised."""

    def __init__(self, asked: Writing, graph: str | None, form: Format, head: Head) -> None:
        super().__init__()
        self._asked, self._graph, self._form, self._head = asked, graph, form, head
        self._has_begun = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends it, and puts on the bill what it took."""
        running: Running | None = None
        result, since = "error", monotonic()
        try:
            async with (
                self._asked.space.publisher.current(self._head.generation) as held,
                while_there(receive),
                await state.pool(self._asked.request).run(self._task(held)) as running,
            ):
                await self._send(scope, send, running)
            result = "ok"
        except ClientLeft:
            result = "left"
        except WenyuanError as error:
            result = outcome(error)
            if not self._has_begun:
                raise _unsaid(error, self._form) from error
            answer.cut(scope)
        finally:
            self._asked.charge(result, running.cost if running else Cost(monotonic() - since))

    def _task(self, held: Held) -> Task:
        who = self._asked.who
        head = {"graph": self._graph, "format": self._form.name}
        return Task("content", held.path, head, b"", who.seconds, who.rank, who.name)

    async def _send(self, scope: Scope, send: Send, running: Running) -> None:
        is_old = scope["http_version"] == "1.0"
        hold = OLD_HTTP if is_old else Hold()
        first = await beginning(running, since=asyncio.get_running_loop().time(), hold=hold)
        if first.is_whole:
            await answer.send_whole(send, self._head, Whole(first.body), cache="")
        elif HEAD in scope:
            await answer.send_head(send, self._head)
        elif is_old:
            raise QueryRefused("the graph is too large for HTTP/1.0", hint="ask with HTTP/1.1")
        else:
            self._has_begun = True
            await answer.stream(send, self._head, first.body, running, cache="")


def _unsaid(error: WenyuanError, form: Format) -> Exception:
    """The error as it is told: 406 where the format cannot say what the graph says."""
    if not isinstance(error, QueryRefused):
        return error
    title = "The graph cannot be had in that format"
    return Failed(Failure(406, "not-acceptable", title, f"{form.name}: {error}", error.hint))


router = APIRouter(tags=["graphs"])
_direct = APIRouter(route_class=Direct, include_in_schema=False)


@_direct.get("/graph/{path:path}")
@router.get(PATH, response_class=Response, responses=_READ, openapi_extra=_WHICH)
async def get(request: Request) -> Response:
    """The graph, in the format that the client wants; 304 where it has it, 404 where there is none."""
    who = admitted(request)
    graph = _target(request)
    library = state.library(request)
    form = _format(request)
    tag = _tag(library, _named(graph, request))
    if not _is_there(library, graph, request):
        raise NotFound(f"there is no graph {graph!r}", hint="PUT makes one")
    head = Head(form.media_type, library.generation, f"{tag}-{form.name}", "", state.space(request).is_public)
    if _matches(request.headers.get("if-none-match", ""), tag):
        return _Known(head)
    return _Content(Writing(request, state.space(request), who, _DOOR), _named(graph, request), form, head)


@_direct.put("/graph/{path:path}")
@router.put(PATH, response_class=Response, responses=_MADE, openapi_extra=_SENT)
async def put(request: Request) -> Response:
    """Gives the graph the content that is sent, instead of its own; 201 where it was not there."""
    writing = _writing(request)
    return await _upload(writing, _written_to(writing), is_replacing=True)


@_direct.post("/graph/{path:path}")
@router.post(PATH, response_class=Response, responses=_MADE, openapi_extra=_SENT)
async def post(request: Request) -> Response:
    """Adds what is sent to the graph. Where no graph is named, makes a new one and tells its address."""
    writing = _writing(request)
    if get_route_path(request.scope) == PATH and not {"graph", "default"} & dict(_query(request)).keys():
        made = f"{home(writing.who.name, state.settings(request).base_iri)}/{uuid4().hex[:16]}"
        return await _upload(writing, made, is_replacing=False, is_named_here=True)
    return await _upload(writing, _written_to(writing), is_replacing=False)


@_direct.delete("/graph/{path:path}")
@router.delete(PATH, response_class=Response, responses=CHANGED, openapi_extra=_WHICH)
async def delete(request: Request) -> Response:
    """Takes the graph away, with all that it says."""
    writing = _writing(request)
    graph = _written_to(writing)
    library = writing.space.library
    if graph and not library.store.is_filled(graph):
        raise NotFound(f"there is no graph {graph!r}")
    delta = Delta()
    delta.clear(graph)

    async def propose(held: Held) -> Update:
        return Update(delta)

    return respond(writing, await write(writing, propose, _condition(request, graph)))


@_direct.patch("/graph/{path:path}")
@router.patch(PATH, response_class=Response, responses=CHANGED, openapi_extra=_CHANGING)
async def patch(request: Request) -> Response:
    """Changes the graph by a SPARQL update, whose default graph it is."""
    writing = _writing(request)
    graph = _written_to(writing)
    if kind(request) != UPDATE:
        title = "A graph is changed by an update"
        raise Failed(
            Failure(
                415, "unsupported-media-type", title, hint=f"send {UPDATE}", headers={"Accept-Patch": UPDATE}
            )
        )
    most = state.settings(request).max_update_bytes
    too_large = Failed(
        Failure(413, "too-large", "The request is too large", f"an update may have {most:,} bytes")
    )
    writing.text = text_of(await body_of(request, most, too_large))
    return await respond_to_update(writing, rules(writing, scope=graph), _condition(request, graph))


@_direct.options("/graph/{path:path}")
@router.options(PATH, include_in_schema=False)
async def options() -> Response:
    """What a page of another site may send."""
    allowed = {"Allow": METHODS, "Access-Control-Allow-Methods": METHODS, "Accept-Patch": UPDATE}
    return Response(status_code=204, headers=PREFLIGHT | allowed)


async def _upload(
    writing: Writing, graph: str, *, is_replacing: bool, is_named_here: bool = False
) -> Response:
    """Takes in what is sent."""
    request, library = writing.request, writing.space.library
    base = state.settings(request).base_iri
    # Before the body is read: who may not write there need not send it.
    check_right(writing.who.role, [graph], base_iri=base)
    condition = _condition(request, graph)
    condition(library)
    nodes = f"{base}.well-known/genid/{uuid4().hex}/"
    async with received(request) as files:
        making = parsed(
            writing, files, graph=graph, base=graph or base, nodes=nodes, is_replacing=is_replacing
        )
        async with making as upload:
            was_there = library.store.is_filled(graph)

            async def propose(held: Held) -> Any:
                return upload

            written: Written = await write(writing, propose, condition)
    is_new = not was_there and bool(written.changes)
    headers = {"Location": _address(request, graph)} if is_new or is_named_here else {}
    if graph and written.changes:
        headers["ETag"] = f'"{_tag(library, graph)}"'
    return respond(writing, written, status=201 if is_new or is_named_here else 200, headers=headers)


def _writing(request: Request) -> Writing:
    return Writing(request, state.space(request), require(request, Role.CATALOGUER), _DOOR)


def _query(request: Request) -> list[tuple[str, str]]:
    return parameters(request.scope["query_string"])


def _target(request: Request) -> str:
    """The graph that is meant; "" the default one. Raises Failed (400) where that cannot be told."""
    if get_route_path(request.scope) != PATH:
        return _own(request)
    given = _query(request)
    named = [value for name, value in given if name == "graph"]
    has_default = any(name == "default" for name, _ in given)
    if len(named) + has_default != 1:
        raise bad("say ?graph=IRI or ?default, and only one of them")
    if not named:
        return ""
    if not is_valid(named[0]) or term(named[0]) != f"<{named[0]}>":
        raise bad(f"{named[0]!r} is no absolute IRI")
    return named[0]


def _own(request: Request) -> str:
    """The graph whose own address is asked for, in the spelling in which it is there."""
    base = state.settings(request).base_iri
    ways = [base + way for way in spellings(local(request))]
    store = state.library(request).store
    return next((way for way in ways if store.is_filled(way)), ways[1] if len(ways) > 1 else ways[0])


def _written_to(writing: Writing) -> str:
    """The graph that is to be changed: the writer's own, where the default graph of a union is meant."""
    return _target(writing.request) or default_graph(writing)


def _named(graph: str, request: Request) -> str | None:
    """The graph to be read; None for the union of all."""
    return None if not graph and state.space(request).is_union else graph


def _is_there(library: Library, graph: str, request: Request) -> bool:
    """Whether there is such a graph; the default one always is."""
    return not graph or library.store.is_filled(graph)


def _is_data(scope: Scope) -> bool:
    """Whether a GET of a graph's address wants its statements; people want pages, records have documents."""
    accept = Headers(scope=scope).get("accept", "")
    is_record = f"/{SOURCES}" in scope["path"] or "/graph/auth/" in scope["path"]
    return not is_record and best(accept, ("text/html", *GRAPHS), aliases=GRAPH_ALIASES) not in (
        None,
        "text/html",
    )


def _format(request: Request) -> Format:
    """The format that the client wants; raises Failed (406)."""
    chosen = best(request.headers.get("accept", ""), tuple(GRAPHS), aliases=GRAPH_ALIASES)
    if chosen is None:
        hint = f"ask for one of {', '.join(GRAPHS)}"
        raise Failed(Failure(406, "not-acceptable", "None of the wanted formats is there", hint=hint))
    return GRAPHS[chosen]


def _tag(library: Library, graph: str | None) -> str:
    """What stands for the content of a graph: the last change that edited it, and which journal has it."""
    last = library.generation if graph is None else library.journal.last_edit(graph)
    return f"{library.journal.identity[:8]}-{last}"


def _condition(request: Request, graph: str) -> Condition:
    """If-Match wants the graph as the client knows it, If-None-Match: * none (RFC 9110, § 13.1)."""
    held, new = (request.headers.get(name, "").strip() for name in ("if-match", "if-none-match"))

    def check(library: Library) -> None:
        if not (held or new):
            return
        is_there, tag = library.store.is_filled(graph), _tag(library, graph)
        if held and not (is_there and _matches(held, tag, is_strong=True)):
            raise precondition(
                f"the graph {graph!r} is at {tag!r}" if is_there else f"there is no graph {graph!r}"
            )
        if new and is_there and _matches(new, tag):
            raise precondition(f"there is a graph {graph!r}, at {tag!r}")

    return check


def _matches(header: str, tag: str, *, is_strong: bool = False) -> bool:
    """Whether one of the entity tags stands for that content, in whatever format."""
    for each in header.split(","):
        each = each.strip()
        if each.startswith("W/"):
            if is_strong:
                continue
            each = each[2:]
        if each == "*" or each == f'"{tag}"' or _SUFFIX.sub('"', each) == f'"{tag}"':
            return True
    return False


def _address(request: Request, graph: str) -> str:
    """Where a graph is to be found: its own address, where that is one of ours."""
    base = state.settings(request).base_iri
    if graph.startswith(f"{base}graph/"):
        return quote(graph, safe="/:%@!$&'()*+,;=~-._")
    root = request.scope.get("root_path", "").rstrip("/")
    return f"{root}{PATH}?graph={quote(graph, safe='')}" if graph else f"{root}{PATH}?default"


router.include_router(_direct)
