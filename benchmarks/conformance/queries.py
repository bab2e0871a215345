"""Judges of query tests: syntax and evaluation, results compared in the format in which they are expected."""

import re
from urllib.parse import urljoin

import orjson

from benchmarks.conformance.answers import Found, Solutions, is_same, read, told
from benchmarks.conformance.endpoint import Endpoint, Reply
from benchmarks.conformance.loaded import Data, Loaded
from benchmarks.conformance.manifest import MF, QT, Test
from benchmarks.conformance.outcome import Failed, Skipped

RESULTS = "application/sparql-results+json, application/sparql-results+xml;q=0.9"
ANY = f"{RESULTS}, application/n-triples;q=0.5"

_ACCEPT = {
    "srx": "application/sparql-results+xml",
    "srj": "application/sparql-results+json",
    "tsv": "text/tab-separated-values",
    "csv": "text/csv",
}
_SUFFIX = {
    "application/sparql-results+xml": "srx",
    "application/sparql-results+json": "srj",
    "text/tab-separated-values": "tsv",
    "text/csv": "csv",
    "application/n-triples": "nt",
    "text/turtle": "ttl",
}
_FROM = re.compile(r"\bFROM\s+(NAMED\s+)?<([^>]*)>", re.IGNORECASE)
_COMMENT = re.compile(r"^\s*#.*$", re.MULTILINE)


def evaluate(test: Test, loaded: Loaded) -> None:
    """Puts the data, asks, and compares; raises Failed, Skipped."""
    if f"{MF}NoCanonicalizationOfNumerics" in test.about.texts(f"{MF}requires"):
        raise Skipped("asks that numbers be kept as they were written; ours are canonical")
    query = test.action.text(f"{QT}query")
    text = test.archive.read(query).decode()
    loaded.put(_data(test, text, query), test.archive)
    result = test.about.text(f"{MF}result")
    suffix = result.rpartition(".")[2]
    # The base of a query is its file (the suites' README), and a query may say BASE again.
    reply = loaded.endpoint.ask(f"BASE <{query}>\n{text}", _ACCEPT.get(suffix, ANY))
    compare(test, reply, read(test.archive.read(result), suffix, result))


def compare(test: Test, reply: Reply, expected: Found) -> None:
    """Raises Failed unless the reply says what is expected."""
    found = answer(reply)
    if isinstance(expected, Solutions) and test.about.text(f"{MF}resultCardinality"):
        expected = Solutions(expected.variables, expected.rows, expected.is_ordered, is_lax=True)
    if not is_same(expected, found):
        raise Failed(f"expected {told(expected)}, found {told(found)}")


def answer(reply: Reply) -> Found:
    """What the reply says; raises Failed where it is no answer."""
    if not reply.is_success:
        raise Failed(reply.told())
    if reply.media_type not in _SUFFIX:
        raise Failed(f"answered as {reply.media_type!r}")
    try:
        return read(reply.body, _SUFFIX[reply.media_type])
    except (SyntaxError, ValueError) as error:
        raise Failed(f"the answer cannot be read: {error}") from error


def syntax(test: Test, endpoint: Endpoint) -> None:
    """A query that is one must be answered, one that is none must be refused as such."""
    text = test.archive.read(test.about.text(f"{MF}action"))
    reply = endpoint.ask(text, ANY)
    judge_syntax(reply, is_negative="Negative" in test.kind)


def judge_syntax(reply: Reply, *, is_negative: bool) -> None:
    """Raises Failed where the syntax was judged wrongly."""
    if is_negative and (reply.status != 400 or _problem(reply) not in ("", "query-syntax")):
        raise Failed(f"not refused for its syntax: {reply.told()}")
    if not is_negative and not reply.is_success and not _is_far(reply):
        raise Failed(reply.told())


def _problem(reply: Reply) -> str:
    """The name of the problem that a reply tells of (RFC 9457); "" where it tells of none."""
    if reply.media_type != "application/problem+json":
        return ""
    return str(orjson.loads(reply.body).get("type", "")).rpartition("#")[2]


def _is_far(reply: Reply) -> bool:
    """Whether something was read, and then not done since it asks for another server (SERVICE, LOAD)."""
    is_about_others = b"SERVICE" in reply.body or b"LOAD" in reply.body
    return is_about_others and _problem(reply) in ("query-refused", "query-failed", "not-allowed")


def _data(test: Test, text: str, base: str) -> Data:
    """The data of a test; graphs that its query takes with FROM are put under their names."""
    data = Data.of(test.action)
    taken = [urljoin(base, iri) for _, iri in _FROM.findall(_COMMENT.sub("", text))]
    if not taken:
        return data
    missing = [iri for iri in taken if iri not in test.archive]
    if missing:
        raise Skipped(f"its query takes {missing[0]}, which is no file of the suite")
    return Data(data.default, {**data.named, **{iri: iri for iri in taken}})
