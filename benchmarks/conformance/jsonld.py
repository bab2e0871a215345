"""Judges of JSON-LD: to RDF by putting a document, from RDF by fetching a graph as JSON-LD."""

from collections.abc import Iterator
from typing import Any

import orjson
from pyoxigraph import Dataset, DefaultGraph, RdfFormat, parse

from benchmarks.conformance.answers import dataset, graph, told
from benchmarks.conformance.archive import Archive
from benchmarks.conformance.endpoint import Endpoint
from benchmarks.conformance.loaded import TYPES, Loaded
from benchmarks.conformance.outcome import Failed, Skipped
from benchmarks.conformance.updates import held

Entry = dict[str, Any]

_ANY = "http://example.org/any"


def entries(archive: Archive, name: str) -> Iterator[Entry]:
    """The tests of a manifest in JSON."""
    yield from orjson.loads(archive.files[f"tests/{name}-manifest.jsonld"])["sequence"]


def to_rdf(entry: Entry, archive: Archive, loaded: Loaded) -> None:
    """A document must be taken and give these statements, or be refused; raises Failed, Skipped."""
    option = entry.get("option", {})
    _offered(entry, option)
    base = option.get("base") or f"{archive.base}tests/{entry['input']}"
    endpoint = loaded.endpoint
    expected = archive.files[f"tests/{entry['expect']}"] if "expect" in entry else b""
    is_graph = not _has_graphs(expected)
    if not is_graph and not endpoint.whole:
        raise Skipped("datasets cannot be put as a whole here")
    if not is_graph:
        loaded.clear()
    path = endpoint.graph(base) if is_graph else endpoint.whole
    loaded.forget([base])
    body = archive.files[f"tests/{entry['input']}"]
    reply = endpoint.request("PUT", path, body, {"Content-Type": TYPES["jsonld"]})
    if "jld:NegativeEvaluationTest" in entry["@type"]:
        if reply.is_success:
            raise Failed("not refused")
    elif not reply.is_success:
        raise Failed(reply.told())
    elif "expect" in entry:
        wanted = graph(expected, "nq", "")
        found = _graph(endpoint, base) if is_graph else dataset(held(endpoint))
        if wanted != found:
            raise Failed(f"expected {told(wanted)}, found {told(found)}")


def from_rdf(entry: Entry, archive: Archive, loaded: Loaded) -> None:
    """The statements of a document, put and fetched as JSON-LD, must be the same; raises Failed, Skipped.

    The suite compares the tree of an expanded document. A door may shape the tree as it likes, so what is
    compared is what the document says.
    """
    _offered(entry, entry.get("option", {}))
    endpoint = loaded.endpoint
    given = archive.files[f"tests/{entry['input']}"]
    wanted = graph(given, "nq", "")
    if _has_graphs(given):
        raise Skipped("of several graphs; the Graph Store Protocol fetches one")
    loaded.forget([_ANY])
    reply = endpoint.request("PUT", endpoint.graph(_ANY), given, {"Content-Type": TYPES["nt"]})
    if not reply.is_success:
        raise Failed(f"not taken: {reply.told()}")
    found = _graph(endpoint, _ANY, kind="jsonld")
    if wanted != found:
        raise Failed(f"expected {told(wanted)}, found {told(found)}")


def _graph(endpoint: Endpoint, iri: str, *, kind: str = "nt") -> Dataset:
    """The graph as it is fetched; an empty one may not be there at all."""
    reply = endpoint.request("GET", endpoint.graph(iri), headers={"Accept": TYPES[kind]})
    if reply.status == 404:
        return dataset(())
    if not reply.is_success or reply.media_type != TYPES[kind]:
        raise Failed(f"not fetched: {reply.told()}")
    return graph(reply.body, kind, iri)


def _has_graphs(nquads: bytes) -> bool:
    return any(
        not isinstance(quad.graph_name, DefaultGraph) for quad in parse(nquads, format=RdfFormat.N_QUADS)
    )


def _offered(entry: Entry, option: Entry) -> None:
    """Raises Skipped where the test asks for an option of the JSON-LD API that HTTP cannot carry."""
    if option.get("specVersion") == "json-ld-1.0" or option.get("processingMode") == "json-ld-1.0":
        raise Skipped("of JSON-LD 1.0")
    for name in ("produceGeneralizedRdf", "expandContext", "rdfDirection", "useRdfType", "useNativeTypes"):
        if name in option:
            raise Skipped(f"asks for the option {name} of the API, which a request cannot carry")
