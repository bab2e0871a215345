"""The table of suites: which tests each one holds, who judges them, and what part of them must pass."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from benchmarks.conformance import (
    canonical,
    description,
    federation,
    jsonld,
    queries,
    requests,
    syntaxes,
    updates,
)
from benchmarks.conformance.archive import json_ld, rdf_canon, rdf_tests
from benchmarks.conformance.loaded import Loaded
from benchmarks.conformance.manifest import MF, Test, tests

Run = Callable[[Loaded], None]

GOAL = 0.99
"""The part of the tests of a suite that has a target."""


@dataclass(frozen=True, slots=True)
class Case:
    """A test ready to be run: raises Failed or Skipped."""

    iri: str
    name: str
    run: Run


@dataclass(frozen=True, slots=True)
class Suite:
    """One line of the report. goal: the part that must pass, 0 where it is only told; standard: under TR/."""

    key: str
    title: str
    standard: str
    cases: Callable[[], Iterator[Case]]
    goal: float = 0


def _judge(test: Test) -> Run:
    """The judge of a test of the SPARQL and RDF suites, by its type."""
    kind = test.kind
    # Some tests of updates are typed as if they were of queries; the file says what it is.
    if "Update" in kind or test.about.text(f"{MF}action").endswith(".ru"):
        if "Syntax" in kind:
            return lambda loaded: updates.syntax(test, loaded)
        return lambda loaded: updates.evaluate(test, loaded)
    if "SyntaxTest" in kind:
        return lambda loaded: queries.syntax(test, loaded.endpoint)
    if kind in ("ProtocolTest", "GraphStoreProtocolTest"):
        return lambda loaded: requests.converse(test, loaded)
    if kind == "ServiceDescriptionTest":
        return lambda loaded: description.describe(test, loaded.endpoint)
    return lambda loaded: queries.evaluate(test, loaded)


def _sparql(*folders: str, version: str = "sparql11", only: str = "") -> Callable[[], Iterator[Case]]:
    """Cases of the manifests in those folders; only: a word in the type of each, or after "!" in none."""

    def cases() -> Iterator[Case]:
        for folder in folders:
            path = f"sparql/{version}/{folder}/manifest.ttl".replace("//", "/")
            for test in tests(rdf_tests(), path):
                if not only or (only.lstrip("!") in test.kind) != only.startswith("!"):
                    yield Case(test.short, test.name, _judge(test))

    return cases


def _rdf(*paths: str) -> Callable[[], Iterator[Case]]:
    def cases() -> Iterator[Case]:
        for path in paths:
            for test in tests(rdf_tests(), f"rdf/{path}/manifest.ttl"):
                # The manifests of 1.2 include those of 1.1, which have a line of their own.
                if path.partition("/")[0] not in test.base:
                    continue
                yield Case(test.short, test.name, _document(test))

    return cases


def _document(test: Test) -> Run:
    return lambda loaded: syntaxes.document(test, loaded)


def _direct(name: str) -> Callable[[], Iterator[Case]]:
    def cases() -> Iterator[Case]:
        for test in tests(rdf_tests(), f"sparql/sparql11/graph-store-protocol/{name}.ttl"):
            yield Case(test.short, test.name, _judge(test))

    return cases


def _json(name: str) -> Callable[[], Iterator[Case]]:
    judge = {"toRdf": jsonld.to_rdf, "fromRdf": jsonld.from_rdf}[name]

    def cases() -> Iterator[Case]:
        for entry in jsonld.entries(json_ld(), name):
            yield Case(f"{name}{entry['@id']}", entry["name"], _entry(judge, entry))

    return cases


def _entry(judge: Callable[..., None], entry: jsonld.Entry) -> Run:
    return lambda loaded: judge(entry, json_ld(), loaded)


def _services() -> Iterator[Case]:
    for test in tests(rdf_tests(), "sparql/sparql11/service/manifest.ttl"):
        yield Case(test.short, test.name, _service(test))


def _service(test: Test) -> Run:
    return lambda loaded: federation.evaluate(test, loaded)


def _canonical() -> Iterator[Case]:
    for test in tests(rdf_canon(), "tests/manifest.ttl"):
        yield Case(test.short, test.name, _canon(test))


def _canon(test: Test) -> Run:
    return lambda _: canonical.judge(test)


_QUERY = (
    "aggregates", "bind", "bindings", "cast", "construct", "exists", "functions", "grouping", "negation",
    "project-expression", "property-path", "subquery",
)  # fmt: skip
_UPDATE = (
    "add", "basic-update", "clear", "copy", "delete", "delete-data", "delete-insert", "delete-where", "drop",
    "move", "update-silent",
)  # fmt: skip


def _both(*sources: Callable[[], Iterator[Case]]) -> Callable[[], Iterator[Case]]:
    return lambda: (case for source in sources for case in source())


_ASKED = _both(_sparql("syntax-query"), _sparql(*_QUERY, only="Syntax"))
_CHANGED = _both(_sparql("syntax-update-1", "syntax-update-2"), _sparql(*_UPDATE, only="Syntax"))

_QUERIES, _UPDATES = _sparql(*_QUERY, only="!Syntax"), _sparql(*_UPDATE, only="!Syntax")
_GRAPHS, _OWN = _direct("manifest-indirect"), _direct("manifest-direct")
_ABOUT, _FAR = _sparql("service-description"), _sparql("syntax-fed")

SUITES = (
    Suite("query", "SPARQL 1.1 Query, evaluation", "sparql11-query", _QUERIES, GOAL),
    Suite("query-syntax", "SPARQL 1.1 Query, syntax", "sparql11-query", _ASKED, GOAL),
    Suite("csv", "Results in CSV and TSV", "sparql11-results-csv-tsv", _sparql("csv-tsv-res"), GOAL),
    Suite("json", "Results in JSON", "sparql11-results-json", _sparql("json-res"), GOAL),
    Suite("update", "SPARQL 1.1 Update, evaluation", "sparql11-update", _UPDATES, GOAL),
    Suite("update-syntax", "SPARQL 1.1 Update, syntax", "sparql11-update", _CHANGED, GOAL),
    Suite("protocol", "SPARQL 1.1 Protocol", "sparql11-protocol", _sparql("protocol"), GOAL),
    Suite("graphs", "Graph Store Protocol, indirect", "sparql11-http-rdf-update", _GRAPHS, GOAL),
    Suite("direct", "Graph Store Protocol, direct", "sparql11-http-rdf-update", _OWN, GOAL),
    Suite("service", "Service Description", "sparql11-service-description", _ABOUT, GOAL),
    Suite("federation", "Federated Query, evaluation", "sparql11-federated-query", _services, GOAL),
    Suite("federation-syntax", "Federated Query, syntax", "sparql11-federated-query", _FAR, GOAL),
    Suite("entailment", "Entailment regimes", "sparql11-entailment", _sparql("entailment")),
    Suite("sparql10", "SPARQL 1.0", "rdf-sparql-query", _sparql("", version="sparql10")),
    Suite("sparql12", "SPARQL 1.2 (draft)", "sparql12-query", _sparql("", version="sparql12")),
    Suite("turtle", "RDF 1.1 Turtle", "turtle", _rdf("rdf11/rdf-turtle")),
    Suite("trig", "RDF 1.1 TriG", "trig", _rdf("rdf11/rdf-trig")),
    Suite("ntriples", "RDF 1.1 N-Triples", "n-triples", _rdf("rdf11/rdf-n-triples")),
    Suite("nquads", "RDF 1.1 N-Quads", "n-quads", _rdf("rdf11/rdf-n-quads")),
    Suite("rdfxml", "RDF 1.1 XML", "rdf-syntax-grammar", _rdf("rdf11/rdf-xml")),
    Suite("turtle12", "RDF 1.2 Turtle (draft)", "rdf12-turtle", _rdf("rdf12/rdf-turtle")),
    Suite("trig12", "RDF 1.2 TriG (draft)", "rdf12-trig", _rdf("rdf12/rdf-trig")),
    Suite("ntriples12", "RDF 1.2 N-Triples (draft)", "rdf12-n-triples", _rdf("rdf12/rdf-n-triples")),
    Suite("nquads12", "RDF 1.2 N-Quads (draft)", "rdf12-n-quads", _rdf("rdf12/rdf-n-quads")),
    Suite("rdfxml12", "RDF 1.2 XML (draft)", "rdf12-xml", _rdf("rdf12/rdf-xml")),
    Suite("jsonld-to", "JSON-LD 1.1, to RDF", "json-ld11-api", _json("toRdf")),
    Suite("jsonld-from", "JSON-LD 1.1, from RDF", "json-ld11-api", _json("fromRdf")),
    Suite("rdfc", "RDFC-1.0", "rdf-canon", _canonical),
)  # fmt: skip
