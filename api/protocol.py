"""The SPARQL 1.1 Protocol: what a request asks, in whichever of its three forms. Does not answer."""

from asyncio import timeout
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl

from fastapi import Request

from api.failures import Failed, Failure
from kg.errors import QueryRefused
from kg.reading import is_valid

FORM = "application/x-www-form-urlencoded"
DIRECT = "application/sparql-query"

_UPDATE = "application/sparql-update"
_GRAPHS = 64
_ESCAPED = 3
"""A byte that a form escapes takes three."""
_ROOM = 16_384
"""Bytes of a form beside the query."""
_SECONDS = 20
"""In which the body of a request is to come."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A query as it came, with the dataset (§ 2.1.4), and what we understand beyond the protocol.

    format: asked for by name. min_generation: the generation wanted at least, as it was written.
    """

    query: str
    format: str = ""
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    min_generation: str = ""


async def asked(request: Request, *, size: int) -> Asked:
    """What *request* asks; size: the most bytes a query may have.

    Raises Failed: 400 for a request that breaks the protocol, 413 and 415 for its body. Raises QueryRefused
    for updates.
    """
    values = _parameters(request.scope["query_string"])
    if request.method == "POST":
        values += _from_body(_kind(request), await _body(request, size))
    return _read(values)


def _parameters(text: bytes) -> list[tuple[str, str]]:
    """The parameters of an address or a form, in UTF-8 and nothing else; raises Failed (400)."""
    try:
        return parse_qsl(text.decode(), keep_blank_values=True, errors="strict", max_num_fields=3 * _GRAPHS)
    except ValueError as error:
        raise _bad(f"the parameters cannot be read: {error}") from error


def _kind(request: Request) -> str:
    """The media type of the body; raises Failed (415) where it is packed, or written in another charset."""
    kind, _, rest = request.headers.get("content-type", "").lower().partition(";")
    charset = rest.partition("charset=")[2].strip(' "').partition(";")[0].strip(' "')
    if charset not in ("", "utf-8", "utf8", "us-ascii"):
        raise _unreadable(f"it is written in {charset!r}", "write it in UTF-8")
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise _unreadable("it is packed", "send it as it is", {"Accept-Encoding": "identity"})
    return kind.strip()


def _from_body(kind: str, body: bytes) -> list[tuple[str, str]]:
    """The parameters in the body of a POST."""
    if kind == _UPDATE:
        raise _no_updates()
    if kind == DIRECT:
        return [("query", _text(body))]
    if kind == FORM:
        return _parameters(body)
    raise _unreadable(f"its type is {kind!r}", f"send {FORM} or {DIRECT}")


def _read(values: Sequence[tuple[str, str]]) -> Asked:
    given: dict[str, list[str]] = {}
    for name, value in values:
        given.setdefault(name, []).append(value)
    if "update" in given:
        raise _no_updates()
    if len(given.get("query", ())) > 1:
        raise _bad("there is more than one query")
    default, named = _graphs(given, "default-graph-uri"), _graphs(given, "named-graph-uri")
    query, form, least = (given.get(name, [""]) for name in ("query", "format", "min-generation"))
    if "\0" in query[0]:
        raise _bad("the query holds the character U+0000, which no editor shows")
    return Asked(query[0].removeprefix("\ufeff"), form[-1], default, named, least[-1])


def _graphs(given: Mapping[str, Sequence[str]], name: str) -> tuple[str, ...]:
    iris = tuple(iri for iri in given.get(name, ()) if iri)
    if len(iris) > _GRAPHS:
        raise QueryRefused(
            f"more than {_GRAPHS} times {name}", hint="leave it out: the default graph is all graphs"
        )
    for iri in iris:
        if not is_valid(iri):
            raise _bad(f"{name} {iri!r} is no absolute IRI")
    return iris


async def _body(request: Request, size: int) -> bytes:
    """The body, as long as it is no larger than a query in that form can be, and comes in time."""
    most = size if _kind(request) == DIRECT else _ESCAPED * size + _ROOM
    too_large = Failed(
        Failure(413, "too-large", "The request is too large", f"a query may have {size:,} bytes")
    )
    told = request.headers.get("content-length", "")
    if told.isdigit() and int(told) > most:
        raise too_large
    body = bytearray()
    try:
        async with timeout(_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > most:
                    raise too_large
    except TimeoutError as error:
        raise _too_slow() from error
    return bytes(body)


def _text(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise _bad(f"the body is not UTF-8: {error}") from error


def _bad(detail: str) -> Failed:
    return Failed(Failure(400, "bad-request", "The request breaks the SPARQL Protocol", detail))


def _no_updates() -> QueryRefused:
    return QueryRefused(
        "an update changes data, and this endpoint only reads", hint="use `wenyuan ingest` or `wenyuan load`"
    )


def _unreadable(detail: str, hint: str, headers: Mapping[str, str] | None = None) -> Failed:
    title = "The body is of no form that the protocol knows"
    return Failed(Failure(415, "unsupported-media-type", title, detail, hint, headers=headers or {}))


def _too_slow() -> Failed:
    detail = f"the query was not there after {_SECONDS} seconds"
    headers = {"Connection": "close"}
    return Failed(Failure(408, "too-slow", "The request did not come in time", detail, headers=headers))
