"""Judge of RDF documents: they are put to the server as a graph or a dataset, and read back."""

from urllib.parse import urljoin

from pyoxigraph import Dataset

from benchmarks.conformance.answers import dataset, graph
from benchmarks.conformance.endpoint import Reply
from benchmarks.conformance.loaded import TYPES, Loaded
from benchmarks.conformance.manifest import MF, Test
from benchmarks.conformance.outcome import Failed, Skipped
from benchmarks.conformance.updates import held

_QUADS = ("nq", "trig")
_NAMES = b"it names graphs"
"""What a refusal says of a dataset that came whole and is none of one graph."""


def document(test: Test, loaded: Loaded) -> None:
    """A document that is one must be taken and found again, one that is none must be refused."""
    if test.kind.endswith("C14N"):
        raise Skipped("the canonical form of N-Triples is no answer of a door")
    action = test.about.text(f"{MF}action")
    body = test.archive.read(action)
    suffix = action.rpartition(".")[2]
    is_negative = "Negative" in test.kind
    result = test.about.text(f"{MF}result")
    base = _base(test, action)
    reply = put(loaded, base, body, suffix)
    if is_negative:
        if reply.status != 400:
            raise Failed(f"not refused: {reply.told()}")
        return
    if not reply.is_success:
        raise Failed(reply.told())
    if result:
        kind = result.rpartition(".")[2]
        _same(loaded, base, suffix, graph(test.archive.read(result), kind, base))


def put(loaded: Loaded, name: str, body: bytes, suffix: str) -> Reply:
    """Puts a document: a graph under its own IRI, a dataset as a whole in the place of all there is."""
    endpoint = loaded.endpoint
    headers = {"Content-Type": TYPES[suffix]}
    if suffix in _QUADS and endpoint.whole:
        loaded.clear()
        # A dataset has no name that would be its base, so a file that needs one says it.
        given = f"@base <{name}> .\n".encode() + body if suffix == "trig" else body
        return endpoint.request("PUT", endpoint.whole, given, headers)
    loaded.forget([name])
    reply = endpoint.request("PUT", endpoint.graph(name), body, headers)
    if _NAMES in reply.body:
        raise Skipped("it names graphs, and the Graph Store Protocol fills one")
    return reply


def _base(test: Test, action: str) -> str:
    """The base IRI that the suite assumes for a file, which is the name of its graph here."""
    if not test.assumed_base:
        return action
    folder = urljoin(test.base, ".")
    return test.assumed_base + action.removeprefix(folder)


def _same(loaded: Loaded, name: str, suffix: str, wanted: Dataset) -> None:
    endpoint = loaded.endpoint
    if suffix in _QUADS and endpoint.whole:
        found = dataset(held(endpoint))
    else:
        reply = endpoint.request("GET", endpoint.graph(name), headers={"Accept": TYPES["nt"]})
        if reply.status == 404 and not len(wanted):
            return
        if not reply.is_success:
            raise Failed(f"the graph does not come back: {reply.told()}")
        found = graph(reply.body, "nt", name)
    if found != wanted:
        raise Failed(f"expected {_lines(wanted)}, found {_lines(found)}")


def _lines(found: Dataset) -> str:
    return f"{len(found)} statements ({' '.join(str(quad) for quad in list(found)[:2])})"[:250]
