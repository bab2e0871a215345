"""Judge of tests that are HTTP requests written down as RDF: SPARQL Protocol and Graph Store Protocol."""

import re
from collections.abc import Mapping
from urllib.parse import quote, urlsplit

from pyoxigraph import parse_query_results

from benchmarks.conformance.answers import RESULTS, graph
from benchmarks.conformance.endpoint import Endpoint, Reply
from benchmarks.conformance.loaded import Data, Loaded
from benchmarks.conformance.manifest import MF, Description, Test
from benchmarks.conformance.outcome import Failed, Skipped

HT = "http://www.w3.org/2011/http#"
CNT = "http://www.w3.org/2011/content#"

_STATUS = {"OK": 200, "Created": 201, "NoContent": 204, "BadRequest": 400, "NotFound": 404}
_TABLES = {"application/sparql-results+xml", "application/sparql-results+json"}
_GRAPHS = {"text/turtle": "ttl", "application/n-triples": "nt", "application/rdf+xml": "rdf"}
_JSON_LD = "application/ld+json"
_AUTHORITY = "http://www.example"


def converse(test: Test, loaded: Loaded) -> None:
    """Sends the requests in their order and looks at each answer; raises Failed, Skipped."""
    endpoint = loaded.endpoint
    if test.about.text(f"{MF}requires").endswith("DirectGraphIdentification") and not endpoint.direct:
        raise Skipped("graphs have no addresses of their own here")
    loaded.clear()
    loaded.put(Data.of(test.about), test.archive)
    loaded.forget()
    known: dict[str, str] = {}
    try:
        _all(test, endpoint, known)
    finally:
        loaded.clear()


def _all(test: Test, endpoint: Endpoint, known: dict[str, str]) -> None:
    for place, request in enumerate(test.action.members(f"{HT}requests"), 1):
        reply = _send(test, request, endpoint, known)
        for expected in request.nodes(f"{HT}resp"):
            try:
                _judge(expected, reply, known)
            except Failed as error:
                raise Failed(f"request {place}: {error}") from None


def _send(test: Test, request: Description, endpoint: Endpoint, known: Mapping[str, str]) -> Reply:
    headers = {
        each.text(f"{HT}fieldName"): each.text(f"{HT}fieldValue")
        for each in request.members(f"{HT}headers")
        if each.text(f"{HT}fieldName").lower() not in ("content-length", "host")
    }
    content = request.one(f"{HT}body")
    body = _body(content, endpoint, known) if content else None
    path = _path(test, request, endpoint, headers, body, known)
    method = request.text(f"{HT}methodName")
    return endpoint.request(method, path, body, headers)


def _body(content: Description, endpoint: Endpoint, known: Mapping[str, str]) -> bytes:
    text = _filled(content.text(f"{CNT}chars"), known)
    return text.encode(content.text(f"{CNT}characterEncoding") or "utf-8")


def _path(
    test: Test,
    request: Description,
    endpoint: Endpoint,
    headers: Mapping[str, str],
    body: bytes | None,
    known: Mapping[str, str],
) -> str:
    """The path on this server: `/sparql/` stands for the query and the update door, `/gsp` for the graphs."""
    given = request.text(f"{HT}absolutePath")
    for name, value in known.items():
        if given in (name, f"/{name}"):
            return urlsplit(value).path
        given = given.replace(name, quote(value, safe=""))
    if given.startswith("/sparql"):
        _, mark, parameters = given.partition("?")
        door = endpoint.update if _is_update(test, headers, body, parameters) else endpoint.query
        return door + mark + parameters
    rest = given.removeprefix("/gsp")
    return endpoint.graphs + rest if rest[:1] in ("", "?") else f"{endpoint.direct}{rest}"


def _is_update(test: Test, headers: Mapping[str, str], body: bytes | None, parameters: str) -> bool:
    """Whether a request is one for the update door, where a server has two."""
    kind = next((value for name, value in headers.items() if name.lower() == "content-type"), "")
    if "sparql-query" in kind or "query=" in parameters or (body or b"").startswith(b"query="):
        return False
    return "update" in test.iri.rpartition("#")[2]


def _judge(expected: Description, reply: Reply, known: dict[str, str]) -> None:
    wanted = expected.texts(f"{MF}expectedStatus")
    if wanted and not any(_is_status(iri.rpartition("#")[2], reply.status) for iri in wanted):
        names = ", ".join(iri.rpartition("#")[2] for iri in wanted)
        raise Failed(f"expected {names}, found {reply.told()}")
    if name := expected.text(f"{MF}expectedLocation"):
        if "location" not in reply.headers:
            raise Failed("no Location")
        known[name] = reply.headers["location"]
    form = expected.text(f"{MF}expectedFormat")
    if form in ("boolean", "tabular") and reply.media_type not in _TABLES:
        raise Failed(f"expected {form}, found {reply.media_type!r}")
    if form == "RDF" and reply.media_type not in (*_GRAPHS, _JSON_LD):
        raise Failed(f"expected RDF, found {reply.media_type!r}")
    if truth := expected.text(f"{MF}expectedBoolean"):
        suffix = "srx" if reply.media_type.endswith("+xml") else "srj"
        if bool(parse_query_results(reply.body, format=RESULTS[suffix])) != (truth == "true"):
            raise Failed(f"expected {truth}")
    content = expected.one(f"{HT}body")
    if content and content.text(f"{CNT}chars").strip():
        _judge_graph(_filled(content.text(f"{CNT}chars"), known), reply)


def _judge_graph(text: str, reply: Reply) -> None:
    suffix = _GRAPHS.get(reply.media_type)
    if suffix is None:
        raise Failed(f"expected a graph, found {reply.media_type!r}")
    wanted, found = graph(text.encode(), "ttl", _AUTHORITY), graph(reply.body, suffix, _AUTHORITY)
    if wanted != found:
        raise Failed(f"another graph came back: {reply.told()}")


def _is_status(name: str, status: int) -> bool:
    if found := re.fullmatch(r"StatusCode(\d)xx", name):
        return status // 100 == int(found[1])
    return _STATUS[name] == status


def _filled(text: str, known: Mapping[str, str]) -> str:
    for name, value in known.items():
        text = text.replace(name, value)
    return text
