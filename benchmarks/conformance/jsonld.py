"""Judges of JSON-LD: to RDF by putting a document, from RDF by fetching a graph as JSON-LD."""

from collections.abc import Iterator
from typing import Any

import orjson
from pyoxigraph import RdfFormat, parse

from benchmarks.conformance.answers import dataset, graph
from benchmarks.conformance.archive import Archive
from benchmarks.conformance.loaded import TYPES, Loaded
from benchmarks.conformance.outcome import Failed, Skipped
from benchmarks.conformance.updates import held

Entry = dict[str, Any]


def entries(archive: Archive, name: str) -> Iterator[Entry]:
    """The tests of a manifest in JSON."""
    yield from orjson.loads(archive.files[f"tests/{name}-manifest.jsonld"])["sequence"]


def to_rdf(entry: Entry, archive: Archive, loaded: Loaded) -> None:
    """A document must be taken and give these statements, or be refused; raises Failed, Skipped."""
    option = entry.get("option", {})
    _offered(entry, option)
    base = option.get("base") or f"{archive.base}tests/{entry['input']}"
    endpoint = loaded.endpoint
    loaded.clear()
    headers = {"Content-Type": TYPES["jsonld"]}
    body = archive.files[f"tests/{entry['input']}"]
    path = endpoint.whole or endpoint.graph(base)
    reply = endpoint.request("PUT", path, body, {**headers, "Content-Location": base})
    if "jld:NegativeEvaluationTest" in entry["@type"]:
        if reply.is_success:
            raise Failed("not refused")
        return
    if not reply.is_success:
        raise Failed(reply.told())
    if "expect" in entry:
        wanted = graph(archive.files[f"tests/{entry['expect']}"], "nq", "")
        found = dataset(held(endpoint))
        if wanted != found:
            raise Failed(f"expected {len(wanted)} statements, found {len(found)} or others")


def from_rdf(entry: Entry, archive: Archive, loaded: Loaded) -> None:
    """The statements of a document, put and fetched as JSON-LD, must be the same; raises Failed, Skipped.

    The suite compares the tree of an expanded document. A door may shape the tree as it likes, so what is
    compared is what the document says.
    """
    _offered(entry, entry.get("option", {}))
    endpoint = loaded.endpoint
    given = archive.files[f"tests/{entry['input']}"]
    wanted = graph(given, "nq", "")
    if any(True for quad in parse(given, format=RdfFormat.N_QUADS) if "DEFAULT" not in str(quad.graph_name)):
        raise Skipped("of several graphs; the Graph Store Protocol fetches one")
    loaded.clear()
    reply = endpoint.request("PUT", endpoint.graph(""), given, {"Content-Type": TYPES["nq"]})
    if not reply.is_success:
        reply = endpoint.request("PUT", endpoint.graph(""), given, {"Content-Type": TYPES["nt"]})
    if not reply.is_success:
        raise Failed(f"not taken: {reply.told()}")
    reply = endpoint.request("GET", endpoint.graph(""), headers={"Accept": TYPES["jsonld"]})
    if not reply.is_success or reply.media_type != TYPES["jsonld"]:
        raise Failed(f"not fetched: {reply.told()}")
    found = graph(reply.body, "jsonld", "")
    if wanted != found:
        raise Failed(f"expected {len(wanted)} statements, found {len(found)} or others")


def _offered(entry: Entry, option: Entry) -> None:
    """Raises Skipped where the test asks for an option of the JSON-LD API that HTTP cannot carry."""
    if option.get("specVersion") == "json-ld-1.0" or option.get("processingMode") == "json-ld-1.0":
        raise Skipped("of JSON-LD 1.0")
    for name in ("produceGeneralizedRdf", "expandContext", "rdfDirection", "useRdfType", "useNativeTypes"):
        if name in option:
            raise Skipped(f"asks for the option {name} of the API, which a request cannot carry")
