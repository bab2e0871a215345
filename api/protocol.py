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


class UpdateAsked(Exception):
    """A request that holds an update, where a query may be as well; values: its parameters."""

    def __init__(self, values: list[tuple[str, str]]) -> None:
        super().__init__("an update")
        self.values = values


async def asked(request: Request, *, size: int) -> Asked:
    """What *request* asks; size: the most bytes a query may have.

    Raises Failed: 400 for a request that breaks the protocol, 413 and 415 for its body. Raises UpdateAsked
    where it is no query.
    """
    values = parameters(request.scope["query_string"])
    if request.method == "POST":
        values += _from_body(kind(request), await body_of(request, _most(request, size), _too_large(size)))
    return _read(values)


def parameters(text: bytes) -> list[tuple[str, str]]:
    """The parameters of an address or a form, in UTF-8 and nothing else; raises Failed (400)."""
    try:
        return parse_qsl(text.decode(), keep_blank_values=True, errors="strict", max_num_fields=3 * _GRAPHS)
    except ValueError as error:
        raise bad(f"the parameters cannot be read: {error}") from error


def kind(request: Request) -> str:
    """The media type of the body; raises Failed (415) where it is packed, or written in another charset."""
    kind, _, rest = request.headers.get("content-type", "").lower().partition(";")
    charset = rest.partition("charset=")[2].strip(' "').partition(";")[0].strip(' "')
    if charset not in ("", "utf-8", "utf8", "us-ascii"):
        raise unreadable(f"it is written in {charset!r}", "write it in UTF-8")
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise unreadable("it is packed", "send it as it is", {"Accept-Encoding": "identity"})
    return kind.strip()


def _from_body(form: str, body: bytes) -> list[tuple[str, str]]:
    """The parameters in the body of a POST."""
    if form == DIRECT:
        return [("query", text_of(body))]
    if form == FORM:
        return parameters(body)
    raise unreadable(f"its type is {form!r}", f"send {FORM} or {DIRECT}")


def _read(values: Sequence[tuple[str, str]]) -> Asked:
    given: dict[str, list[str]] = {}
    for name, value in values:
        given.setdefault(name, []).append(value)
    if "update" in given:
        raise UpdateAsked(list(values))
    if len(given.get("query", ())) > 1:
        raise bad("there is more than one query")
    default, named = _graphs(given, "default-graph-uri"), _graphs(given, "named-graph-uri")
    query, form, least = (given.get(name, [""]) for name in ("query", "format", "min-generation"))
    if "\0" in query[0]:
        raise bad("the query holds the character U+0000, which no editor shows")
    return Asked(query[0].removeprefix("\ufeff"), form[-1], default, named, least[-1])


def _graphs(given: Mapping[str, Sequence[str]], name: str) -> tuple[str, ...]:
    iris = tuple(iri for iri in given.get(name, ()) if iri)
    if len(iris) > _GRAPHS:
        raise QueryRefused(
            f"more than {_GRAPHS} times {name}", hint="leave it out: the default graph is all graphs"
        )
    for iri in iris:
        if not is_valid(iri):
            raise bad(f"{name} {iri!r} is no absolute IRI")
    return iris


def _most(request: Request, size: int) -> int:
    """The bytes that a body may have in which there is a query of that size."""
    return size if kind(request) == DIRECT else _ESCAPED * size + _ROOM


def _too_large(size: int) -> Failed:
    return Failed(Failure(413, "too-large", "The request is too large", f"a query may have {size:,} bytes"))


async def body_of(request: Request, most: int, too_large: Failed) -> bytes:
    """The body, as long as it has no more than *most* bytes and comes in time; raises *too_large*, Failed."""
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


def text_of(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise bad(f"the body is not UTF-8: {error}") from error


def bad(detail: str) -> Failed:
    return Failed(Failure(400, "bad-request", "The request breaks the SPARQL Protocol", detail))


def unreadable(detail: str, hint: str, headers: Mapping[str, str] | None = None) -> Failed:
    title = "The body is of no form that the protocol knows"
    return Failed(Failure(415, "unsupported-media-type", title, detail, hint, headers=headers or {}))


def _too_slow() -> Failed:
    detail = f"the query was not there after {_SECONDS} seconds"
    headers = {"Connection": "close"}
    return Failed(Failure(408, "too-slow", "The request did not come in time", detail, headers=headers))
