"""SPARQL 1.1 Update over HTTP (SPARQL 1.1 Protocol, § 2.2), for keys that may write; and undoing."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import Response

from api import state
from api.asker import require
from api.failures import Failed, Failure
from api.protocol import FORM, bad, body_of, kind, parameters, text_of, unreadable
from api.sparql.answer import GENERATION
from api.updating import Update, rules, update
from api.writing import Condition, Writing, Written, answer, precondition, reason, visible
from kg.change import Change, Note
from kg.library import Library
from kg.reading import is_valid
from kg.sparql.update.work import Rules
from ontology.errors import NotFound
from services.editing import check_undo
from services.roles import Role

router = APIRouter(tags=["update"])

DIRECT = "application/sparql-update"
PREFLIGHT = {
    "Access-Control-Allow-Headers": "Accept, Accept-Language, Authorization, Content-Type, If-Match, "
    "If-None-Match, X-Change-Reason, X-Request-Id",
    "Access-Control-Max-Age": "86400",
    "Vary": "Origin",
}
SHOWN = 20
"""Statements told that a DELETE had to leave."""
_DOOR = "update"
_MOST_GRAPHS = 64
_ROOM = 16_384
_TAG = re.compile(r'(?:W/)?"(\d+)"')
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            DIRECT: {
                "schema": {"type": "string"},
                "example": 'INSERT DATA { <http://localhost:8000/id/work/x> wy:keyword "古籍"@zh }',
            },
            FORM: {
                "schema": {
                    "type": "object",
                    "required": ["update"],
                    "properties": {
                        "update": {"type": "string"},
                        "using-graph-uri": {"type": "array", "items": {"type": "string"}},
                        "using-named-graph-uri": {"type": "array", "items": {"type": "string"}},
                    },
                }
            },
        },
    }
}
CHANGED: dict[int | str, dict[str, Any]] = {
    200: {"description": "Changed: the number of the change, how much it moved, and how to undo it"},
    204: {"description": "Everything was so already"},
    401: {"description": "A key is needed"},
    403: {"description": "The key does not reach so far"},
    412: {"description": "It is not any more as the client believes"},
    422: {"description": "Things would be described wrongly: which, and what is wrong"},
}
"""Answers of requests that change something."""


@router.post("/update", response_class=Response, responses=CHANGED, openapi_extra=_BODY)
async def update_post(request: Request) -> Response:
    """Changes what a SPARQL update asks to change, as one change with who and why; all of it or nothing."""
    require(request, Role.CATALOGUER)  # Before the body is read.
    most = state.settings(request).max_update_bytes
    is_direct = kind(request) == DIRECT
    too_large = Failed(
        Failure(
            413,
            "too-large",
            "The request is too large",
            f"an update may have {most:,} bytes",
            "PUT the statements to /graphs as a file",
        )
    )
    body = await body_of(request, most if is_direct else 3 * most + _ROOM, too_large)
    values = parameters(request.scope["query_string"])
    if is_direct:
        values.append(("update", text_of(body)))
    elif kind(request) == FORM:
        values += parameters(body)
    else:
        raise unreadable(f"its type is {kind(request)!r}", f"send {FORM} or {DIRECT}")
    return await updated(request, values)


@router.options("/update", include_in_schema=False)
async def options() -> Response:
    """What a page of another site may send."""
    allowed = {"Allow": "POST, OPTIONS", "Access-Control-Allow-Methods": "POST, OPTIONS"}
    return Response(status_code=204, headers=PREFLIGHT | allowed)


@router.post("/changes/{number}/undo", responses=CHANGED)
@router.post("/api/changes/{number}/undo", include_in_schema=False)
async def undo(request: Request, number: int) -> Response:
    """Takes a change back, as a new change: a cataloguer their own, a steward anybody's."""
    who = require(request, Role.CATALOGUER)
    library = state.library(request)
    if not 0 < number <= library.generation:
        raise NotFound(f"no change {number}; the last one is {library.generation}")
    check_undo(who.role, who.name, library.change(number).note.who)
    writing = Writing(request, state.space(request), who, _DOOR)
    note = Note(who.name, "undo", reason(request))
    written = await writing.turns().aside(lambda: _undone(library, number, note))
    return respond(writing, await visible(writing, written))


async def updated(request: Request, values: Sequence[tuple[str, str]]) -> Response:
    """The answer to an update in the parameters of a request. Raises NotKnown, NotAllowed."""
    who = require(request, Role.CATALOGUER)
    given: dict[str, list[str]] = {}
    for name, value in values:
        given.setdefault(name, []).append(value)
    if len(given.get("update", ())) != 1 or "query" in given:
        raise bad("there is to be one update, and no query")
    writing = Writing(request, state.space(request), who, _DOOR, given["update"][0].removeprefix("\ufeff"))
    wanted = replace(
        rules(writing),
        using=_graphs(given, "using-graph-uri"),
        using_named=_graphs(given, "using-named-graph-uri"),
    )
    return await respond_to_update(writing, wanted, _condition(request))


async def respond_to_update(writing: Writing, wanted: Rules, condition: Condition) -> Response:
    """Makes the update, and says what came of it."""
    written = await update(writing, wanted, condition)
    made = written.proposal
    remaining = made.remaining if isinstance(made, Update) else 0
    if not remaining or not isinstance(made, Update):
        return respond(writing, written)
    remains = [{"graph": graph, "statement": said} for graph, said in made.remains[:SHOWN]]
    return respond(writing, written, remains={"count": remaining, "first": remains})


def respond(
    writing: Writing, written: Written, *, status: int = 200, headers: dict[str, str] | None = None,
    **more: object,
) -> Response:  # fmt: skip
    """What came of a change, as JSON; 204 where nothing did and nothing is to be said."""
    given = {GENERATION: str(written.generation), "Cache-Control": "no-store"} | (headers or {})
    if not written.changes and not more and status == 200:
        return Response(status_code=204, headers=given)
    told = orjson.dumps(answer(writing, written, **more))
    return Response(told, status, given, "application/json")


def _undone(library: Library, number: int, note: Note) -> Written:
    change: Change | None = library.undo([number], note)
    changes = [change] if change is not None else []
    return Written(Update.nothing(), changes, library.generation, {})


def _graphs(given: dict[str, list[str]], name: str) -> tuple[str, ...]:
    iris = tuple(given.get(name, ()))
    if len(iris) > _MOST_GRAPHS:
        raise bad(f"more than {_MOST_GRAPHS} times {name}")
    for iri in iris:
        if not is_valid(iri):
            raise bad(f"{name} {iri!r} is no absolute IRI")
    return iris


def _condition(request: Request) -> Condition:
    """If-Match: "12" wants the library to be still as after change 12."""
    held = request.headers.get("if-match", "").strip()

    def check(library: Library) -> None:
        if held and held != "*" and str(library.generation) not in _TAG.findall(held):
            raise precondition(f"the generation is {library.generation}, not {held}")

    return check
