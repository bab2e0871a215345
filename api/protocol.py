"""The SPARQL 1.1 Protocol: what a request asks, in whichever of its three forms. Does not answer."""

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


@dataclass(frozen=True, slots=True)
class Asked:
    """A query as it came, with the dataset (§ 2.1.4) and the format asked for by name."""

    query: str
    format: str = ""
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()


async def asked(request: Request, *, size: int) -> Asked:
    """What *request* asks; size: the most bytes a query may have.

    Raises Failed: 400 for a request that breaks the protocol, 413 and 415 for its body. Raises QueryRefused
    for updates.
    """
    values: list[tuple[str, str]] = list(request.query_params.multi_items())
    if request.method == "POST":
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        values += _from_body(kind, await _body(request, kind, size))
    return _read(values)


def _from_body(kind: str, body: bytes) -> list[tuple[str, str]]:
    """The parameters in the body of a POST."""
    if kind == _UPDATE:
        raise _no_updates()
    text = _text(body)
    if kind == DIRECT:
        return [("query", text)]
    if kind == FORM:
        try:
            return parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=2 * _GRAPHS)
        except ValueError as error:
            raise _bad(f"the form cannot be read: {error}") from error
    raise Failed(
        Failure(
            415,
            "unsupported-media-type",
            "The body is of no form that the protocol knows",
            f"its type is {kind!r}",
            f"send {FORM} or {DIRECT}",
        )
    )


def _read(values: Sequence[tuple[str, str]]) -> Asked:
    given: dict[str, list[str]] = {}
    for name, value in values:
        given.setdefault(name, []).append(value)
    if "update" in given:
        raise _no_updates()
    if len(given.get("query", ())) > 1:
        raise _bad("there is more than one query")
    default, named = _graphs(given, "default-graph-uri"), _graphs(given, "named-graph-uri")
    return Asked(given.get("query", [""])[0], given.get("format", [""])[-1], default, named)


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


async def _body(request: Request, kind: str, size: int) -> bytes:
    """The body, as long as it is no larger than a query in that form can be."""
    most = size if kind == DIRECT else _ESCAPED * size + _ROOM
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            raise Failed(
                Failure(413, "too-large", "The request is too large", f"a query may have {size:,} bytes")
            )
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
