"""Errors as answers: problem+json (RFC 9457) for programs, a page for people. For statuses: api.problems."""

import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import cast

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from api import state, visit
from api.error_page import render_error, wanted
from api.headers import ALWAYS
from api.negotiate import best
from api.problems import TYPE, problem
from kg.completion import Completion
from kg.errors import NotKnown, OverBudget, Overloaded, QuerySyntax
from ontology.errors import WenyuanError

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"

_CHALLENGE = 'Bearer realm="Wenyuan", Basic realm="Wenyuan", charset="UTF-8"'
"""Both ways to show a key (RFC 6750, § 3; RFC 7617, § 2): clients that know only one find theirs."""
_SUGGESTIONS = 5
_HINTS = {404: "search for it at /search", 405: "/openapi.json says what each address takes"}


@dataclass(frozen=True, slots=True)
class Failure:
    """A request that failed, as it is told: name is the fragment of its type, more are further members.

    number: by which the log knows a failure of ours.
    """

    status: int
    name: str
    title: str
    detail: str = ""
    hint: str = ""
    number: str = ""
    more: Mapping[str, object] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def wait(self) -> int:
        """Seconds after which to try again; 0 where nobody can say."""
        return int(self.headers.get("Retry-After", 0))


_LEFT = Failure(400, "client-left", "The request broke off")


class Failed(Exception):
    """A request that a route cannot serve: what HTTP alone knows, such as 406 and 410."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.title)
        self.failure = failure


def add_to(app: FastAPI) -> None:
    """Makes *app* answer like this, whatever goes wrong."""
    app.add_exception_handler(Failed, lambda request, error: answer(request, cast(Failed, error).failure))
    app.add_exception_handler(
        WenyuanError, lambda request, error: answer(request, of_error(cast(WenyuanError, error)))
    )
    app.add_exception_handler(
        HTTPException, lambda request, error: answer(request, _of_http(cast(HTTPException, error)))
    )
    app.add_exception_handler(
        RequestValidationError,
        lambda request, error: answer(request, _of_parameters(cast(RequestValidationError, error))),
    )
    # Nobody reads the answer; it only is no fault of ours.
    app.add_exception_handler(ClientDisconnect, lambda request, error: answer(request, _LEFT))
    app.add_exception_handler(Exception, lambda request, error: answer(request, _of_ourselves(error)))


def answer(request: Request, failure: Failure) -> Response:
    """*failure* in the form that the client wants."""
    if (here := visit.current()) is not None:
        here.outcome = here.outcome or failure.name
    suggestions = _suggestions(request) if failure.status in (404, 410) else []
    if best(request.headers.get("accept", ""), (MEDIA_TYPE, "text/html")) == "text/html":
        page = _page(request, failure, suggestions)
        if page is not None:
            return page
    body = orjson.dumps(members(request, failure, suggestions))
    return Response(body, failure.status, {"Vary": "Accept", **failure.headers}, MEDIA_TYPE)


def members(request: Request, failure: Failure, suggestions: Sequence[Completion] = ()) -> dict[str, object]:
    """The members of the problem; those that say nothing are left out."""
    given: dict[str, object] = {
        "type": TYPE + failure.name,
        "title": failure.title,
        "status": failure.status,
        "detail": failure.detail,
        "hint": failure.hint,
        "number": failure.number,
        "instance": request.url.path,
        "request": _request(),
        "suggestions": [{"iri": found.iri, "name": found.text} for found in suggestions],
        **failure.more,
    }
    return {name: value for name, value in given.items() if value}


def of_error(error: WenyuanError) -> Failure:
    """What an error of ours is to a client."""
    known = problem(error)
    is_syntax = isinstance(error, QuerySyntax)
    more = (
        {"line": error.line, "column": error.column} if is_syntax and isinstance(error, QuerySyntax) else {}
    )
    headers = _retry_after(error, known.status)
    if isinstance(error, NotKnown):
        headers["WWW-Authenticate"] = _CHALLENGE
    if known.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        log.error("a request failed: %s", error)
    return Failure(known.status, known.name, known.title, str(error), error.hint, more=more, headers=headers)


def _retry_after(error: WenyuanError, status: int) -> dict[str, str]:
    """When to come again, where waiting helps: what the error says, else soon."""
    if isinstance(error, OverBudget | Overloaded):
        return {"Retry-After": str(max(1, math.ceil(error.retry_after)))}
    return {"Retry-After": "5"} if status == HTTPStatus.SERVICE_UNAVAILABLE else {}


def _of_http(error: HTTPException) -> Failure:
    """What the framework refuses: no such address, no such method."""
    status = HTTPStatus(error.status_code)
    detail = "" if error.detail == status.phrase else str(error.detail)
    name = status.phrase.lower().replace(" ", "-")
    return Failure(status, name, status.phrase, detail, _HINTS.get(status, ""), headers=error.headers or {})


def _of_parameters(error: RequestValidationError) -> Failure:
    """Parameters that do not fit, named."""
    wrong = [f"{'.'.join(map(str, each['loc'][1:]))}: {each['msg']}" for each in error.errors()]
    return Failure(400, "bad-parameter", "A parameter does not fit", "; ".join(wrong))


def _of_ourselves(error: Exception) -> Failure:
    """A fault of ours: the client learns its number, the log the rest."""
    number = _request()
    log.error("failure %s", number, exc_info=error)
    # The framework answers this outside of api.headers, so it brings the headers with it.
    headers = {name.decode(): value.decode() for name, value in ALWAYS} | {"X-Request-Id": number}
    return Failure(500, "internal", "Something went wrong here", number=number, headers=headers)


def _request() -> str:
    """The id of the request that failed, by which the log knows it."""
    here = visit.current()
    return here.id if here is not None else visit.request_id()


def _page(request: Request, failure: Failure, suggestions: Sequence[Completion]) -> Response | None:
    """The page for people; None where the library is in no state to make one."""
    try:
        page = render_error(
            request,
            failure.status,
            detail=failure.detail,
            hint=failure.hint,
            number=failure.number,
            wait=failure.wait,
            suggestions=suggestions,
        )
    except WenyuanError:
        log.exception("no page for a failure")
        return None
    page.headers.update(failure.headers)
    return page


def _suggestions(request: Request) -> list[Completion]:
    """Things that may have been meant by the end of the address; none where the index fails too."""
    text = wanted(request).rpartition(".")[0] or wanted(request)
    search = state.library(request).search
    try:
        return search.complete(text, limit=_SUGGESTIONS) or search.suggest(text, limit=_SUGGESTIONS)
    except WenyuanError:
        log.exception("no suggestions for a failure")
        return []
